/**
 * What an operator does with what is parked, at the owner of the object: `retry` tries it again at once, `skip` takes the
 * message out for good, under the message's own id, so that its sender hears that it has arrived. Both can be repeated.
 *
 *   retry: clear the flag ─▶ wake timers, results, outboxes (here, and by a broadcast in all hosts)
 *   skip:  a turn without the message (journal `skipped`: who, why, what) ─▶ clear the flag ─▶ as above
 */
import { type Address, formatAddress } from "../core/address.ts";
import { type ErrorData, StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { contentHash, type Message, type MessageBody, skipMessageId } from "../core/message.ts";
import { type Parked, parkedOf } from "../core/parking.ts";
import type { Subjects } from "../core/subjects.ts";
import type { Released } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { PendingSend, Store } from "../ports/store.ts";
import type { Logger } from "../ports/telemetry.ts";
import type { Subscription, Transport } from "../ports/transport.ts";
import type { Attempts } from "./attempts.ts";
import { arrival } from "./between.ts";
import { type Delivery, delivery } from "./delivery.ts";
import type { OperatorBody } from "./internal.ts";
import type { Invocations } from "./invocations.ts";
import type { Objects } from "./objects.ts";
import { messageIdOf, type Relay } from "./relay.ts";
import type { Timers } from "./timers.ts";

export interface OperatorsParts {
  readonly store: Store;
  readonly objects: Pick<Objects, "unpark">;
  readonly relay: Relay;
  readonly timers: Timers;
  readonly invocations: Invocations;
  readonly attempts: Attempts;
  readonly push: (delivery: Delivery) => void;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Waiting {
  readonly object: Parked | undefined;
  readonly rows: readonly PendingSend[];
}

export class Operators {
  readonly #parts: OperatorsParts;

  constructor(parts: OperatorsParts) {
    this.#parts = parts;
  }

  /** Any host may hold what waits for an object that was released elsewhere. */
  listen(): Subscription {
    const { transport, subjects, relay } = this.#parts;
    return transport.subscribe(subjects.admin("released"), ({ data }) => {
      const { object, key } = parseJson(data) as { readonly object: string; readonly key: string };
      relay.released({ name: object, key });
    });
  }

  /** Answers the JSON text of a `Released`. */
  async act(order: OperatorBody): Promise<string> {
    const waiting = chosen(await this.#waitingOf(order.to), order.messageId);
    const released = order.verb === "retry" ? await this.#retry(order, waiting) : await this.#skip(order, waiting);
    if (released.length > 0) {
      this.#parts.log.warn({ object: order.to.name, key: order.to.key, ...audit(order), released }, order.verb);
      this.#wake(order.to);
    }
    const body: Released = { ok: true, object: order.to.name, key: order.to.key, verb: order.verb, released };
    return JSON.stringify(body);
  }

  async #waitingOf(address: Address): Promise<Waiting> {
    const [row] = await this.#parts.store.load([address]);
    if (row === undefined) throw new StatorError("NOT_CREATED", `${formatAddress(address)} does not exist`);
    const object = row.parked === undefined ? undefined : parkedOf(row.parked);
    return { object, rows: this.#parts.relay.parkedOf(address) };
  }

  async #retry({ to }: OperatorBody, { object, rows }: Waiting): Promise<string[]> {
    if (object !== undefined) await this.#parts.objects.unpark(to);
    for (const row of rows) await this.#parts.relay.unpark(row);
    return [...(object === undefined ? [] : [nameOf(object)]), ...rows.map(messageIdOf)];
  }

  async #skip(order: OperatorBody, { object, rows }: Waiting): Promise<string[]> {
    const count = rows.length + (object === undefined ? 0 : 1);
    if (count > 1) throw invalid(order.to, "has several parked messages; name one", { object, rows });
    const [row] = rows;
    if (row !== undefined) {
      await this.#journal(skipOfRow(order, row));
      this.#parts.relay.skip(row);
      return [messageIdOf(row)];
    }
    if (object === undefined) return [];
    if (object.kind === "invocation") return this.#giveUp(order, object);
    await this.#journal(skipOf(order, object));
    await this.#parts.objects.unpark(order.to);
    return [nameOf(object)];
  }

  /** Out of attempts: the machine gets the last error as its `onError`. */
  async #giveUp({ to, by, reason }: OperatorBody, { messageId = "", event }: Parked): Promise<string[]> {
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

  #wake(address: Address): void {
    const { attempts, invocations, timers, transport, subjects } = this.#parts;
    attempts.released(address);
    invocations.released(address);
    timers.wake();
    transport.publish(subjects.admin("released"), JSON.stringify({ object: address.name, key: address.key }));
  }
}

/** What of it is meant. */
function chosen(waiting: Waiting, messageId: string | undefined): Waiting {
  if (messageId === undefined) return waiting;
  const object = waiting.object?.messageId === messageId ? waiting.object : undefined;
  return { object, rows: waiting.rows.filter((row) => messageIdOf(row) === messageId) };
}

function skipOf(order: OperatorBody, parked: Parked): Message {
  const { messageId, hash, source, kind = "", event } = parked;
  if (messageId === undefined) {
    throw invalid(order.to, "is not parked because of a message; correct the cause, then retry", {
      object: parked,
      rows: [],
    });
  }
  const body: MessageBody = { kind: "skip", ...audit(order), skipped: { messageId, kind, event }, ...fencesOf(event) };
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

function skipOfRow(order: OperatorBody, row: PendingSend): Message {
  const messageId = messageIdOf(row);
  const event: unknown = JSON.parse(row.body);
  const body: MessageBody = { kind: "skip", ...audit(order), skipped: { messageId, kind: row.kind, event } };
  const id = skipMessageId(messageId);
  return { id, hash: contentHash({ kind: "skip", messageId }), sentAtMs: undefined, to: order.to, body };
}

const audit = ({ by, reason }: OperatorBody) => ({ by, reason });
const nameOf = (parked: Parked): string => parked.messageId ?? "object";

function invalid(of: Address, why: string, { object, rows }: Waiting): StatorError {
  const parked = [...(object === undefined ? [] : [nameOf(object)]), ...rows.map(messageIdOf)];
  return new StatorError("INVALID_REQUEST", `${formatAddress(of)} ${why}: ${parked.join(", ")}`, {
    details: { parked },
  });
}
