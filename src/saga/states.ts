/**
 * The states of a generated saga: `do_<group>` on the way forward, `undo_<group>` on the way back.
 *
 * A group turns only when every branch has ended or was canceled; a nested saga is left only when it has ended. Compensation
 * that keeps failing parks, in sight, and leaves by RETRY or SKIP.
 */
import { askedNow, timeoutName, undoAsked } from "./behavior.ts";
import type { SagaContext } from "./ledger.ts";
import type { Group, NestedUnit, Unit } from "./plan.ts";

/** Where a group stands in its saga; targets are names of top-level states. */
export interface Place {
  readonly saga: string;
  readonly group: Group;
  readonly next: string;
  /** Where a failure goes. */
  readonly failed: string;
  /** Where a failure goes that leaves nothing of this group to undo. */
  readonly back: string;
  readonly isAfter: boolean;
  readonly isPivot: boolean;
}

type State = Readonly<Record<string, unknown>>;
const DONE: State = { type: "final" };
const of = (type: string, step: string): State => ({ type, params: { step } });
const when = (guard: string, step: string, rest: State): State => ({ guard: of(guard, step), ...rest });

export function doState(place: Place): State {
  const { group } = place;
  const [unit] = group.units;
  if (group.isParallel) return parallelState(place);
  if (unit === undefined) throw new Error(`group '${group.name}' has no step`);
  if (unit.kind === "nested") return nestedState(place, unit);
  if (unit.kind === "each") return eachState(place, unit);
  return { ...work(place, unit, place.next, place.failed), ...onCancel(place) };
}

const tagsOf = ({ isAfter, isPivot }: Place): readonly string[] => [
  "forward",
  ...(isPivot ? ["pivot"] : []),
  ...(isAfter ? ["afterPivot"] : []),
];

function metaOf(place: Place, unit: Unit): State {
  const { group } = place;
  return {
    saga: {
      step: unit.name,
      phase: "do",
      cleanFailure: unit.cleanFailure,
      ...(group.isParallel ? { group: group.name } : {}),
      ...(unit.none === undefined ? {} : { none: unit.none }),
    },
  };
}

/** Refused in and after the pivot. What runs is maybe done already: its ledger says so since it started. */
function onCancel({ saga, group, failed, isAfter, isPivot }: Place): State {
  if (isAfter || isPivot) return {};
  return { on: { CANCEL: { target: `#${saga}.${failed}`, actions: of("cancel", group.name) } } };
}

/** A state that runs one action. */
function work(place: Place, unit: Unit, done: string, failed: string): State {
  const failure = (timedOut: boolean): State => ({
    target: failed,
    actions: { type: "fail", params: { step: unit.name, timedOut, forwardOnly: place.isAfter } },
  });
  return {
    tags: tagsOf(place),
    meta: metaOf(place, unit),
    ...(unit.undo === undefined ? {} : { entry: of("ask", unit.name) }),
    invoke: {
      src: unit.name,
      id: unit.name,
      input: ({ context }: { context: SagaContext }) => askedNow(context, unit),
      onDone: { target: done, actions: of("record", unit.name) },
      onError: failure(false),
    },
    ...(unit.timeoutMs === undefined ? {} : { after: { [timeoutName(unit)]: failure(true) } }),
  };
}

function parallelState(place: Place): State {
  const { group, next, failed } = place;
  const branch = (unit: Unit): State => ({
    initial: "check",
    states: {
      // A retry after the pivot must not run again what is done.
      check: { always: [when("isDone", unit.name, { target: "done" }), { target: "running" }] },
      running: work(place, unit, "done", "failed"),
      done: DONE,
      failed: DONE,
    },
  });
  return {
    type: "parallel",
    tags: tagsOf(place),
    meta: { saga: { group: group.name, phase: "do" } },
    states: Object.fromEntries(group.units.map((unit) => [unit.name, branch(unit)])),
    onDone: [{ guard: "hasFailed", target: failed }, { target: next }],
    ...onCancel(place),
  };
}

function eachState(place: Place, unit: Unit): State {
  const { saga, next, failed } = place;
  return {
    entry: of("begin", unit.name),
    initial: "check",
    states: {
      check: { always: [when("hasMore", unit.name, { target: "running" }), { target: "done" }] },
      running: work(place, unit, "check", `#${saga}.${failed}`),
      done: DONE,
    },
    onDone: next,
    ...onCancel(place),
  };
}

