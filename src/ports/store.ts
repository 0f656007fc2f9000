/**
 * Where objects live. `test/conformance/store.ts` is the specification; every store passes it.
 *
 * A *chain* is the turns of one object in one batch: one base (revision, tag), one new tag, one snapshot after the last
 * turn, one journal row per turn. A chain is all or nothing; chains do not touch each other. The compare-and-set on
 * (revision, tag) stands in the write itself and is the safety check; the epoch refuses a fenced host early.
 */
import type { Address } from "../core/address.ts";
import type { ErrorBody } from "../core/errors.ts";
import type { EventObject, MessageSource, ObjectStatus } from "../core/message.ts";
import type { Trail } from "../core/trail.ts";
import type { AuditEntry } from "../core/wire.ts";

/**
 * What became of a turn. Only `committed` changed anything. First match wins, in this order:
 * `fenced`: the partition's epoch is not the chain's · `duplicate`: the journal has this message id with this hash, or
 * the link's watermark has passed it · `mismatch`: the journal has the id with another hash · `expired`: no row, and the
 * id was first sent more than the horizon ago by the store's clock · `conflict`: the row's (revision, tag) is not the
 * base, or another turn of the chain has one of the verdicts above · `committed`.
 */
export type TurnOutcome = "committed" | "duplicate" | "mismatch" | "expired" | "conflict" | "fenced";

export interface OutboxRow {
  /** Index of the effect in its turn: the order of the row within its revision. */
  readonly idx: number;
  readonly kind: "send" | "ask" | "create" | "kill" | "result" | "emit" | "action";
  /** The event type for `emit`, the action's name for `action`, `name/key` of the receiver for all others. */
  readonly target: string;
  /** JSON text. */
  readonly body: string;
}

/** One turn as it is written: journal row, inbox record and stored receipt in one. */
export interface TurnRecord {
  readonly messageId: string;
  readonly hash: string;
  readonly sentAtMs: number | undefined;
  readonly kind: string;
  /** What the message carried, JSON text. */
  readonly event: string;
  /** The state view after the turn, JSON text (`viewText`). */
  readonly view: string;
  /** The object's history hash after this turn. */
  readonly history: string;
  /** How the turn came about, `trailText`. */
  readonly trail: string;
  readonly source: MessageSource | undefined;
  readonly outbox: readonly OutboxRow[];
}

export interface Chain {
  readonly partition: number;
  readonly epoch: number;
  readonly address: Address;
  /** Revision 0 and tag "0" where the object is being born. */
  readonly base: { readonly revision: number; readonly tag: string };
  readonly tag: string;
  /** Drawn at the object's birth, then constant. */
  readonly incarnation: string;
  readonly status: ObjectStatus;
  /** The state value after the last turn, JSON text. */
  readonly value: string;
  /** Status or state value are others than before the first turn. */
  readonly isStateChanged: boolean;
  readonly tags: readonly string[];
  readonly machineVersion: string;
  /** The engine's envelope after the last turn, JSON text. */
  readonly snapshot: string;
  /** In order; turn i has revision `base.revision + 1 + i`. */
  readonly turns: readonly TurnRecord[];
  /** Net over the chain, both. A timer that is set again moves to its new generation and due time. */
  readonly timersSet: readonly { readonly timer: string; readonly generation: number; readonly delayMs: number }[];
  readonly timersCleared: readonly string[];
  readonly invocationsStarted: readonly { readonly id: string; readonly actor: string; readonly input: string }[];
  readonly invocationsEnded: readonly string[];
}

export interface StoredObject {
  readonly address: Address;
  readonly revision: number;
  readonly tag: string;
  readonly incarnation: string;
  readonly status: ObjectStatus;
  readonly machineVersion: string;
  readonly history: string;
  readonly snapshot: string;
  /** Why the object waits for an operator, where it does. */
  readonly parked: string | undefined;
  /** Why an operator paused it, where one did. */
  readonly paused: string | undefined;
}

