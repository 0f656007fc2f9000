/** Answers about one object: what it is, how it came there, what can follow. */
import type { ObjectOverlay } from "../chart/overlay.ts";
import type { Condition, Flag, ObjectStatus, Shown } from "./words.ts";

export interface ErrorShown {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

export interface TimerShown {
  readonly timer: string;
  /** `after 15m`, or the event's type. */
  readonly label: string;
  readonly dueAt: string;
  readonly event: string | undefined;
  /** Index of the transition that it will take, where the chart has it. */
  readonly transition: number | undefined;
}

export interface InvocationShown {
  readonly id: string;
  readonly actor: string;
  /** Id of the invoke in the chart, where it is known. */
  readonly invokeId: string | undefined;
  readonly input: Shown;
  /** Failed so far. */
  readonly attempts: number;
  readonly maxAttempts: number | undefined;
  readonly lastError: ErrorShown | undefined;
  /** Undefined while an attempt runs. */
  readonly nextAt: string | undefined;
  readonly isParked: boolean;
}

export interface OutgoingShown {
  readonly revision: number;
  readonly kind: string;
  /** `name/key`, an action or an event type. */
  readonly target: string;
  readonly body: Shown;
  readonly parked: string | undefined;
}

/** Sent by another object, and not taken while the object is paused or parked. */
export interface IncomingShown {
  /** `name/key` of the sender, and its turn. */
  readonly from: string;
  readonly revision: number;
  readonly kind: string;
  readonly body: Shown;
  readonly parked: string | undefined;
}

export interface ParkedShown {
  readonly reason: string;
  readonly since: string | undefined;
  readonly messageId: string | undefined;
  readonly attempts: number | undefined;
}

export type NextKind = "event" | "done" | "error" | "after" | "snapshot";

/** Something that can happen next. */
export interface NextStep {
  readonly kind: NextKind;
  /** `CANCEL`, `cancelHotel done`, `after 15m`. */
  readonly label: string;
  readonly event: string;
  /** Branches in the order they are tried; guards are not asked. */
  readonly branches: readonly NextBranch[];
  /** For `after`. */
  readonly dueAt: string | undefined;
  /** For `done` and `error`. */
  readonly invocationId: string | undefined;
}

export interface NextBranch {
  readonly transition: number;
  readonly source: string;
  readonly targets: readonly string[];
  readonly guard: string | undefined;
  readonly priority: number | undefined;
  readonly actions: readonly string[];
}

/** A transition of the chart: why it cannot be taken, or what it would take. */
export interface WayShown {
  readonly transition: number;
  /** `CANCEL`, `after 15m`, `cancelHotel done`. */
  readonly label: string;
  readonly source: string;
  readonly targets: readonly string[];
  readonly guard: string | undefined;
  /** The newest turns that took it. */
  readonly taken: readonly number[];
  /** Nothing but what it waits for, or its guard, keeps it. */
  readonly isOpen: boolean;
  readonly reason: string;
}

export interface WaysView {
  readonly at: string;
  readonly turn: number;
  readonly ways: readonly WayShown[];
}

/** A message's other end. */
export interface LinkShown {
  /** `name/key`. */
  readonly object: string;
  readonly what: "caused by" | "invoked by" | "sent to" | "invoked" | "asked";
  readonly turn: number | undefined;
}

export interface ObjectView {
  readonly at: string;
  readonly name: string;
  readonly key: string;
  /** The turn that is shown, and the last one. */
  readonly turn: number;
  readonly lastTurn: number;
  readonly isLive: boolean;
  readonly verdict: string;
  readonly condition: Condition;
  /** A warning beside the condition: a sentence. */
  readonly stuck: string | undefined;
  readonly flags: readonly Flag[];
  readonly status: ObjectStatus;
  readonly value: unknown;
  readonly state: string;
  readonly tags: readonly string[];
  readonly context: Shown;
  readonly output: Shown;
  readonly version: string;
  readonly since: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly partition: number;
  /** Label of the host that owns it. */
  readonly host: string | undefined;
  readonly parked: ParkedShown | undefined;
  /** The path that was taken and what can follow, for the chart; of the newest turns where there are very many. */
  readonly overlay: ObjectOverlay;
  /** The path begins after this turn; 0 where it is whole. */
  readonly pathFrom: number;
  readonly timers: readonly TimerShown[];
  readonly invocations: readonly InvocationShown[];
  readonly outgoing: readonly OutgoingShown[];
  /** At most 200. Looked for only while the object takes nothing. */
  readonly incoming: readonly IncomingShown[];
  readonly next: readonly NextStep[];
  /** Event types that the state has a transition for. */
  readonly accepts: readonly string[];
  readonly links: readonly LinkShown[];
  readonly saga: SagaShown | undefined;
}

export interface DiffEntry {
  /** `items[2].price` */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: Shown;
  readonly after: Shown;
}

export interface TimerNamed {
  readonly timer: string;
  /** `after 15m`: for people. */
  readonly label: string;
}

/** What a turn did, and what a preview says it would do. */
export interface TurnShown {
  readonly taken: readonly number[];
  /** In the order of evaluation. */
  readonly guards: readonly { readonly name: string; readonly passed: boolean }[];
  readonly actions: readonly string[];
  readonly sends: readonly { readonly kind: string; readonly target: string }[];
  readonly timersSet: readonly (TimerNamed & { readonly delayMs: number })[];
  readonly timersCleared: readonly TimerNamed[];
  readonly invoked: readonly { readonly id: string; readonly actor: string }[];
  readonly aborted: readonly string[];
  readonly diff: readonly DiffEntry[];
  /** There are more differences than are listed. */
  readonly isDiffCut: boolean;
}

export interface JournalRow extends TurnShown {
  readonly turn: number;
  readonly messageId: string;
  /** `create`, `event`, `timer`, `result`, `skipped`, … */
  readonly kind: string;
  /** `SUBMIT`, `reserveFlight done`, `after 15m`, `created`. */
  readonly label: string;
  readonly event: Shown;
  readonly from: string | undefined;
  readonly to: string;
  readonly status: ObjectStatus;
  readonly condition: "error" | "ok";
  readonly source: string | undefined;
  readonly committedAt: string;
  readonly version: string | undefined;
  readonly host: string | undefined;
  readonly epoch: number;
  readonly traceparent: string | undefined;
}

export interface JournalPage {
  readonly at: string;
  readonly lastTurn: number;
  /** Newest first. */
  readonly rows: readonly JournalRow[];
  /** For `before`; null where the page holds the first turn that is kept. */
  readonly before: number | null;
}

export type SagaCell = "done" | "running" | "failed" | "waiting" | "nothing" | "parked" | "skipped";

export interface SagaLane {
  readonly step: string;
  readonly forward: SagaCell;
  readonly undo: SagaCell;
  /** What the step gave, while it is held. */
  readonly result: Shown;
  readonly error: ErrorShown | undefined;
  readonly attempts: number | undefined;
  readonly isPivot: boolean;
}

export interface SagaShown {
  /** In the order of the steps. */
  readonly lanes: readonly SagaLane[];
  /** Done and not undone: the names of the steps; `maybe hotel` where it is not known whether it was done. */
  readonly held: readonly string[];
  readonly pivot: string | undefined;
  readonly isPastPivot: boolean;
}
