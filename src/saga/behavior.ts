/**
 * The named actions and guards of a generated saga: how the ledger in its context moves. The states only say when.
 *
 * A step is entered as maybe done *before* its action starts (`ask`) and leaves that list only by a result or by an error
 * that proves it never happened. So cancel, timeout and failure need no bookkeeping of their own.
 */
import { type AnyEventObject, assign, type ProvidedActor, sendTo } from "xstate";
import {
  type Failure,
  indexOf,
  lastOpen,
  omit,
  openEntries,
  type SagaContext,
  type Skipped,
  stepKeyOf,
  stepOf,
  without,
} from "./ledger.ts";
import type { MapperArguments, Plan, Unit } from "./plan.ts";
import { type Action, wantsKey } from "./step.ts";

/** What the events of a saga may carry. */
interface Signal {
  readonly type: string;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly step?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly snapshot?: { readonly tags?: ReadonlySet<string> };
}
type Change = (context: SagaContext, event: Signal) => Partial<SagaContext>;
export interface OfStep {
  readonly step: string;
}
export interface FailParameters extends OfStep {
  readonly timedOut: boolean;
  /** After the pivot: the present error is the one to be retried. */
  readonly forwardOnly: boolean;
}
interface ChildOutput {
  readonly status?: string;
  readonly failure?: Failure | null;
  readonly skipped?: readonly Skipped[];
}

export const childOutput = (event: unknown): ChildOutput => ((event as Signal).output ?? {}) as ChildOutput;
export const timeoutName = (unit: Unit): string => `timeout:${unit.name}`;

const update = <P>(change: (params: P, unit: (step: string) => Unit) => Change, unit: (step: string) => Unit) =>
  assign<SagaContext, AnyEventObject, P, AnyEventObject, ProvidedActor>(({ context, event }, params) =>
    change(params, unit)(context, event as Signal),
  );

/** The entry that a step works on at present. */
export function currentEntry(context: SagaContext, unit: Unit): string {
  if (unit.kind !== "each") return unit.name;
  return `${unit.name}[${listOf(context, unit.name).length}]`;
}
const listOf = (context: SagaContext, step: string): readonly unknown[] =>
  (context.results[step] as readonly unknown[] | undefined) ?? [];

function argumentsFor(context: SagaContext, unit: Unit, index: number): MapperArguments {
  const args = { input: context.input, results: context.results };
  const item = unit.kind === "each" ? unit.items?.({ ...args, item: undefined, index })[index] : undefined;
  return { ...args, item, index };
}

/** What the action is asked, step key included where it wants one. */
export function askedNow(context: SagaContext, unit: Unit): unknown {
  const entry = currentEntry(context, unit);
  const stepKey = stepKeyOf(context, entry);
  const given = unit.input({ ...argumentsFor(context, unit, indexOf(entry)), stepKey });
  if (unit.kind === "nested" || !wantsKey(unit.action)) return given;
  return { ...(given as object), stepKey };
}

/** What the compensation is asked. */
export function undoAsked(context: SagaContext, unit: Unit): unknown {
  const entry = lastOpen(context, unit.name);
  const index = indexOf(entry);
  const result = unit.kind === "each" ? listOf(context, unit.name)[index] : context.results[unit.name];
  const uncertain = context.uncertain.includes(entry);
  const known = { asked: context.asked[entry], uncertain, stepKey: stepKeyOf(context, entry) };
  const all = uncertain ? known : { ...known, result };
  const mapper = unit.undo?.input;
  if (mapper === undefined) return all;
  const given = mapper({ ...argumentsFor(context, unit, index), ...all });
  if (unit.kind === "nested" || !wantsKey(unit.undo?.action as Action)) return given;
  return { ...(given as object), stepKey: known.stepKey };
}

const ask = ({ step }: OfStep, unitOf: (step: string) => Unit): Change => {
  const unit = unitOf(step);
  return (context) => {
    const entry = currentEntry(context, unit);
    return {
      asked: { ...context.asked, [entry]: askedNow(context, unit) },
      uncertain: [...without(context.uncertain, entry), entry],
    };
  };
};

const record = ({ step }: OfStep, unitOf: (step: string) => Unit): Change => {
  const unit = unitOf(step);
  return (context, event) => {
    const entry = currentEntry(context, unit);
    const result = unit.kind === "each" ? [...listOf(context, step), event.output] : event.output;
    return {
      results: { ...context.results, [step]: result },
      uncertain: without(context.uncertain, entry),
      completed: [...without(context.completed, entry), entry],
    };
  };
};

const fail = (params: FailParameters, unitOf: (step: string) => Unit): Change => {
  const unit = unitOf(params.step);
  return (context, event) => {
    const entry = currentEntry(context, unit);
    const error = params.timedOut ? timedOut(unit) : errorOf(event);
    const first = params.forwardOnly ? null : context.failure;
    const failure = first ?? { step: entry, error };
    if (params.timedOut || !unit.cleanFailure) return { failure };
    return { failure, uncertain: without(context.uncertain, entry), asked: omit(context.asked, entry) };
  };
};

const timedOut = (unit: Unit): object => ({
  name: "TimeoutError",
  message: `step '${unit.name}' did not end within ${unit.timeoutMs} ms`,
});
/** A nested saga that rolled itself back failed for the reason it gives. */
const errorOf = (event: Signal): unknown => event.error ?? childOutput(event).failure?.error ?? null;

