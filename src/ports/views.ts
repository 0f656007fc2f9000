/**
 * What people look at, read from where objects live: never from a host's memory, never through a turn. Everything that
 * one answer says was read at one moment, `at`, by the store's clock. Every read is bounded in rows and in time.
 */
import type { Address } from "../core/address.ts";
import type { ObjectStatus } from "../core/message.ts";

/** The one word for an object; the first that fits, in this order. */
export type Condition =
  | "parked"
  | "compensating"
  | "retrying"
  | "paused"
  | "running"
  | "waiting"
  | "done"
  | "failed"
  | "canceled"
  | "killed";

/** Not exclusive. `running`: it has an invocation; `retrying`: one that has failed and is tried again. */
export type Flag = "parked" | "retrying" | "paused" | "running";

/** Objects that are alike in all of this. */
export interface CountedGroup {
  readonly name: string;
  readonly version: string;
  readonly condition: Condition;
  readonly count: number;
}

export interface CountedState extends CountedGroup, Readonly<Record<Flag, number>> {
  readonly value: unknown;
}

export interface ObjectsQuery {
  readonly name: string | undefined;
  /** Keys of the states from the root down; matches the state and all inside it. Needs `name`. */
  readonly path: readonly string[] | undefined;
  readonly tag: string | undefined;
  readonly condition: Condition | undefined;
  readonly flag: Flag | undefined;
  readonly status: ObjectStatus | undefined;
  readonly version: string | undefined;
  /** Those for which one of these holds. Needs `name`. */
  readonly stuck: readonly StuckTest[] | undefined;
  /** Keys that begin with this. */
  readonly prefix: string | undefined;
  /** Comparisons with fields of the context, all of which hold. Only the first `MAX_LOOKED_AT` objects are looked at. */
  readonly where: readonly FieldTest[];
  readonly after: Address | undefined;
  readonly limit: number;
}
export const MAX_LOOKED_AT = 10_000;

/** Active, and for longer in the state or in one inside it. */
export interface StuckTest {
  readonly path: readonly string[];
  readonly forMs: number;
}

export interface FieldTest {
  readonly path: readonly string[];
  /** Numbers are compared as numbers where both sides are; `=` compares the text otherwise. */
  readonly is: "=" | ">" | "<";
  readonly value: string;
}

export interface ObjectFound {
  readonly address: Address;
  readonly status: ObjectStatus;
  readonly condition: Condition;
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly version: string;
  readonly since: string;
  readonly nextTimer: { readonly timer: string; readonly dueAt: string } | undefined;
  /** The one that is tried next. */
  readonly invocation:
    | { readonly id: string; readonly actor: string; readonly attempts: number; readonly nextAt: string }
    | undefined;
}

export interface ObjectsFound {
  readonly at: string;
  readonly total: number;
  /** Not all were looked at: there are at least `total`. */
  readonly isAtLeast: boolean;
  readonly objects: readonly ObjectFound[];
}

export interface TimerRow {
  readonly address: Address;
  readonly timer: string;
  readonly dueAt: string;
}

export interface InvocationRow {
  readonly id: string;
  readonly actor: string;
  /** JSON text. */
  readonly input: string;
  readonly attempts: number;
  readonly nextAt: string;
  /** JSON text of an `ErrorData`. */
  readonly lastError: string | undefined;
}

export interface OutgoingRow {
  readonly revision: number;
  readonly idx: number;
  readonly kind: string;
  readonly target: string;
  /** JSON text. */
  readonly body: string;
  readonly parked: string | undefined;
}

/** A message that waits in the outbox of the object that sent it. */
export interface IncomingRow {
  readonly from: Address;
  /** The sender's turn. */
  readonly revision: number;
  readonly kind: string;
  /** JSON text. */
  readonly body: string;
  readonly parked: string | undefined;
}

/** Everything that is stored of an object beside its past. */
export interface WholeObject {
  readonly at: string;
  readonly revision: number;
  readonly status: ObjectStatus;
  readonly condition: Condition;
  readonly flags: readonly Flag[];
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly version: string;
  readonly snapshot: string;
  /** As `parkedText` wrote it. */
  readonly parked: string | undefined;
  readonly paused: string | undefined;
  readonly since: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly partition: number;
  readonly host: string | undefined;
  readonly timers: readonly TimerRow[];
  readonly invocations: readonly InvocationRow[];
  readonly outgoing: readonly OutgoingRow[];
}

/** A row of the journal, texts as they are stored. */
export interface TurnRow {
  readonly revision: number;
  readonly messageId: string;
  readonly kind: string;
  readonly event: string;
  readonly view: string;
  readonly source: string | undefined;
  readonly epoch: number;
  readonly committedAt: string;
  readonly trail: string;
}

/** How a turn came about, without the state it led to. */
export interface TrailRow {
  readonly revision: number;
  readonly kind: string;
  /** What came: the event's type, the timer, or the invocation's id. */
  readonly what: string | undefined;
  /** `name/key` of the object that sent it. */
  readonly source: string | undefined;
  readonly committedAt: string;
  readonly trail: string;
}