/** The journal row that answers a message id. */
export interface StoredReply {
  readonly revision: number;
  readonly hash: string;
  readonly view: string;
}

export interface JournalEntry {
  readonly revision: number;
  readonly messageId: string;
  readonly kind: string;
  readonly event: unknown;
  readonly status: ObjectStatus;
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly context: unknown;
  readonly output: unknown;
  /** Why an ask of another object was refused; the state is as before then. */
  readonly refused?: ErrorBody;
  /** `name/key` of the sending object, where there is one. */
  readonly source: string | undefined;
  readonly epoch: number;
  /** ISO date by the store's clock. */
  readonly committedAt: string;
  /** Undefined for a turn of a version that kept none. */
  readonly trail: Trail | undefined;
}

export interface ObjectSummary {
  readonly object: string;
  readonly key: string;
  readonly revision: number;
  readonly status: ObjectStatus;
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly parked: string | undefined;
  readonly paused: string | undefined;
  /** Outgoing messages and actions that are parked. */
  readonly parkedSends: number;
  readonly updatedAt: string;
}

export interface ListQuery {
  readonly name: string | undefined;
  /** Undefined: all but what was purged. */
  readonly status: ObjectStatus | undefined;
  /** A state value as dotted path; matches itself and what is inside it: `paid`, `shipping.packed`. */
  readonly matches: string | undefined;
  readonly tag: string | undefined;
  /** Only what waits for an operator: the object, something that it sends, or a live state tagged `parked`. */
  readonly parked?: boolean | undefined;
  /** Only what an operator paused, and what did not end since. */
  readonly paused?: boolean | undefined;
  /** Keys that begin with this. */
  readonly prefix: string | undefined;
  /** The last address of the page before. */
  readonly after: Address | undefined;
  readonly limit: number;
}

/** The partitions and definitions that a host answers for. */
export interface Scope {
  readonly partitions: readonly number[];
  readonly names: readonly string[];
}

export interface DueTimer {
  readonly address: Address;
  readonly timer: string;
  readonly generation: number;
  /** Milliseconds until it is due; 0 where it is. */
  readonly waitMs: number;
}

export interface PendingSend extends OutboxRow {
  readonly address: Address;
  readonly incarnation: string;
  readonly revision: number;
  /** Why the row waits for an operator, and with it all rows of its link; undefined where it does not. */
  readonly parked?: string | undefined;
}

/** Which row of the outbox. */
export type SendPlace = Pick<PendingSend, "address" | "revision" | "idx">;

export interface PendingInvocation {
  readonly address: Address;
  readonly id: string;
  readonly actor: string;
  /** JSON text. */
  readonly input: string;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  /** Milliseconds until the next attempt may start; 0 when it is due. */
  readonly waitMs: number;
  /** What the last heartbeat said, JSON text. */
  readonly heartbeat?: string | undefined;
}

export type AuditRecord = Omit<AuditEntry, "seq" | "at">;

export interface AuditQuery {
  readonly object: string | undefined;
  readonly key: string | undefined;
  /** Entries below this one. */
  readonly before: number | undefined;
  readonly limit: number;
}

export interface Store {
  /** In the order asked; undefined where there is no such object. One round trip. */
  load(addresses: readonly Address[]): Promise<readonly (StoredObject | undefined)[]>;

  /**
   * One transaction, one round trip. Outcomes stand in the order given: one list per chain, one outcome per turn.
   * Rejects with `BatchRefusedError` when the store definitely refused the whole batch and nothing was written; any
   * other rejection means the outcome is unknown: evict and ask, never assume.
   */
  commit(batch: readonly Chain[]): Promise<readonly (readonly TurnOutcome[])[]>;

  /** Stored answers, in the order asked. A row that is not found proves nothing after an unknown outcome. */
  replies(
    asked: readonly { readonly address: Address; readonly messageId: string }[],
  ): Promise<readonly (StoredReply | undefined)[]>;