/** The entry is undone, or given up by an operator. */
const settle =
  ({ step }: OfStep): Change =>
  (context, event) => {
    const entry = lastOpen(context, step);
    const closed = {
      completed: without(context.completed, entry),
      uncertain: without(context.uncertain, entry),
      asked: omit(context.asked, entry),
      parked: omit(context.parked, entry),
    };
    if (event.type !== "SKIP") {
      const inner = (childOutput(event).skipped ?? []).map((skip) => ({ ...skip, step: `${step}/${skip.step}` }));
      return { ...closed, compensated: [...context.compensated, entry], skipped: [...context.skipped, ...inner] };
    }
    return { ...closed, skipped: [...context.skipped, skipped(entry, event)] };
  };
const skipped = (step: string, { reason, by }: Signal): Skipped => ({ step, reason: reason ?? "", by: by ?? "" });

/** A nested saga did not complete: keep what it says. */
const absorb =
  ({ step }: OfStep): Change =>
  (context, event) => {
    const inner = childOutput(event);
    const skips = (inner.skipped ?? []).map((skip) => ({ ...skip, step: `${step}/${skip.step}` }));
    const failure = context.failure ?? {
      step: inner.failure ? `${step}/${inner.failure.step}` : step,
      error: errorOf(event),
    };
    // One that was given up is half done: what stands is in its own ledger.
    const kept = inner.status === "abandoned" ? { ...context.results, [step]: event.output } : context.results;
    return { failure, results: kept, skipped: [...context.skipped, ...skips] };
  };

export function actionsOf(unitOf: (step: string) => Unit): Record<string, unknown> {
  return {
    ask: update(ask, unitOf),
    record: update(record, unitOf),
    fail: update(fail, unitOf),
    settle: update(settle, unitOf),
    absorb: update(absorb, unitOf),
    begin: update<OfStep>(
      ({ step }) =>
        (context) => ({ results: { ...context.results, [step]: listOf(context, step) } }),
      unitOf,
    ),
    park: update<OfStep>(
      ({ step }) =>
        (context, event) => ({ parked: { ...context.parked, [lastOpen(context, step)]: event.error ?? null } }),
      unitOf,
    ),
    cancel: update<OfStep>(
      ({ step }) =>
        (context) => ({ canceled: true, failure: context.failure ?? { step, error: CANCELED } }),
      unitOf,
    ),
    /** The child was faster than the cancel and cannot be undone, or an operator tries again: the error is history. */
    forget: update<undefined>(() => () => ({ canceled: false, failure: null }), unitOf),
    end: update<{ outcome: SagaContext["outcome"] }>(
      ({ outcome }) =>
        () => ({ outcome }),
      unitOf,
    ),
    giveUp: update<undefined>(
      () => (context, event) => ({
        skipped: [...context.skipped, skipped(context.failure?.step ?? "", event)],
      }),
      unitOf,
    ),
    passOn: sendTo(
      (_: unknown, params: { readonly child: string; readonly step: string }) => params.child,
      ({ event }: { event: AnyEventObject }, params: { readonly child: string; readonly step: string }) =>
        forChild(event as Signal, params.step),
    ),
  };
}
const CANCELED = { name: "CanceledError", message: "canceled" };

/** An operator names the entry of a nested saga `plan/payment`; the child knows it as `payment`. */
function forChild(event: Signal, step: string): Signal {
  if (event.step === undefined) return event;
  return { ...event, step: event.step.startsWith(`${step}/`) ? event.step.slice(step.length + 1) : event.step };
}

type Guard<P> = (args: { context: SagaContext; event: AnyEventObject }, params: P) => boolean;
const guard = <P>(test: Guard<P>): Guard<P> => test;

export function guardsOf(plan: Plan, unitOf: (step: string) => Unit): Record<string, unknown> {
  return {
    hasFailed: guard(({ context }) => context.failure !== null),
    isCanceled: guard(({ context }) => context.canceled),
    isResumed: guard(({ context }) => context.resumed),
    isOpen: guard<OfStep>(({ context }, { step }) => openEntries(context, step).length > 0),
    isDone: guard<OfStep>(({ context }, { step }) => context.completed.includes(step)),
    hasMore: guard<OfStep>(({ context }, { step }) => {
      const unit = unitOf(step);
      const args = { input: context.input, results: context.results, item: undefined, index: 0 };
      return unit.kind === "each" && (unit.items?.(args).length ?? 0) > listOf(context, step).length;
    }),
    /** An operator's event without a step means whatever is parked. */
    concerns: guard<OfStep>(({ context, event }, { step }) => {
      const named = (event as Signal).step;
      return named === undefined || named === step || named === openEntries(context, step).at(-1);
    }),
    concernsChild: guard<OfStep>(({ event }, { step }) => {
      const named = (event as Signal).step;
      return named === undefined || named.startsWith(`${step}/`);
    }),
    hasFailedIn: guard<{ readonly group: string }>(({ context, event }, { group }) => {
      const failed = context.failure?.step;
      const named = (event as Signal).step;
      if (failed === undefined || (named !== undefined && named !== failed && named !== stepOf(failed))) return false;
      return plan.groups.some((each) => each.name === group && each.units.some((unit) => unit.name === stepOf(failed)));
    }),
    isCompleted: guard(({ event }) => childOutput(event).status === "completed"),
    isCompletedAndCanceled: guard(
      ({ context, event }) => context.canceled && childOutput(event).status === "completed",
    ),
    isAbandoned: guard(({ event }) => childOutput(event).status === "abandoned"),
    isChildParked: guard(({ event }) => (event as Signal).snapshot?.tags?.has("parked") === true),
  };
}
