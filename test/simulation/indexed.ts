/** What every checker works on: a history with indexes over it, and where it reports to. */
import type { JournalRow } from "../../src/memory/database.ts";
import type { Call, FinalObject, History } from "./history.ts";
import type { Entry, Model, Step } from "./oracle.ts";

export interface Violation {
  readonly invariant: string;
  readonly object: string;
  readonly text: string;
}

/** After the last heal a lease may have to run out first. */
export const RECOVERY_MS = 6_000;

/** What a run is judged by beside its history. */
export interface Judge {
  /** What an object must do with a message. */
  readonly step: (name: string, model: Model | undefined, entry: Entry) => Step;
  /** Most that a timer may be late while nothing is wrong. */
  readonly timerLateMs: number;
}
export type Report = (invariant: string, object: string, text: string) => void;

export interface Indexed {
  readonly history: History;
  readonly judge: Judge;
  readonly objects: ReadonlyMap<string, FinalObject>;
  /** By object, then by message id. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, JournalRow>>;
  readonly calls: ReadonlyMap<string, Call>;
  readonly delivered: ReadonlySet<string>;
}

export const invokedMs = ({ attempts }: Call): number => Math.min(...attempts.map((attempt) => attempt.invokedMs));
export const doneMs = ({ attempts }: Call): number =>
  Math.min(...attempts.map(({ receipt, doneMs }) => (receipt === undefined ? Infinity : (doneMs ?? Infinity))));
