/**
 * What operators' orders have in common: what they find, how one becomes a message to the object, how one gets to the
 * owner of another object, and what is said of an object that has ended.
 */
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { contentHash, type Message, orderMessageId, type StateView } from "../core/message.ts";
import type { Order } from "../core/order.ts";
import { parkedOf, pauseReason } from "../core/parking.ts";
import type { Subjects } from "../core/subjects.ts";
import type { AuditState, ErrorReply, OperatorVerb, OperatorVerbs, Ordered } from "../core/wire.ts";
import { type Told, toldBy } from "../engine/sagas.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import { NoRespondersError, type Transport } from "../ports/transport.ts";
import { arrival } from "./between.ts";
import { type Delivery, delivery } from "./delivery.ts";
import type { OperatorBody, Seal } from "./internal.ts";
import type { Reads } from "./reads.ts";
import { stateText } from "./refusal.ts";

/** How long the owner may take for an order. */
const ORDER_MS = 5_000;

export interface DeskParts {
  readonly store: Store;
  readonly reads: Pick<Reads, "viewText">;
  readonly push: (delivery: Delivery) => void;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly seal: Seal;
  readonly clock: Clock;
}

/** An object as an order finds it. */
export interface Sight {
  readonly row: StoredObject;
  readonly told: Told;
  /** Undefined where the stored state does not fit its machine. */
  readonly view: StateView | undefined;
  readonly state: AuditState;
}

export class Desk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async see(address: Address): Promise<Sight> {
    const [row] = await this.#parts.store.load([address]);
    if (row === undefined) throw new StatorError("NOT_CREATED", `${formatAddress(address)} does not exist`);
    const told = toldBy(row.snapshot);
    const view = this.#viewOf(row);
    const state: AuditState = {
      status: row.status,
      value: view === undefined ? told.value : view.value,
      revision: row.revision,
      ...(row.parked === undefined ? {} : { parked: parkedOf(row.parked).reason }),
      ...(row.paused === undefined ? {} : { paused: pauseReason(row.paused) }),
    };
    return { row, told, view, state };
  }

  #viewOf(row: StoredObject): StateView | undefined {
    try {
      return JSON.parse(this.#parts.reads.viewText(row)) as StateView;
    } catch (cause) {
      if (cause instanceof StatorError && cause.code === "OBJECT_PAUSED") return undefined;
      throw cause;
    }
  }

  /** Whether the order is in the journal already: its answer was lost. */
  async isDone({ to, orderId }: OperatorBody): Promise<boolean> {
    const [reply] = await this.#parts.store.replies([{ address: to, messageId: orderMessageId(orderId) }]);
    return reply !== undefined;
  }

  /** Puts the order into the object's mailbox; resolves when its turn is committed, rejects when it is refused. */
  async place({ to, orderId, verb, by, reason }: OperatorBody, body: Order): Promise<void> {
    const { push, clock } = this.#parts;
    const hash = contentHash({ verb, by, reason });
    const message: Message = { id: orderMessageId(orderId), hash, sentAtMs: undefined, to, body };
    await arrival(to, (answered) => push(delivery(message, "operator", clock.monotonicMs(), answered)));
  }

  carry(body: OperatorBody): Promise<Ordered> {
    return carryOrder(this.#parts, body);
  }
}

/** Brings an order to the owner of its object, as a message that only hosts may send. */
export async function carryOrder<V extends OperatorVerb>(
  { transport, subjects, seal }: Pick<DeskParts, "transport" | "subjects" | "seal">,
  body: OperatorBody & { readonly verb: V },
): Promise<OperatorVerbs[V]["answer"]> {
  const text = JSON.stringify(body);
  const reply = await transport
    .request(subjects.door({ verb: "send", address: body.to }), text, {
      headers: seal.headers(text),
      timeoutMs: ORDER_MS,
    })
    .catch((cause: unknown) => {
      const why = cause instanceof NoRespondersError ? "no host serves it now" : "its host does not answer in time";
      throw new StatorError("UNAVAILABLE", `${formatAddress(body.to)} cannot be reached: ${why}`, { cause });
    });
  const answer = JSON.parse(Buffer.from(reply.data).toString("utf8")) as OperatorVerbs[V]["answer"] | ErrorReply;
  if (!answer.ok) throw StatorError.fromBody(answer.error);
  return answer;
}

export function ordered(
  { to, verb }: OperatorBody,
  { state }: Sight,
  said: Pick<Ordered, "changed" | "message">,
): Ordered {
  return { ok: true, object: to.name, key: to.key, verb, ...said, status: state.status, value: state.value };
}

/** There is nothing left to do. */
export function hadEnded(order: OperatorBody, sight: Sight): Ordered {
  const how = howEnded(sight);
  return ordered(order, sight, { changed: false, message: `${formatAddress(order.to)} ${how}; nothing was changed` });
}

function howEnded({ view, state }: Sight): string {
  if (view?.purged !== undefined) return `was purged before by ${view.purged.by}: ${view.purged.reason}`;
  if (view?.killed !== undefined) return `was killed before by ${view.killed.by}: ${view.killed.reason}`;
  const tags = (view?.tags ?? []).join(", ");
  return `had ended with status ${state.status} in ${stateText(view)}${tags === "" ? "" : ` (${tags})`}`;
}
