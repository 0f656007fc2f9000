/**
 * How far a saga has come forward and back, step by step: from the ledger in its context where `saga()` made it, else
 * from the invocations that its turns started and ended.
 */
import type { SagaCell, SagaLane, SagaShown } from "./api.ts";
import type { SagaStep } from "./describe.ts";
import type { Machine } from "./machines.ts";
import { show } from "./show.ts";
import { errorOf } from "./words.ts";

/** The part of a saga's context that is read here, as `saga()` keeps it. */
interface Ledger {
  readonly results: Readonly<Record<string, unknown>>;
  readonly completed: readonly string[];
  readonly uncertain: readonly string[];
  readonly compensated: readonly string[];
  readonly skipped: readonly { readonly step: string }[];
  readonly failure: { readonly step: string; readonly error: unknown } | null;
  readonly parked: Readonly<Record<string, unknown>>;
}

export interface SagaFacts {
  readonly machine: Machine;
  readonly context: unknown;
  readonly tags: readonly string[];
  readonly isActive: boolean;
  /** Transitions taken so far. */
  readonly path: readonly number[];
  readonly running: readonly { readonly actor: string; readonly attempts: number }[];
}

export function sagaShown(facts: SagaFacts): SagaShown | undefined {
  const steps = facts.machine.about.saga;
  if (steps === undefined) return undefined;
  const ledger = ledgerIn(facts.context) ?? ledgerFrom(facts);
  const shown = steps.filter(({ step }) => !step.startsWith("confirm:"));
  const lanes = shown.flatMap((step) => lanesOf(step, ledger, facts));
  const pivots = steps.filter(({ isPivot }) => isPivot).map(({ step }) => step);
  const done = new Set(ledger.completed.map(stepOf));
  const isPastPivot =
    facts.tags.includes("afterPivot") || (pivots.length > 0 && pivots.every((step) => done.has(step)));
  return {
    lanes,
    held: [
      ...ledger.completed.filter((entry) => canBeUndone(entry, steps)),
      ...ledger.uncertain.filter((entry) => canBeUndone(entry, steps)).map((entry) => `maybe ${entry}`),
    ],
    pivot: pivots.length === 0 ? undefined : pivots.map((step) => step.replace(/^confirm:/, "")).join(", "),
    isPastPivot,
  };
}

const stepOf = (entry: string): string => entry.replace(/\[\d+\]$/, "");
const canBeUndone = (entry: string, steps: readonly SagaStep[]): boolean =>
  steps.some(({ step, canBeUndone: can }) => can && step === stepOf(entry));

export function ledgerIn(context: unknown): Ledger | undefined {
  const given = (typeof context === "object" && context !== null ? context : {}) as Partial<Ledger>;
  const lists = [given.completed, given.uncertain, given.compensated, given.skipped];
  return lists.every(Array.isArray) && typeof given.parked === "object" ? (given as Ledger) : undefined;
}

/** A saga that was written by hand keeps its ledger as it likes: what its invocations ended with is known all the same. */
function ledgerFrom({ machine, path }: SagaFacts): Ledger {
  const completed = new Set<string>();
  const compensated = new Set<string>();
  let failed: string | undefined;
  for (const index of path) {
    const transition = machine.transition(index);
    const invokes = machine.state(transition?.source ?? "")?.invokes ?? [];
    const invokeId = transition?.trigger.event.replace(/^xstate\.(done|error)\.actor\./, "");
    const src = invokes.find(({ id }) => id === invokeId)?.src;
    if (transition === undefined || src === undefined) continue;
    const undone = machine
      .lineOf(transition.source)
      .map((id) => machine.state(id)?.undoes)
      .find((step) => step !== undefined);
    if (transition.trigger.kind === "error") failed ??= undone === undefined ? src : undefined;
    else if (undone === undefined) completed.add(src);
    else if (completed.delete(undone)) compensated.add(undone);
  }
  const failure = failed === undefined ? null : { step: failed, error: undefined };
  const rest = { results: {}, uncertain: [], skipped: [], parked: {} };
  return { ...rest, completed: [...completed], compensated: [...compensated], failure };
}

function lanesOf({ step, canBeUndone: can, isPivot }: SagaStep, ledger: Ledger, facts: SagaFacts): readonly SagaLane[] {
  const { completed, uncertain, compensated, skipped, failure, parked, results } = ledger;
  const known = [...completed, ...uncertain, ...compensated, ...skipped.map((one) => one.step), ...Object.keys(parked)];
  const entries = [
    ...new Set([...known, ...(failure === null ? [] : [failure.step])].filter((one) => stepOf(one) === step)),
  ];
  return (entries.length === 0 ? [step] : entries).map((entry) => {
    const run = facts.running.find(({ actor }) => actor === step || actor === `undo:${step}`);
    const error = Object.hasOwn(parked, entry) ? parked[entry] : failure?.step === entry ? failure.error : undefined;
    const isOpen = completed.includes(entry) || uncertain.includes(entry);
    return {
      step: entry,
      forward: forwardCell(entry, ledger, facts),
      undo: can ? undoCell(entry, ledger, facts) : "nothing",
      result: isOpen ? show(resultOf(entry, results), facts.machine.about.sensitive.actorOutput[step]) : undefined,
      error: error === undefined ? undefined : errorOf(error, facts.machine.hidesErrorsOf(entry)),
      attempts: run?.attempts,
      isPivot,
    };
  });
}

function resultOf(entry: string, results: Readonly<Record<string, unknown>>): unknown {
  const result = results[stepOf(entry)];
  const [, index] = /\[(\d+)\]$/.exec(entry) ?? [];
  return index === undefined || !Array.isArray(result) ? result : result[Number(index)];
}

function forwardCell(entry: string, ledger: Ledger, { running, isActive, tags }: SagaFacts): SagaCell {
  if (ledger.completed.includes(entry)) return "done";
  if (ledger.failure?.step === entry)
    return tags.includes("afterPivot") && tags.includes("parked") ? "parked" : "failed";
  if (ledger.compensated.includes(entry) || ledger.skipped.some(({ step }) => step === entry)) return "done";
  if (isActive && running.some(({ actor }) => actor === stepOf(entry))) return "running";
  return isActive && !tags.includes("compensation") ? "waiting" : "nothing";
}

function undoCell(entry: string, ledger: Ledger, { running, isActive, tags }: SagaFacts): SagaCell {
  if (ledger.compensated.includes(entry)) return "done";
  if (ledger.skipped.some(({ step }) => step === entry)) return "skipped";
  if (Object.hasOwn(ledger.parked, entry)) return "parked";
  const open = [...ledger.completed, ...ledger.uncertain];
  if (!open.includes(entry) || !isActive || !tags.includes("compensation")) return "nothing";
  const isNext = open.filter((one) => stepOf(one) === stepOf(entry)).at(-1) === entry;
  return isNext && running.some(({ actor }) => actor === `undo:${stepOf(entry)}`) ? "running" : "waiting";
}
