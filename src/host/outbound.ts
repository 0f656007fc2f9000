/** How each kind of outbox row gets to where it goes. A row has arrived when the other side said so, not when it was sent. */
import { type Address, parseAddress, partitionOf } from "../core/address.ts";
import type { ActionImplementation } from "../core/define.ts";
import { effectId } from "../core/effect.ts";
import { StatorError } from "../core/errors.ts";
import { contentHash, type EventObject, effectMessageId, type Message } from "../core/message.ts";
import { formatTarget, type Subjects } from "../core/subjects.ts";
import { type ErrorReply, HEADER } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { PendingSend, SendBody } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { type Delivery, delivery } from "./delivery.ts";
import type { InternalBody, Seal } from "./internal.ts";
import type { Partitions } from "./partitions.ts";

/** How long another host may take to apply a message between objects before it is sent again. */
const ARRIVAL_MS = 10_000;

export interface OutboundParts {
  readonly group: string;
  readonly partitionCount: number;
  readonly partitions: Partitions;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly push: (delivery: Delivery) => void;
  readonly action: (of: Address, name: string) => ActionImplementation | undefined;
  /** Aborted when the host stops. */
  readonly signal: AbortSignal;
}

export class Outbound {
  readonly #parts: OutboundParts;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
  }

  readonly carry = {
    send: (row: PendingSend): Promise<void> => this.#send(row),
    emit: (row: PendingSend): Promise<void> => this.#emit(row),
    action: (row: PendingSend): Promise<void> => this.#act(row),
  };

  async #send(row: PendingSend): Promise<void> {
    const { partitionCount, partitions } = this.#parts;
    const to = parseAddress(row.target);
    const { event } = JSON.parse(row.body) as SendBody;
    const source = { address: row.address, incarnation: row.incarnation, revision: row.revision, idx: row.idx };
    const body: InternalBody = { to, source, messageId: effectMessageId(idOf(row)), event };
    const partition = partitionOf(to, partitionCount);
    if (partitions.accepts(partition)) return this.#handOver(body);
    return this.#request(partition, body);
  }

  /** The receiver lives in this host: no way over the broker. */
  #handOver(body: InternalBody): Promise<void> {
    return new Promise((resolve, reject) => {
      const answered: Delivery["answer"] = (answer) => {
        if (answer.kind === "refused") reject(answer.error);
        else if (answer.kind === "moved")
          reject(new StatorError("UNAVAILABLE", `${body.to.name}/${body.to.key} moved to another host`));
        else resolve();
      };
      this.#parts.push(delivery(internalMessage(body), "object", this.#parts.clock.monotonicMs(), answered));
    });
  }

  async #request(partition: number, body: InternalBody): Promise<void> {
    const { transport, subjects, group, seal } = this.#parts;
    const text = JSON.stringify(body);
    const headers = { ...seal.headers(text), [HEADER.to]: formatTarget({ verb: "send", address: body.to }) };
    const reply = await transport.request(subjects.partition(group, partition), text, {
      headers,
      timeoutMs: ARRIVAL_MS,
    });
    const answer = JSON.parse(Buffer.from(reply.data).toString("utf8")) as { ok: true } | ErrorReply;
    if (!answer.ok) throw StatorError.fromBody(answer.error);
  }

  async #emit(row: PendingSend): Promise<void> {
    const { transport, subjects } = this.#parts;
    transport.publish(subjects.emitted(row.address, row.target), row.body, {
      headers: { [HEADER.effectId]: idOf(row) },
    });
    await transport.flush();
  }

  async #act(row: PendingSend): Promise<void> {
    const action = this.#parts.action(row.address, row.target);
    if (action === undefined)
      throw new Error(`action '${row.target}' of ${row.address.name} is not implemented by this host's definition`);
    const { params, event } = JSON.parse(row.body) as { params: unknown; event: EventObject };
    await action({ params, event, idempotencyKey: idOf(row), signal: this.#parts.signal });
  }
}

export function internalMessage(body: InternalBody): Message {
  const content = { kind: "event", event: body.event } as const;
  return {
    id: body.messageId,
    hash: contentHash(content),
    sentAtMs: undefined,
    to: body.to,
    body: content,
    source: body.source,
  };
}

const idOf = (row: PendingSend): string => effectId(row.address, row.incarnation, row.revision, row.idx);