/** Leaf first: a cancel is passed down, and the state is left only when the child has ended. */
function nestedState(place: Place, unit: NestedUnit): State {
  const { next, failed, back, isAfter, isPivot } = place;
  const { name } = unit;
  const record = of("record", name);
  const absorb = of("absorb", name);
  const undone = { guard: "isCompletedAndCanceled", target: failed, actions: record };
  const completed = { guard: "isCompleted", target: next, actions: isPivot ? [record, "forget"] : record };
  const fail = { type: "fail", params: { step: name, timedOut: false, forwardOnly: isAfter } };
  const rolledBack = isAfter ? { target: "parked", actions: fail } : { target: back, actions: absorb };
  const abandoned = { guard: "isAbandoned", target: "abandoned", actions: absorb };
  return {
    tags: tagsOf(place),
    meta: metaOf(place, unit),
    ...watchedChild(name, unit),
    invoke: {
      src: name,
      id: name,
      input: ({ context }: { context: SagaContext }) => askedNow(context, unit),
      onSnapshot: CHILD_STATES,
      onDone: [...(hasPivot(unit) ? [abandoned] : []), ...(unit.undo ? [undone] : []), completed, rolledBack],
      onError: rolledBack,
    },
    ...(isAfter
      ? {}
      : { on: { CANCEL: [{ guard: "isCanceled" }, { actions: [of("cancel", name), passOn(name, name)] }] } }),
  };
}

/** An operator must see on the object itself that a saga inside it is parked. */
function watchedChild(child: string, unit: NestedUnit): State {
  const { name } = unit;
  const forward = when("concernsChild", name, { actions: passOn(child, name) });
  const on = { RETRY: forward, SKIP: forward, ...(hasPivot(unit) ? { GIVE_UP: forward } : {}) };
  return { initial: "working", states: { working: {}, waiting: { tags: ["parked"], on } } };
}
const CHILD_STATES = [{ guard: "isChildParked", target: ".waiting" }, { target: ".working" }];
const passOn = (child: string, step: string): State => ({ type: "passOn", params: { child, step } });
const hasPivot = (unit: NestedUnit): boolean => "abandoned" in unit.action.root.states;

/** After the pivot: the step that failed is tried again, or given up. */
export function parkedState(groups: readonly Group[]): State {
  return {
    tags: ["parked", "afterPivot"],
    on: {
      RETRY: groups.map((group) => ({
        guard: { type: "hasFailedIn", params: { group: group.name } },
        target: `do_${group.name}`,
        actions: "forget",
      })),
      GIVE_UP: { target: "abandoned", actions: "giveUp" },
    },
  };
}

export function undoState(group: Group, back: string): State {
  const units = group.units.filter((unit) => unit.undo !== undefined);
  const [only] = units;
  if (!group.isParallel && only !== undefined) return { ...undoUnit(only), onDone: back };
  return {
    type: "parallel",
    tags: ["compensation"],
    states: Object.fromEntries(units.map((unit) => [unit.name, undoUnit(unit)])),
    onDone: back,
  };
}

/** Undoes all that is open of one step, last first; skips itself where nothing is. */
function undoUnit(unit: Unit): State {
  const { name } = unit;
  const invoke = {
    src: `undo:${name}`,
    id: `undo:${name}`,
    input: ({ context }: { context: SagaContext }) => undoAsked(context, unit),
    onDone: { target: "check", actions: of("settle", name) },
    onError: { target: "parked", actions: of("park", name) },
  };
  const running =
    unit.kind === "nested"
      ? {
          ...watchedChild(invoke.id, unit),
          invoke: { ...invoke, onSnapshot: CHILD_STATES },
        }
      : { invoke };
  return {
    tags: ["compensation"],
    meta: { undoes: name },
    initial: "check",
    states: {
      check: { always: [when("isOpen", name, { target: "running" }), { target: "done" }] },
      running: { meta: { saga: { step: name, phase: "undo" } }, ...running },
      parked: {
        tags: ["parked"],
        on: {
          RETRY: when("concerns", name, { target: "running" }),
          SKIP: when("concerns", name, { target: "check", actions: of("settle", name) }),
        },
      },
      done: DONE,
    },
  };
}
