/**
 * Messages that would change nothing: why, and what their sender is told.
 *
 * Before anything is refused the journal is asked for the message id (a retry of an accepted message gets its first
 * receipt) and the row is compared with the state the refusal rests on (a host that lost its lease without knowing must
 * not refuse by an old state).
 */
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { contentHash, type Message, NOTHING_LEFT, type StateView, viewText } from "../core/message.ts";
import { parkedOf, pausedOf } from "../core/parking.ts";
import type { LiveObject } from "../engine/engine.ts";
import { purgedBy } from "../engine/killed.ts";
import type { BatchRefusedError, JournalEntry, StoredObject, StoredReply } from "../ports/store.ts";
import type { Head } from "./chain.ts";
import { type Answer, type Delivery, isEnding } from "./delivery.ts";
import { storedRefusal } from "./refused.ts";
import { birthBody, type ObjectServices } from "./services.ts";

export type RefusalReason =
  /** `create` of an object that exists. */
  | { readonly kind: "create" }
  | { readonly kind: "done" | "unhandled" }
  /** A timer or a result that the state does not wait for, or a message to an object that has ended. */
  | { readonly kind: "late" }
  | { readonly kind: "rejected"; readonly error: StatorError };

/** The object whose present state the refusal rests on. */
export interface Refusing {
  readonly address: Address;
  readonly head: Head | undefined;
  readonly live: LiveObject | undefined;
}

/** What the sender of a message is told; `again` when the object has moved and the message must be run again. */
export async function decideRefusal(
  services: ObjectServices,
  delivery: Delivery,
  on: Refusing,
  reason: RefusalReason,
): Promise<Answer | "again"> {
  const { message } = delivery;
  const verdict = reason.kind === "create" ? undefined : verdictOf(services, delivery, on, reason);
  const [reply, row] = await Promise.all([services.reply(message.to, message.id), services.load(message.to)]);
  if (reply !== undefined) return isCleared(reply) ? "again" : answerByReply(reply, message);
  if (!isAt(row, on.head)) return "again";
  return verdict ?? (await decideCreate(services, message));
}

function verdictOf(
  services: ObjectServices,
  delivery: Delivery,
  on: Refusing,
  reason: Exclude<RefusalReason, { kind: "create" }>,
): Answer {
  const { address, live } = on;
  switch (reason.kind) {
    case "rejected":
      return { kind: "refused", error: reason.error };
    case "done":
      return { kind: "refused", error: objectDone(address, live?.view) };
    case "late":
      return unchanged(on);
    case "unhandled":
      if (services.ignoresUnhandled(address.name) && delivery.origin !== "operator") return unchanged(on);
      return { kind: "refused", error: eventNotAccepted(address, live, delivery.message) };
  }
}

export function unchanged(on: Refusing): Answer {
  return {
    kind: "unchanged",
    revision: on.head?.revision ?? 0,
    view: on.live === undefined ? "{}" : viewText(on.live.view),
  };
}

function isAt(row: StoredObject | undefined, head: Head | undefined): boolean {
  if (row === undefined || head === undefined) return (head?.revision ?? 0) === 0 && row === undefined;
  return row.revision === head.revision && row.tag === head.tag;
}

const CLEARED = viewText(NOTHING_LEFT);

/** The object was purged meanwhile, and its journal tells no receipt any more: the message has to meet the tombstone. */
export const isCleared = ({ view }: StoredReply): boolean => view === CLEARED;

export function answerByReply(reply: StoredReply, message: Message): Answer {
  const refusal = storedRefusal(reply.view);
  if (refusal !== undefined && reply.hash === message.hash) return { kind: "refused", error: refusal };
  if (reply.hash === message.hash)
    return { kind: "duplicate", revision: reply.revision, view: reply.view, messageId: message.id };
  return { kind: "refused", error: mismatch(message) };
}

/** Creating an object that exists: a duplicate of its birth where the input is the same, else refused. */
async function decideCreate(services: ObjectServices, message: Message): Promise<Answer> {
  if (message.source !== undefined) return { kind: "refused", error: existsAlready(message.to) };
  const first = await services.birth(message.to);
  if (first?.revision === 1 && contentHash(birthBody(first)) === message.hash) {
    return { kind: "duplicate", revision: 1, view: viewText(viewOf(first)), messageId: first.messageId };
  }
  return { kind: "refused", error: existsAlready(message.to, " and was created with another input") };
}

const existsAlready = (of: Address, how = ""): StatorError =>
  new StatorError("ALREADY_EXISTS", `${formatAddress(of)} exists already${how}`);

const viewOf = ({ status, value, tags, context, output }: JournalEntry): StateView => ({
  status,
  value,
  tags,
  context,
  output,
});

// ---- errors -----------------------------------------------------------------------------------

export function eventNotAccepted(of: Address, live: LiveObject | undefined, { body }: Message): StatorError {
  const type = "event" in body ? body.event.type : body.kind === "order" ? body.verb.toUpperCase() : body.kind;
  return notAccepted(of, live, type);
}

