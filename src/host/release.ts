/**
 * `retry` tries at once what is parked, `skip` takes it out for good. What is parked is the object, by its host; a row of
 * its outbox; or a step, by the machine itself: then the machine gets its RETRY or SKIP. Where nothing is, `retry` makes
 * the next attempt of a promise actor that failed at once; it counts as one of its attempts.
 *
 *   retry: clear the flag ─▶ wake timers, results, outboxes (here, and by a broadcast in all hosts)
 *   skip:  a turn without the message (journal `skipped`: who, why, what) ─▶ clear the flag ─▶ as above
 */
import { type Address, formatAddress } from "../core/address.ts";
import { type ErrorData, StatorError } from "../core/errors.ts";
import { contentHash, type Message, type MessageBody, resultMessageId, skipMessageId } from "../core/message.ts";
import { type Parked, parkedOf } from "../core/parking.ts";
import type { Released } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { PendingSend } from "../ports/store.ts";
import { arrival } from "./between.ts";
import { type Delivery, delivery } from "./delivery.ts";
import { type Desk, ordered, type Sight } from "./desk.ts";
import type { OperatorBody } from "./internal.ts";
import type { Invocations } from "./invocations.ts";
import type { Objects } from "./objects.ts";
import { messageIdOf, type Relay } from "./relay.ts";

export interface ReleaseParts {
  readonly desk: Desk;
  readonly objects: Pick<Objects, "unpark">;
  readonly relay: Pick<Relay, "parkedOf" | "unpark" | "skip">;
  readonly invocations: Pick<Invocations, "holds" | "giveUp" | "retrying">;
  readonly push: (delivery: Delivery) => void;
  readonly clock: Clock;
}

type ReleaseBody = OperatorBody & { readonly verb: "retry" | "skip" };

interface Waiting {
  readonly object: Parked | undefined;
  readonly rows: readonly PendingSend[];
  /** Names of steps that the machine itself has parked. */
  readonly steps: readonly string[];
}

export class Release {
  readonly #parts: ReleaseParts;

  constructor(parts: ReleaseParts) {
    this.#parts = parts;
  }

  async act(order: ReleaseBody, sight: Sight): Promise<Released> {
    const waiting = chosen(this.#waitingFor(order.to, sight), order);
    const released = order.verb === "retry" ? await this.#retry(order, waiting) : await this.#skip(order, waiting);
    const changed = released.length > 0;
    const of = formatAddress(order.to);
    const message = changed ? `${order.verb} ${released.join(", ")}` : `nothing of ${of} is parked`;
    const after = changed ? await this.#parts.desk.see(order.to) : sight;
    return { ...ordered(order, after, { changed, message }), released };
  }

  #waitingFor(to: Address, { row, view, told }: Sight): Waiting {
    const object = row.parked === undefined ? undefined : parkedOf(row.parked);
    const isOwn = view?.status === "active" && view.tags.includes("parked");
    return { object, rows: this.#parts.relay.parkedOf(to), steps: isOwn ? told.parked.map(({ step }) => step) : [] };
  }

  async #retry(order: ReleaseBody, { object, rows, steps }: Waiting): Promise<string[]> {
    const { objects, relay } = this.#parts;
    if (object !== undefined) await objects.unpark(order.to);
    for (const row of rows) await relay.unpark(row);
    // what the host parked comes first: until that is settled the machine takes no events
    if (steps.length > 0 && object === undefined) await this.#tell(order);
    const released = [...(object === undefined ? steps : [nameOf(object)]), ...rows.map(messageIdOf)];
    if (released.length > 0 || order.step !== undefined) return released;
    return this.#retriedNow(order);
  }

