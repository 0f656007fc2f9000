/**
 * One object as its caller sees it. The types come from the definition; at run time there are only a name and a key.
 */
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { EventObject, ObjectStatus, Receipt, SnapshotView } from "../core/message.ts";
import {
  type CanceledObject,
  type Change,
  DEFAULT_PAGE,
  type KilledObject,
  type KillRequest,
  MAX_PAGE,
  type OperatorRequest,
  type OperatorVerb,
  type OperatorVerbs,
  type Ordered,
  type Previewed,
  type PreviewRequest,
  type Released,
  type ReleaseRequest,
  type Until,
} from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { JournalEntry } from "../ports/store.ts";
import type { Subscription } from "../ports/transport.ts";
import type { EmittedFrom, Feeds } from "./feed.ts";
import { type CreateOptions, messageHeaders, type ReadOptions, type SendOptions, type WaitOptions } from "./options.ts";
import type { Requests } from "./requests.ts";

/** What the compiler knows of an object. */
export interface ObjectTypes {
  readonly event: EventObject;
  readonly input: unknown;
  readonly output: unknown;
  readonly context: unknown;
  readonly value: unknown;
  readonly tag: string;
  readonly emitted: EventObject;
}

/** A state that an object shows, with the types of its definition. */
export type Typed<View, T extends ObjectTypes> = Omit<View, "value" | "tags" | "context" | "output"> & {
  readonly value: T["value"];
  readonly tags: readonly T["tag"][];
  readonly context: T["context"];
  /** Null until the object is done. */
  readonly output: T["output"] | null;
};

/** What to wait for: a state value, a tag of the state, or a status. */
export type Goal<T extends ObjectTypes> =
  | { readonly matches: T["value"] }
  | { readonly tag: T["tag"] }
  | { readonly status: ObjectStatus };

/** The input may be left out where the machine takes none. */
export type CreateArguments<T extends ObjectTypes> = undefined extends T["input"]
  ? [input?: T["input"], options?: CreateOptions]
  : [input: T["input"], options?: CreateOptions];

/** The emitted event of one type; any event where the types are not known. */
type EmittedAs<E extends EventObject, Type extends E["type"]> = string extends E["type"]
  ? EventObject
  : Extract<E, { readonly type: Type }>;

export interface JournalQuery extends ReadOptions {
  /** Entries above this revision; 0 from the beginning. */
  readonly after?: number;
  readonly limit?: number;
}

/** Who wants it and why. */
export type OperatorOrder = Omit<OperatorRequest, "object" | "key">;
/** With the message or step that is meant, where several are parked. */
export type ReleaseOrder = Omit<ReleaseRequest, "object" | "key">;
/** `preview` only asks what would stand. */
export type KillOrder = Omit<KillRequest, "object" | "key">;

export interface ObjectClient<T extends ObjectTypes = ObjectTypes> {
  readonly address: Address;

  /** Resolves when the object is durable. The same input again is a duplicate, another one `ALREADY_EXISTS`. */
  create(...args: CreateArguments<T>): Promise<Typed<Receipt, T>>;
  /** Resolves when the event's turn is durable, with the state right after it. */
  send(event: T["event"], options?: SendOptions): Promise<Typed<Receipt, T>>;
  /** The state after every message that was accepted before. */
  get(options?: ReadOptions): Promise<Typed<SnapshotView, T>>;
  /** Rejects with `TIMEOUT`, or with `CANNOT_HAPPEN` as soon as the object can no longer come there. */
  waitFor(goal: Goal<T>, options?: WaitOptions): Promise<Typed<SnapshotView, T>>;
  /** Waits until the object is done and gives its output. */
  result(options?: WaitOptions): Promise<T["output"]>;

  /** One page of the past, oldest first: at most 200 entries, 50 unless given. */
  journal(query?: JournalQuery): Promise<readonly JournalEntry[]>;
  /** All of the past, page by page. */
  journalAll(query?: Omit<JournalQuery, "limit">): AsyncIterableIterator<JournalEntry>;

  /** For operators: what the event would do now, without doing it; it holds as long as the revision stands. */
  preview(event: EventObject, options?: ReadOptions): Promise<Previewed>;
  // For operators. Each says what it changed, may be repeated, and leaves a row in the audit.
  /** Tries again what is parked of this object, at once; a step that its machine parked gets RETRY. */
  retry(order: ReleaseOrder): Promise<Released>;
  /** Takes out for good what is parked; a step that its machine parked gets SKIP. The journal says who and why. */
  skip(order: ReleaseOrder): Promise<Released>;
  /**
   * The machine's own CANCEL, after the objects that it invoked and that take one have ended. Rejects with
   * `EVENT_NOT_ACCEPTED` where the state takes none, as after a saga's pivot.
   */
  cancel(order: OperatorOrder): Promise<CanceledObject>;
  /** Ends the object and those that it invoked, at once, and compensates nothing: the answer says what stands. */
  kill(order: KillOrder): Promise<KilledObject>;
  /** No new turns until `resume`: callers get `OBJECT_PAUSED`, everything else waits. */
  pause(order: OperatorOrder): Promise<Ordered>;
  resume(order: OperatorOrder): Promise<Ordered>;
  /**
   * Clears the content of an object that has ended and leaves a tombstone: everybody gets `GONE`. Rejects with
   * `EVENT_NOT_ACCEPTED` while it is active.
   */
  purge(order: OperatorOrder): Promise<Ordered>;
  /** Changes nothing: says in the audit that somebody reads what is sensitive. */
  reveal(order: OperatorOrder): Promise<Ordered>;

