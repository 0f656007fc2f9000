/** What is asked of objects, and answers about the whole system. */
import type { BacklogRow, WayRow } from "../../ports/views.ts";
import type { MachineSummary } from "./machine.ts";
import type { TurnShown } from "./object.ts";
import type { ObjectStatus, Shown, Verb } from "./words.ts";

export interface Preview extends TurnShown {
  /** The turn was computed on this one; where it has moved, preview again. */
  readonly revision: number;
  readonly outcome: "handled" | "not accepted" | "failed";
  readonly message: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly value: unknown;
  readonly status: ObjectStatus;
  readonly context: Shown;
}

export interface Sent {
  readonly messageId: string;
  readonly revision: number;
  readonly duplicate: boolean;
  readonly state: string;
}

export interface VerbRequest {
  readonly reason: string;
  readonly by?: string;
  /** Which parked message, where there are several. */
  readonly messageId?: string;
}

export interface RevealRequest extends VerbRequest {
  /** Keys from the context down to a field that is masked. */
  readonly field: readonly string[];
  /** As it was after this turn. */
  readonly turn: number;
}

export interface Revealed {
  readonly value: Shown;
}

export interface VerbResult {
  readonly verb: Verb;
  readonly message: string;
  readonly details: Shown;
}

/** What each verb would do now; `isOffered` false with the reason why not. */
export interface Consequence {
  readonly verb: Verb;
  readonly isOffered: boolean;
  readonly consequence: string;
}

export interface Consequences {
  readonly revision: number;
  readonly verbs: readonly Consequence[];
}

export interface BulkRequest extends VerbRequest {
  readonly verb: Verb;
  /** `name/key` each, at most 10,000. */
  readonly objects: readonly string[];
  /** 20 unless given; at most 100. */
  readonly ratePerSecond?: number;
}

export interface BulkProgress {
  readonly id: string;
  readonly verb: Verb;
  readonly total: number;
  /** Of a retry: those that were not parked again within a few seconds. */
  readonly done: number;
  readonly failed: number;
  readonly isOver: boolean;
  /** The first few that failed. */
  readonly failures: readonly { readonly object: string; readonly message: string }[];
}

export interface Incident {
  readonly id: string;
  readonly kind: "parked" | "retrying" | "outgoing";
  readonly name: string;
  readonly version: string | undefined;
  /** The invocation, the event or the effect. */
  readonly cause: string;
  readonly error: string;
  readonly state: string | undefined;
  readonly count: number;
  readonly since: string | undefined;
  /** Of those that are tried again. */
  readonly nextAt: string | undefined;
  readonly lastAt: string | undefined;
  /** `name/key`, the first 1,000. */
  readonly objects: readonly string[];
}

export interface IncidentsView {
  readonly at: string;
  readonly incidents: readonly Incident[];
  /** More rows than are looked at: counts are at least so high. */
  readonly isCut: boolean;
}

/** Objects of a machine that are longer in a state than its limit. */
export interface StuckCount {
  readonly name: string;
  readonly count: number;
}

export interface Overview {
  readonly at: string;
  /** `4 trips need you. Oldest: 38 min.` */
  readonly sentence: string;
  readonly isHealthy: boolean;
  readonly needsYou: readonly Incident[];
  readonly stuck: readonly StuckCount[];
  readonly machines: readonly MachineSummary[];
  readonly total: number;
  readonly system: {
    readonly hosts: number;
    readonly partitions: number;
    readonly owned: number;
    readonly lateTimers: number;
    /** Unsent messages, and the turn of the oldest where there is one. */
    readonly unsent: number;
    readonly oldestUnsentAt: string | undefined;
  };
}

export interface TimersView {
  readonly at: string;
  readonly timers: readonly {
    readonly object: string;
    readonly timer: string;
    readonly label: string;
    readonly dueAt: string;
    readonly isLate: boolean;
  }[];
  readonly late: number;
  readonly total: number;
  readonly isAtLeast: boolean;
}

export interface MessagesView {
  readonly at: string;
  readonly ways: readonly WayRow[];
  /** The deepest first; `object` is the sender's `name/key`. */
  readonly backlogs: readonly (Omit<BacklogRow, "address"> & { readonly object: string })[];
  /** Not all were looked at. */
  readonly isCut: boolean;
}

export interface HostsView {
  readonly at: string;
  readonly hosts: readonly {
    readonly id: string;
    readonly label: string;
    readonly group: string;
    readonly objects: readonly string[];
    readonly expiresAt: string;
    readonly isAlive: boolean;
    readonly partitions: readonly number[];
  }[];
  readonly groups: readonly {
    readonly group: string;
    readonly partitions: number;
    readonly unowned: readonly number[];
    /** By partition number. */
    readonly epochs: readonly number[];
  }[];
}

export interface SagasView {
  readonly at: string;
  readonly sagas: readonly {
    readonly name: string;
    readonly total: number;
    readonly forward: number;
    readonly compensating: number;
    readonly parked: number;
    readonly succeeded: number;
    readonly compensated: number;
    readonly abandoned: number;
  }[];
}

export interface AuditPage {
  readonly at: string;
  readonly rows: readonly {
    readonly id: string;
    readonly at: string;
    readonly by: string;
    readonly verb: string;
    readonly object: string;
    readonly reason: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
    readonly result: string;
  }[];
  readonly next: string | null;
}

/** `changed`: read again what you show of these. `resync`: some were missed, read again all you show. */
export type LiveEvent =
  | {
      readonly kind: "changed";
      readonly objects: readonly { readonly name: string; readonly key: string; readonly turn: number }[];
      /** Names of machines in which something changed: their counts may differ. */
      readonly names: readonly string[];
      /** More objects changed than are listed. */
      readonly isCut: boolean;
    }
  | { readonly kind: "resync" };
