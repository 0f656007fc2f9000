/** What a run leaves behind for the checkers: plain data, so that a test can damage it. */
import type { Address } from "../../src/core/address.ts";
import type { Change } from "../../src/core/wire.ts";
import type { InvocationRow, JournalRow, SendRow, TimerRow } from "../../src/memory/database.ts";

export interface Attempt {
  readonly client: string;
  readonly invokedMs: number;
  doneMs: number | undefined;
  /** Of an `ok` receipt: revision, and its text with `duplicate` set to false. */
  receipt: { readonly revision: number; readonly duplicate: boolean; readonly text: string } | undefined;
  /** Of anything else. */
  code: string | undefined;
}

/** One message of a client, under one id, over all its attempts. */
export interface Call {
  readonly id: string;
  readonly address: Address;
  readonly verb: "send" | "create";
  readonly body: unknown;
  readonly delayMs: number | undefined;
  /** Its id was first sent before the dedupe horizon: it may never run. */
  readonly isExpired: boolean;
  readonly attempts: Attempt[];
}

export interface Read {
  readonly address: Address;
  readonly invokedMs: number;
  readonly doneMs: number;
  readonly revision: number;
  /** JSON of status, value and context. */
  readonly view: string;
}

/** An accepted message's id with other content, and what came of it. */
export interface Misuse {
  readonly address: Address;
  readonly id: string;
  /** Undefined where it was accepted. */
  readonly code: string | undefined;
}

/** What a caller waited for, and what it was shown or told. */
export interface Wait {
  readonly address: Address;
  readonly until: { readonly matches: string } | { readonly status: string };
  readonly invokedMs: number;
  readonly doneMs: number;
  readonly shown: { readonly revision: number; readonly view: string } | undefined;
  readonly code: string | undefined;
}

/** What an operator wanted. */
export interface Order {
  readonly verb: "pause" | "resume" | "retry" | "skip" | "cancel" | "kill" | "purge";
  readonly address: Address;
  /** Of its turn, where it makes one. */
  readonly messageId: string;
  readonly invokedMs: number;
  /** Undefined until somebody said what came of it. */
  readonly doneMs?: number;
  readonly changed?: boolean;
  readonly code?: string;
}

/** The rows of one object at the end. */
export interface FinalObject {
  readonly address: Address;
  readonly revision: number;
  readonly status: string;
  readonly history: string;
  readonly parked: string | undefined;
  readonly paused?: string | undefined;
  readonly incarnation: string;
  readonly snapshot: string;
  readonly journal: readonly JournalRow[];
  readonly outbox: readonly SendRow[];
  readonly timers: readonly TimerRow[];
  readonly invocations: readonly InvocationRow[];
}

export interface History {
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly misused: readonly Misuse[];
  readonly waits?: readonly Wait[];
  readonly orders?: readonly Order[];
  /** What the changes feed said, each with whether the database had the turn at that moment. */
  readonly changes: readonly { readonly change: Change; readonly isCommitted: boolean }[];
  /** Effect ids of emitted events that subscribers heard. */
  readonly emitted: readonly string[];
  /** Idempotency keys of actions that an endpoint outside got. */
  readonly delivered?: readonly string[];
  readonly objects: readonly FinalObject[];
  /** Objects that were asked after the last heal and did not answer in time, with what they answered. */
  readonly silent: readonly string[];
  /** What was still going on when the quiet tail ended. */
  readonly unsettled: readonly string[];
  /** Virtual time at which nothing was wrong any more. */
  readonly healedMs: number;
  readonly endedMs: number;
  /** Database time at which the run ended. */
  readonly databaseMs: number;
  /** The database's clock was moved: no window of a timer can be judged. */
  readonly hasClockJumps: boolean;
}