  /** Entries with a revision above `after`, rising. */
  journal(address: Address, after: number, limit: number): Promise<readonly JournalEntry[]>;

  /** By name and key, rising. */
  list(query: ListQuery): Promise<readonly ObjectSummary[]>;

  /**
   * Timers that are due within `aheadMs` by the store's clock, oldest first, and milliseconds until the next one
   * (undefined where none is armed). May leave some of a crowded partition for the next look, also below `limit`: then
   * `nextMs` is no more than `aheadMs`. Leaves out timers of objects that are parked or paused. Rows stay until the turn
   * of their firing commits.
   */
  dueTimers(
    scope: Scope,
    limit: number,
    aheadMs: number,
  ): Promise<{ readonly due: readonly DueTimer[]; readonly nextMs: number | undefined }>;

  /** The oldest rows of each sender first. Rows stay until `sent` removes them. */
  pendingSends(scope: Scope, limit: number): Promise<readonly PendingSend[]>;
  /** Removes rows that arrived: exactly these, never a range. */
  sent(rows: readonly SendPlace[]): Promise<void>;
  /** Keeps a row in place until an operator acts; `parked` undefined releases it. Does nothing where it was removed. */
  parkSend(row: SendPlace, parked: string | undefined): Promise<void>;

  pendingInvocations(scope: Scope, limit: number): Promise<readonly PendingInvocation[]>;
  /** Records a failed attempt and when the next may start. Does nothing where the invocation has ended. */
  attemptFailed(address: Address, invocationId: string, attempts: number, waitMs: number, error: string): Promise<void>;

  /** A running attempt is alive: another may start no earlier than in `overdueMs`. `details` undefined keeps the last. */
  heartbeat(address: Address, invocationId: string, overdueMs: number, details: string | undefined): Promise<void>;

  /** Keeps the object and what it waits for in place until an operator acts; `parked` undefined releases it. */
  park(address: Address, parked: string | undefined): Promise<void>;

  /**
   * No new turns: whoever loads the object sees it, and the new tag makes every chain a conflict that was computed
   * before. `paused` undefined ends it. Does nothing where there is no such object.
   */
  pause(address: Address, paused: string | undefined, tag: string): Promise<void>;

  /** Writes an order down. Again under the same id: only what an `unknown` result turned out to be. */
  audit(record: AuditRecord): Promise<void>;
  /** Newest first. */
  audits(query: AuditQuery): Promise<readonly AuditEntry[]>;

  /**
   * Takes the content off a purged object: event, view and trail of its journal rows but those of the purge and later
   * ones, its flags, timers and invocations, its place among the states. Ids, hashes and revisions stay. Bounded in rows: true where there is
   * more. Does nothing to an object that is not purged.
   */
  clear(address: Address): Promise<boolean>;

  /**
   * One slice of what may go: of the next objects of the partition after `after`, journal rows that were committed
   * `keepMs` ago or earlier, oldest first, but never an object's last one; link watermarks idle for as long; and all that
   * is left of objects that were purged before the horizon, once nothing of them is in the outbox. What is purged and not
   * cleared is cleared. Bounded in rows: where `isMore`, the same slice has more to remove. `next` is where to go on,
   * undefined at the end.
   */
  prune(partition: number, after: Address | undefined, keepMs: number): Promise<Pruned>;

  close(): Promise<void>;
}

export interface Pruned {
  /** Journal rows. */
  readonly removed: number;
  readonly isMore: boolean;
  readonly next: Address | undefined;
}

/** The store definitely refused the batch and wrote nothing of it: one of its turns cannot be stored. */
export class BatchRefusedError extends Error {
  readonly sqlState: string;

  constructor(message: string, sqlState: string, cause?: unknown) {
    super(message, { cause });
    this.name = "BatchRefusedError";
    this.sqlState = sqlState;
  }
}

/** What an outbox row of kind `send` or `ask` carries. */
export interface SendBody {
  readonly event: EventObject;
}
