/**
 * Makes the machine of a plan. Every name in it is stable: names are stored in timers and invocations.
 *
 *   start → do_a → do_b → … → completed
 *             ↓      ↓
 *   compensated ← undo_a ← undo_b          after the pivot: do_c ⇄ parked → abandoned
 */
import type {
  AnyActorRef,
  AnyStateMachine,
  EventObject,
  MetaObject,
  ProvidedActor,
  StateMachine,
  StateSchema,
  StateValue,
  UnknownActorLogic,
} from "xstate";
import { z } from "zod";
import { defineMachine } from "../core/machine.ts";
import { actionsOf, guardsOf, timeoutName } from "./behavior.ts";
import {
  type Abandoned,
  beginning,
  contextSchema,
  ledgerOf,
  type Outcome,
  outcomeSchema,
  type SagaContext,
} from "./ledger.ts";
import type { Plan, Unit } from "./plan.ts";
import { doState, parkedState, undoState } from "./states.ts";

/** Events of every saga. The last three are for operators, and say in the journal who did it and why. */
export type SagaEvent =
  | { readonly type: "CANCEL"; readonly reason?: string; readonly by?: string }
  /** Tries again what is parked; all of it without a `step`. */
  | { readonly type: "RETRY"; readonly step?: string; readonly reason?: string; readonly by?: string }
  /** Gives a compensation up. */
  | { readonly type: "SKIP"; readonly step?: string; readonly reason: string; readonly by: string }
  /** After the point of no return: leaves the saga half done. */
  | { readonly type: "GIVE_UP"; readonly reason: string; readonly by: string };

export type SagaMachine<In, Out, Actors extends ProvidedActor, HasPivot extends boolean> = StateMachine<
  SagaContext<In> & Record<string, unknown>,
  HasPivot extends true ? SagaEvent : Exclude<SagaEvent, { type: "GIVE_UP" }>,
  Record<string, AnyActorRef | undefined>,
  Actors,
  never,
  never,
  never,
  StateValue,
  string,
  In,
  HasPivot extends true ? Outcome<Out> | Abandoned : Outcome<Out>,
  EventObject,
  MetaObject,
  StateSchema
>;

/** Marks a machine that was made here: only such a one can be undone by its ledger. */
const BUILT = { saga: { isBuilt: true } };
export const isBuilt = (machine: AnyStateMachine): boolean =>
  (machine.root.meta as typeof BUILT | undefined)?.saga?.isBuilt === true;

const SIGNED = { reason: z.string().min(1), by: z.string().min(1) };
const UNSIGNED = { reason: z.string().optional(), by: z.string().optional() };
const EVENTS = {
  CANCEL: z.object(UNSIGNED),
  RETRY: z.object({ ...UNSIGNED, step: z.string().optional() }),
  SKIP: z.object({ ...SIGNED, step: z.string().optional() }),
};

export function compile(plan: Plan, input: z.ZodType, output: (args: unknown) => unknown): AnyStateMachine {
  const units = plan.groups.flatMap((group) => group.units);
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const unitOf = (step: string): Unit => {
    const unit = byName.get(step);
    if (unit === undefined) throw new Error(`saga '${plan.name}' has no step '${step}'`);
    return unit;
  };
  const hasPivot = plan.pivot >= 0;
  const delays = Object.fromEntries(
    units.flatMap((unit) => (unit.timeoutMs === undefined ? [] : [[timeoutName(unit), unit.timeoutMs]])),
  );
  const defined = defineMachine({
    context: contextSchema(input),
    input,
    output: outcomeSchema(hasPivot),
    events: hasPivot ? { ...EVENTS, GIVE_UP: z.object(SIGNED) } : EVENTS,
    actors: actorsOf(units),
  }).setup({ actions: actionsOf(unitOf), guards: guardsOf(plan, unitOf), delays } as never);
  const config = {
    id: plan.name,
    meta: BUILT,
    context: ({ input: given, self }: { input: unknown; self: AnyActorRef }) =>
      beginning(given, `${self.id}/${self.sessionId}`),
    initial: "start",
    states: statesOf(plan),
    output: ({ context }: { context: SagaContext }) => outputOf(context, output),
  };
  return defined.createMachine(config as never) as unknown as AnyStateMachine;
}

function actorsOf(units: readonly Unit[]): Record<string, UnknownActorLogic> {
  const actors: Record<string, UnknownActorLogic> = {};
  for (const unit of units) {
    actors[unit.name] = unit.action as UnknownActorLogic;
    if (unit.undo !== undefined) actors[`undo:${unit.name}`] = unit.undo.action as UnknownActorLogic;
  }
  return actors;
}

function statesOf(plan: Plan): Record<string, unknown> {
  const { groups, pivot } = plan;
  const states: Record<string, unknown> = {};
  const last = pivot >= 0 ? pivot : groups.length - 1;
  /** Where a rollback begins that has nothing to undo after this group. */
  const rollback = (from: number): string => {
    const at = groups.slice(0, from + 1).findLastIndex((group) => group.units.some((unit) => unit.undo !== undefined));
    return at < 0 ? "compensated" : `undo_${groups[at]?.name}`;
  };
  const first = { target: `do_${groups[0]?.name}` };
  const resumed = { guard: "isResumed", target: rollback(last) };
  states["start"] = { always: pivot >= 0 ? [first] : [resumed, first] };
  groups.forEach((group, i) => {
    const isAfter = pivot >= 0 && i > pivot;
    const next = i + 1 < groups.length ? `do_${groups[i + 1]?.name}` : "completed";
    const failed = isAfter ? "parked" : rollback(i);
    const place = { saga: plan.name, group, next, failed, back: rollback(i - 1), isAfter, isPivot: i === pivot };
    states[`do_${group.name}`] = doState(place);
  });
  for (let i = last; i >= 0; i--) {
    const group = groups[i];
    if (group?.units.some((unit) => unit.undo !== undefined)) {
      states[`undo_${group.name}`] = undoState(group, rollback(i - 1));
    }
  }
  states["completed"] = end("completed", "success");
  states["compensated"] = end("compensated", "compensated");
  if (pivot >= 0) {
    if (last + 1 < groups.length) states["parked"] = parkedState(groups.slice(pivot + 1));
    states["abandoned"] = end("abandoned", "abandoned");
  }
  return states;
}

const end = (outcome: string, tag: string): object => ({
  type: "final",
  tags: [tag],
  entry: { type: "end", params: { outcome } },
});

function outputOf(context: SagaContext, output: (args: unknown) => unknown): Outcome<unknown> | Abandoned {
  const { failure, compensated, skipped, input, results } = context;
  switch (context.outcome) {
    case "completed":
      return { status: "completed", value: output({ input, results }), ledger: ledgerOf(context) };
    case "abandoned":
      return { status: "abandoned", failure, skipped, ledger: ledgerOf(context) };
    default:
      return { status: "compensated", failure, compensated, skipped };
  }
}
