/**
 * What a saga knows of itself, all of it in the context and so in the snapshot: what was asked, what is done, what may be
 * done, what was undone or skipped. An entry is a step's name, or `name[index]` for one item of an `each`.
 */
import { z } from "zod";

/** The first error of a saga; after the pivot, the present one. */
export interface Failure {
  readonly step: string;
  readonly error: unknown;
}

/** What an operator gave up, who did it and why. */
export interface Skipped {
  readonly step: string;
  readonly reason: string;
  readonly by: string;
}

/** All that the undoing of a completed saga needs; part of the output, so nothing has to stay alive. */
export interface Ledger {
  readonly key: string;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly completed: readonly string[];
}

export interface SagaContext<In = unknown> {
  /** Prefix of every step key: the same for a step's action and its compensation, different in each life of the object. */
  readonly key: string;
  readonly input: In;
  readonly results: Readonly<Record<string, unknown>>;
  /** Input of every action that is done or maybe done, by entry. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly completed: readonly string[];
  /** Maybe done: started, and not yet known how it ended. Compensated too. */
  readonly uncertain: readonly string[];
  readonly compensated: readonly string[];
  readonly skipped: readonly Skipped[];
  readonly failure: Failure | null;
  /** Errors of compensations that wait for an operator, by entry. */
  readonly parked: Readonly<Record<string, unknown>>;
  readonly canceled: boolean;
  /** A second run, which only undoes a completed one. */
  readonly resumed: boolean;
  readonly outcome: "completed" | "compensated" | "abandoned" | null;
}

const FAILURE = z.object({ step: z.string(), error: z.unknown() });
const SKIPPED = z.object({ step: z.string(), reason: z.string(), by: z.string() });
const RECORD = z.record(z.string(), z.unknown());
export const LEDGER = z.object({
  key: z.string(),
  input: z.unknown(),
  results: RECORD,
  asked: RECORD,
  completed: z.array(z.string()),
});

export const contextSchema = (input: z.ZodType) =>
  z.object({
    key: z.string(),
    input,
    results: RECORD,
    asked: RECORD,
    completed: z.array(z.string()),
    uncertain: z.array(z.string()),
    compensated: z.array(z.string()),
    skipped: z.array(SKIPPED),
    failure: FAILURE.nullable(),
    parked: RECORD,
    canceled: z.boolean(),
    resumed: z.boolean(),
    outcome: z.enum(["completed", "compensated", "abandoned"]).nullable(),
  });

/** How a saga ended. `abandoned` only where there is a point of no return. */
export type Outcome<Out> =
  | { readonly status: "completed"; readonly value: Out; readonly ledger: Ledger }
  | {
      readonly status: "compensated";
      readonly failure: Failure | null;
      readonly compensated: readonly string[];
      readonly skipped: readonly Skipped[];
    };
export interface Abandoned {
  readonly status: "abandoned";
  readonly failure: Failure | null;
  readonly skipped: readonly Skipped[];
  /** What the operator works from: the outside is half done. */
  readonly ledger: Ledger;
}

export function outcomeSchema(hasPivot: boolean): z.ZodType {
  const completed = z.object({ status: z.literal("completed"), value: z.unknown(), ledger: LEDGER });
  const ended = { failure: FAILURE.nullable(), skipped: z.array(SKIPPED) };
  const compensated = z.object({ status: z.literal("compensated"), ...ended, compensated: z.array(z.string()) });
  const abandoned = z.object({ status: z.literal("abandoned"), ...ended, ledger: LEDGER });
  return hasPivot ? z.union([completed, compensated, abandoned]) : z.union([completed, compensated]);
}

/** Carries a ledger into the second run of a machine. A symbol: no input that came as JSON can hold it. */
const UNDO = Symbol.for("stator.saga.undo");

/** Input of the run that undoes a completed saga. */
export const undoing = (ledger: Ledger): object => ({ [UNDO]: ledger });

/** The context that a run begins with; `key` is made from the actor's id and session. */
export function beginning(input: unknown, key: string): SagaContext {
  const ledger = typeof input === "object" && input !== null ? (input as { [UNDO]?: Ledger })[UNDO] : undefined;
  const empty = {
    uncertain: [],
    compensated: [],
    skipped: [],
    failure: null,
    parked: {},
    canceled: false,
    outcome: null,
  };
  if (ledger !== undefined) return { ...empty, ...ledger, resumed: true };
  return { ...empty, key, input, results: {}, asked: {}, completed: [], resumed: false };
}

export const ledgerOf = ({ key, input, results, asked, completed }: SagaContext): Ledger => ({
  key,
  input,
  results,
  asked,
  completed,
});

export const stepOf = (entry: string): string => entry.replace(/\[\d+\]$/, "");
export const indexOf = (entry: string): number => Number(/\[(\d+)\]$/.exec(entry)?.[1] ?? 0);

/** Done or maybe done and not undone, in order. */
export const openEntries = (context: SagaContext, step: string): readonly string[] =>
  [...context.completed, ...context.uncertain].filter((entry) => stepOf(entry) === step);

/** The one to be undone next. */
export function lastOpen(context: SagaContext, step: string): string {
  const entry = openEntries(context, step).at(-1);
  if (entry === undefined) throw new Error(`step '${step}' has nothing to undo`);
  return entry;
}

export const without = (list: readonly string[], entry: string): readonly string[] =>
  list.filter((item) => item !== entry);

export function omit(record: Readonly<Record<string, unknown>>, entry: string): Readonly<Record<string, unknown>> {
  const { [entry]: _omitted, ...rest } = record;
  return rest;
}

/** The same for the action and its compensation, however often either is tried. */
export const stepKeyOf = (context: SagaContext, entry: string): string => `${context.key}/${entry}`;