  /** Where nothing is parked: the next attempts of what failed, which whoever answers the order does not wait for. */
  #retriedNow({ to, messageId }: ReleaseBody): string[] {
    const ids = this.#parts.invocations.retrying(to).map(resultMessageId);
    return messageId === undefined ? ids : ids.filter((id) => id === messageId);
  }

  async #skip(order: ReleaseBody, waiting: Waiting): Promise<string[]> {
    const { object, rows, steps } = waiting;
    const count = rows.length + steps.length + (object === undefined ? 0 : 1);
    if (count > 1) throw invalid(order.to, "has several things parked; name one", waiting);
    const [row] = rows;
    if (row !== undefined) {
      await this.#journal(skipOfRow(order, row));
      this.#parts.relay.skip(row);
      return [messageIdOf(row)];
    }
    if (steps.length > 0) {
      await this.#tell(order);
      return [...steps];
    }
    if (object === undefined) return [];
    if (object.kind === "invocation") return this.#giveUp(order, object);
    await this.#journal(skipOf(order, object));
    await this.#parts.objects.unpark(order.to);
    return [nameOf(object)];
  }

  /** The machine's own verb, to the actor that is parked. */
  async #tell(order: ReleaseBody): Promise<void> {
    const { verb, by, reason, step } = order;
    await this.#parts.desk.place(order, { kind: "order", verb, by, reason, ...(step === undefined ? {} : { step }) });
  }

  /** Out of attempts: the machine gets the last error as its `onError`. */
  async #giveUp({ to, by, reason }: ReleaseBody, { messageId = "", event }: Parked): Promise<string[]> {
    const { invocations, objects } = this.#parts;
    const id = messageId.slice("result/".length);
    // after a take-over the sweep brings it within seconds
    if (!invocations.holds(id)) throw new StatorError("UNAVAILABLE", `${formatAddress(to)} moves now; try again`);
    await objects.unpark(to);
    invocations.giveUp(id, event as ErrorData, by, reason);
    return [messageId];
  }

  /** Resolves when the skip is committed, now or before. */
  async #journal(message: Message): Promise<void> {
    const { push, clock } = this.#parts;
    await arrival(message.to, (answered) => push(delivery(message, "self", clock.monotonicMs(), answered)));
  }
}

/** What of it is meant. */
function chosen(waiting: Waiting, { messageId, step }: ReleaseBody): Waiting {
  if (step !== undefined) return { object: undefined, rows: [], steps: waiting.steps.length > 0 ? [step] : [] };
  if (messageId === undefined) return waiting;
  const object = waiting.object?.messageId === messageId ? waiting.object : undefined;
  return { object, rows: waiting.rows.filter((row) => messageIdOf(row) === messageId), steps: [] };
}

function skipOf(order: ReleaseBody, parked: Parked): Message {
  const { messageId, hash, source, kind = "", event } = parked;
  if (messageId === undefined) {
    const waiting = { object: parked, rows: [], steps: [] };
    throw invalid(order.to, "is not parked because of a message; correct the cause, then retry", waiting);
  }
  const body: MessageBody = { kind: "skip", ...signed(order), skipped: { messageId, kind, event }, ...fencesOf(event) };
  const message = { id: messageId, hash: hash ?? contentHash(body), sentAtMs: undefined, to: order.to, body };
  return source === undefined ? message : { ...message, source };
}

/** The record that the message would have used up. */
function fencesOf(event: unknown): Pick<Extract<MessageBody, { kind: "skip" }>, "timer" | "invocationId"> {
  const body = event as Partial<MessageBody> | undefined;
  if (body?.kind === "timer" && "timer" in body) {
    const { timer = "", generation = 0 } = body as Extract<MessageBody, { kind: "timer" }>;
    return { timer: { timer, generation } };
  }
  if (body?.kind === "result" && "invocationId" in body) return { invocationId: String(body.invocationId) };
  return {};
}

function skipOfRow(order: ReleaseBody, row: PendingSend): Message {
  const messageId = messageIdOf(row);
  const event: unknown = JSON.parse(row.body);
  const body: MessageBody = { kind: "skip", ...signed(order), skipped: { messageId, kind: row.kind, event } };
  const id = skipMessageId(messageId);
  return { id, hash: contentHash({ kind: "skip", messageId }), sentAtMs: undefined, to: order.to, body };
}

const signed = ({ by, reason }: OperatorBody) => ({ by, reason });
const nameOf = (parked: Parked): string => parked.messageId ?? "object";

function invalid(of: Address, why: string, { object, rows, steps }: Waiting): StatorError {
  const parked = [...(object === undefined ? [] : [nameOf(object)]), ...rows.map(messageIdOf), ...steps];
  return new StatorError("INVALID_REQUEST", `${formatAddress(of)} ${why}: ${parked.join(", ")}`, {
    details: { parked },
  });
}