/** A turn of one of many objects, as little of it as tells where it led. */
export interface MoveRow {
  readonly key: string;
  readonly revision: number;
  /** JSON text of the state value that it led to. */
  readonly value: string;
  /** A promise actor's failure began it. */
  readonly isError: boolean;
  readonly committedAt: string;
  readonly trail: string;
}

/** An event that an object was sent. */
export interface PayloadRow {
  readonly key: string;
  /** JSON text. */
  readonly event: string;
  readonly committedAt: string;
}

/** How far a look at many journals goes. */
export interface LookLimit {
  readonly objects: number;
  /** Of each object, the newest. */
  readonly turns: number;
}

export interface MovesFound {
  readonly at: string;
  /** Object by object, each rising. */
  readonly rows: readonly MoveRow[];
}

/** Objects and effects that wait for an operator, or for another attempt. */
export interface WaitingObject {
  readonly address: Address;
  readonly version: string;
  readonly value: unknown;
  readonly since: string;
  /** As `parkedText` wrote it; undefined where the machine parked itself by a tag. */
  readonly parked: string | undefined;
  /** JSON text: what the machine says of it, where it is a saga. */
  readonly failure: string | undefined;
}

export interface RetryingInvocation {
  readonly address: Address;
  readonly version: string;
  readonly value: unknown;
  readonly actor: string;
  readonly attempts: number;
  readonly nextAt: string;
  readonly lastError: string | undefined;
}

export interface ParkedEffect {
  readonly address: Address;
  readonly kind: string;
  readonly target: string;
  readonly parked: string;
}

export interface Waiting {
  readonly at: string;
  readonly parked: readonly WaitingObject[];
  readonly outgoing: readonly ParkedEffect[];
  readonly retrying: readonly RetryingInvocation[];
}

/** Messages from objects of one name to one receiver: a name of objects, or an action. */
export interface WayRow {
  readonly from: string;
  readonly kind: string;
  readonly to: string;
  /** Sender and receiver, pair by pair, that have exchanged messages; 0 where nothing arrived yet. */
  readonly pairs: number;
  readonly lastAt: string | undefined;
  /** In outboxes; `parked` of them wait for an operator. */
  readonly waiting: number;
  readonly parked: number;
}

/** What one object has sent and not got rid of. */
export interface BacklogRow {
  readonly address: Address;
  readonly waiting: number;
  readonly parked: number;
  readonly oldestAt: string | undefined;
}

/** Of the first `MAX_LOOKED_AT` pairs and waiting messages. */
export interface MessagesFound {
  readonly at: string;
  readonly ways: readonly WayRow[];
  /** The deepest first. */
  readonly backlogs: readonly BacklogRow[];
  readonly isCut: boolean;
}

export interface HostRow {
  readonly group: string;
  readonly id: string;
  readonly label: string;
  readonly objects: readonly string[];
  readonly expiresAt: string;
  readonly isAlive: boolean;
}

export interface LeaseRow {
  readonly group: string;
  readonly partition: number;
  readonly epoch: number;
  /** The host, where the lease has not run out. */
  readonly host: string | undefined;
}

export interface Views {
  /** All objects by name, version and condition. */
  totals(): Promise<{ readonly at: string; readonly groups: readonly CountedGroup[] }>;
  /** Those of one name, by state too. */
  counts(name: string): Promise<{ readonly at: string; readonly groups: readonly CountedState[] }>;
  objects(query: ObjectsQuery): Promise<ObjectsFound>;

  object(address: Address): Promise<WholeObject | undefined>;
  /** What other objects have sent it and could not deliver yet, sender by sender in their order. Not all outboxes may be looked at. */
  incoming(address: Address, limit: number): Promise<readonly IncomingRow[]>;
  /** Newest first, below `before` where given, else above `after`. */
  turns(
    address: Address,
    range: { readonly before?: number; readonly after?: number },
    limit: number,
  ): Promise<readonly TurnRow[]>;
  /** The newest at or below `upTo`, rising. */
  trails(address: Address, upTo: number, limit: number): Promise<readonly TrailRow[]>;

  /** The newest `turns` of each of the `objects` of a name whose state changed last, within `windowMs`. */
  moves(name: string, windowMs: number, limit: LookLimit): Promise<MovesFound>;
  /** Events of a type in the newest turns of the objects that changed last, `first` before all; newest first, at most 100. */
  payloads(name: string, type: string, first: string | undefined, limit: LookLimit): Promise<readonly PayloadRow[]>;

  /** At most `limit` of each kind. */
  waiting(limit: number): Promise<Waiting>;
  /** The next that are due, first those that are late. Counted up to `MAX_LOOKED_AT`. */
  timers(
    name: string | undefined,
    limit: number,
  ): Promise<{
    readonly at: string;
    readonly timers: readonly TimerRow[];
    readonly late: number;
    readonly total: number;
  }>;
  hosts(): Promise<{ readonly at: string; readonly hosts: readonly HostRow[]; readonly leases: readonly LeaseRow[] }>;
  /** Messages that wait in outboxes; counted up to `MAX_LOOKED_AT`. */
  unsent(): Promise<{ readonly at: string; readonly count: number; readonly oldestAt: string | undefined }>;

  /** Who sends to whom, and where messages pile up. */
  messages(): Promise<MessagesFound>;

  close(): Promise<void>;
}