  /** From now on, as it happens; may miss some (see `feed.ts`). */
  changes(handler: (change: Change) => void): Subscription;
  /** What the machine emits under this type, from now on. May come twice, with one effect id. */
  on<Type extends T["emitted"]["type"]>(
    type: Type,
    handler: (event: EmittedAs<T["emitted"], Type>, from: EmittedFrom) => void,
  ): Subscription;
}

export interface ObjectParts {
  readonly requests: Requests;
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly uuid: () => string;
}

/** Typed by `T` on the word of the definition; nothing is checked again on this side. */
export function objectClient(address: Address, { requests, feeds, clock, uuid }: ObjectParts): ObjectClient {
  const change = async (verb: "create" | "send", body: string, options: SendOptions): Promise<Receipt> => {
    const headers = messageHeaders(options, clock.wallMs());
    return (await requests.object(verb, address, body, headers, readOptions(options))).value as Receipt;
  };
  const page = async ({ after = 0, limit = DEFAULT_PAGE, ...options }: JournalQuery) => {
    const request = { object: address.name, key: address.key, after, limit };
    const { entries } = await requests.admin("journal", request, options);
    return entries as readonly JournalEntry[];
  };
  const waitFor = async (goal: Until, options?: WaitOptions): Promise<SnapshotView> =>
    (await requests.wait(address, goal, options)).value as SnapshotView;

  const operate = async <V extends OperatorVerb>(
    verb: V,
    order: Omit<OperatorVerbs[V]["request"], "object" | "key">,
  ): Promise<OperatorVerbs[V]["answer"]> => {
    // one id for all attempts: an order whose answer was lost is not carried out twice
    const request = { orderId: uuid(), ...order, object: address.name, key: address.key };
    return (await requests.admin(verb, request)) as unknown as OperatorVerbs[V]["answer"];
  };

  return {
    address,
    create: async (input?: unknown, options: CreateOptions = {}) =>
      change("create", input === undefined ? "" : json(input, address, "input"), options),
    send: async (event, options = {}) => change("send", json(event, address, "event"), options),
    get: async (options) => (await requests.object("get", address, "", {}, options)).value as SnapshotView,
    waitFor,
    result: async (options) => (await waitFor({ status: "done" }, options)).output,
    journal: async (query = {}) => page(query),
    journalAll: (query = {}) => pages((after) => page({ ...query, after, limit: MAX_PAGE }), query.after ?? 0),
    preview: async (event, options) => {
      const request: PreviewRequest = { object: address.name, key: address.key, event };
      return (await requests.admin(`preview.${address.name}`, request, options)) as unknown as Previewed;
    },
    retry: (order) => operate("retry", order),
    skip: (order) => operate("skip", order),
    cancel: (order) => operate("cancel", order),
    kill: (order) => operate("kill", order),
    pause: (order) => operate("pause", order),
    resume: (order) => operate("resume", order),
    purge: (order) => operate("purge", order),
    reveal: (order) => operate("reveal", order),
    changes: (handler) => feeds.changes(address, handler),
    on: (type, handler) => feeds.emitted(address, type, handler as (event: EventObject, from: EmittedFrom) => void),
  };
}

/** A host may cut a page short of its limit; only an empty one is the end. */
async function* pages(
  next: (after: number) => Promise<readonly JournalEntry[]>,
  after: number,
): AsyncIterableIterator<JournalEntry> {
  for (let entries = await next(after); entries.length > 0; entries = await next(after)) {
    yield* entries;
    after = entries.at(-1)?.revision ?? after;
  }
}

const readOptions = ({ timeoutMs }: ReadOptions): ReadOptions => (timeoutMs === undefined ? {} : { timeoutMs });

function json(value: unknown, address: Address, what: string): string {
  try {
    const text = JSON.stringify(value);
    if (typeof text === "string") return text;
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", `${what} for ${formatAddress(address)} is not JSON: ${cause}`, { cause });
  }
  throw new StatorError("INVALID_REQUEST", `${what} for ${formatAddress(address)} is not JSON`);
}