export function notAccepted(of: Address, live: LiveObject | undefined, type: string): StatorError {
  const accepts = live?.accepts() ?? [];
  const list = accepts.length === 0 ? "nothing" : accepts.join(", ");
  const text = `${of.name} ${JSON.stringify(of.key)} is in ${stateText(live?.view)}, which does not accept ${type}; it accepts: ${list}`;
  return new StatorError("EVENT_NOT_ACCEPTED", text, { details: { accepts } });
}

export function objectDone(of: Address, view: StateView | undefined): StatorError {
  return new StatorError(
    "OBJECT_DONE",
    `${formatAddress(of)} has ended with status ${view?.status ?? "done"} in ${stateText(view)} and takes no more events`,
  );
}

export function notCreated(of: Address): StatorError {
  return new StatorError(
    "NOT_CREATED",
    `${formatAddress(of)} was not created, and its machine needs an input: create it first`,
  );
}

export const missing = (of: Address): StatorError =>
  new StatorError("NOT_CREATED", `${formatAddress(of)} does not exist`);

export function paused(of: Address, reason: string): StatorError {
  return new StatorError("OBJECT_PAUSED", `${formatAddress(of)} is parked and waits for an operator: ${reason}`, {
    details: { reason },
  });
}

/** What a message is answered that the object does not even look at; undefined where it does. */
export function turnedAway(
  services: Pick<ObjectServices, "count">,
  row: StoredObject,
  delivery: Delivery | undefined,
): Answer | undefined {
  const error = row.status === "purged" ? atTombstone(row, delivery) : pausedFor(row, delivery);
  if (error !== "late") return error && { kind: "refused", error };
  services.count("turn.gone");
  return { kind: "unchanged", revision: row.revision, view: viewText(NOTHING_LEFT) };
}

/** Whoever waits for a verdict hears `GONE`; all else is late. What it had sent an operator may still take out. */
function atTombstone(row: StoredObject, delivery: Delivery | undefined): StatorError | "late" | undefined {
  const { message, origin } = delivery ?? {};
  if (message?.body.kind === "skip") return undefined;
  return origin === "self" || (origin === "object" && message?.body.kind !== "create") ? "late" : gone(row);
}

export function gone({ address, snapshot }: Pick<StoredObject, "address" | "snapshot">): StatorError {
  const { by = "", reason = "" } = purgedBy(snapshot) ?? {};
  return new StatorError("GONE", `${formatAddress(address)} was purged by ${by}: ${reason}`, {
    details: { by, reason },
  });
}

/** Why a paused or parked object does not take the message. An end goes through, and to a parked one an operator's skip. */
export function pausedFor(row: StoredObject, delivery: Delivery | undefined): StatorError | undefined {
  if (row.status === "stopped" || isEnding(delivery)) return undefined;
  if (row.paused !== undefined) return pausedBy(row.address, row.paused);
  if (row.parked === undefined || delivery?.message.body.kind === "skip") return undefined;
  return paused(row.address, parkedOf(row.parked).reason);
}

function pausedBy(of: Address, text: string): StatorError {
  const { by, reason, since } = pausedOf(text);
  return new StatorError("OBJECT_PAUSED", `${formatAddress(of)} is paused by ${by}: ${reason}`, {
    details: { by, reason, since },
  });
}

export function mismatch(message: Message): StatorError {
  const text = `message id ${JSON.stringify(message.id)} was used for ${formatAddress(message.to)} with other content; a new message needs a new id`;
  return new StatorError("IDEMPOTENCY_MISMATCH", text);
}

export function expired(message: Message): StatorError {
  const text = `message id ${JSON.stringify(message.id)} was first sent ${new Date(message.sentAtMs ?? 0).toISOString()}, before the dedupe horizon; it was not run`;
  return new StatorError("EXPIRED_ID", text);
}

export function unstorable(of: Address, cause: BatchRefusedError): StatorError {
  const text = `${formatAddress(of)}: Postgres cannot store what this turn makes (${cause.sqlState}): ${cause.message}`;
  return new StatorError("TURN_FAILED", text, { cause });
}

/** What an ask is told that the object does not take; undefined where the definition ignores such events. */
export function askRefusal(
  services: ObjectServices,
  message: Message,
  live: LiveObject,
  isDone: boolean,
): StatorError | undefined {
  if (isDone) return objectDone(message.to, live.view);
  return services.ignoresUnhandled(message.to.name) ? undefined : eventNotAccepted(message.to, live, message);
}

export function tooLate(of: Address, inDoubt: boolean): StatorError {
  if (!inDoubt)
    return new StatorError("UNAVAILABLE", `${formatAddress(of)} cannot be reached now: the database does not answer`);
  return new StatorError(
    "OUTCOME_UNKNOWN",
    `the message to ${formatAddress(of)} may or may not have been applied: send it again with the same id`,
  );
}

export function overloaded(what: string, retryAfterMs: number): StatorError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // a third of what a refusal costs, and there are thousands of them a second
  try {
    return new StatorError("OVERLOADED", `${what} has too many messages waiting; try again in ${retryAfterMs} ms`, {
      details: { retryAfterMs },
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const stateText = (view: Pick<StateView, "value"> | undefined): string =>
  typeof view?.value === "string" ? `'${view.value}'` : JSON.stringify(view?.value ?? null);
