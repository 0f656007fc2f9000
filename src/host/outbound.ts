/**
 * How each kind of outbox row gets to where it goes. A row has arrived when the other side said so, not when it was sent.
 *
 * An ask, and a create that is refused, have arrived when their result is committed at home: a crash in between asks
 * again under the same id, and the receiver answers as it did.
 */
import { type Address, parseAddress, partitionOf } from "../core/address.ts";
import type { ActionDefinition } from "../core/definition.ts";
import { effectId } from "../core/effect.ts";
import { type ErrorCode, errorData, isTerminal, StatorError } from "../core/errors.ts";
import { contentHash, type EventObject, type Message, resultMessageId } from "../core/message.ts";
import type { HostOptions } from "../core/options.ts";
import type { Signature } from "../core/order.ts";
import type { RetryPolicy } from "../core/retry.ts";
import { formatTarget, type Subjects } from "../core/subjects.ts";
import { type ErrorReply, HEADER } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { PendingSend, SendBody } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import type { Attempts } from "./attempts.ts";
import { arrival, type Between } from "./between.ts";
import { type Delivery, delivery } from "./delivery.ts";
import type { BetweenBody, Seal } from "./internal.ts";
import { Limit } from "./limit.ts";
import type { Partitions } from "./partitions.ts";
import { isRefusal } from "./refused.ts";
import { type Carry, messageIdOf, type RelayParts } from "./relay.ts";

/** How long another host may take to apply a message between objects before it is sent again. */
const ARRIVAL_MS = 3_000;

/** Refusals that an ask and a create are told only after several tries. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["TURN_FAILED", "UNKNOWN_OBJECT"]);

export interface OutboundParts {
  readonly group: string;
  readonly partitionCount: number;
  readonly partitions: Partitions;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly seal: Seal;
  readonly between: Between;
  readonly attempts: Attempts;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly push: (delivery: Delivery) => void;
  readonly action: (of: Address, name: string) => ActionDefinition | undefined;
  /** Aborted when the host stops. */
  readonly signal: AbortSignal;
}

/** The receiver's answer, read only where it is of use. */
type Reply = () => Readonly<Record<string, unknown>>;

export class Outbound {
  readonly #parts: OutboundParts;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
  }

  /** What the relay asks about rows. */
  get ways(): Pick<RelayParts, "carry" | "policyOf" | "isHopeless"> {
    const { carry } = this;
    return {
      carry,
      policyOf: (row) => this.policyOf(row),
      isHopeless: (row, cause, attempts) => this.isHopeless(row, cause, attempts),
    };
  }

  readonly carry: Readonly<Record<PendingSend["kind"], Carry>> = {
    send: async (row) => void (await this.#bring({ ...placeOf(row), ...bodyOf<SendBody>(row), kind: "event" })),
    ask: (row, attempt) => this.#ask(row, attempt),
    create: (row, attempt) => this.#create(row, attempt),
    kill: async (row) => void (await this.#bring({ ...placeOf(row), ...bodyOf<KillBody>(row), kind: "kill" })),
    result: (row) => this.#result(row),
    emit: (row) => this.#emit(row),
    action: (row, attempt) => this.#act(row, attempt),
  };

  policyOf(row: PendingSend): RetryPolicy | undefined {
    return row.kind === "action" ? this.#parts.action(row.address, row.target)?.retry : undefined;
  }

  isHopeless(row: PendingSend, cause: unknown, attempts: number): boolean {
    switch (row.kind) {
      case "action": {
        const maxAttempts = this.policyOf(row)?.maxAttempts ?? Number.POSITIVE_INFINITY;
        return isTerminal(cause) || attempts >= maxAttempts;
      }
      case "send":
      case "kill":
      case "result":
        return isRefusal(cause) && !parksReceiver(cause) && attempts >= this.#parts.options.maxInternalAttempts;
      default:
        return false;
    }
  }

  async #ask(row: PendingSend, attempt: number): Promise<void> {
    let value: unknown;
    try {
      const reply = await this.#bring({ ...placeOf(row), ...bodyOf<SendBody>(row), kind: "ask" });
      const { revision, status, value: state, tags, context, output } = reply();
      value = { revision, status, value: state, tags, context, output };
    } catch (cause) {
      if (!this.#isFinal(cause, attempt)) throw cause;
      return this.#report(row, false, errorData(cause));
    }
    return this.#report(row, true, value);
  }

  /** What comes of the object is a message of its own; only a refusal is known here. */
  async #create(row: PendingSend, attempt: number): Promise<void> {
    try {
      const { input } = bodyOf<{ readonly input?: unknown }>(row);
      await this.#bring({ ...placeOf(row), kind: "create", input, invocationId: idOf(row) });
    } catch (cause) {
      if (!this.#isFinal(cause, attempt)) throw cause;
      return this.#report(row, false, errorData(cause));
    }
  }

  async #result(row: PendingSend): Promise<void> {
    const body = bodyOf<ResultBody>(row);
    const messageId = resultMessageId(body.invocationId);
    try {
      await this.#bring({ ...placeOf(row), ...body, messageId, kind: "result" });
    } catch (cause) {
      if (!isTaken(cause)) throw cause;
    }
  }

  #isFinal(cause: unknown, attempt: number): boolean {
    if (!isRefusal(cause)) return false;
    return !DOUBTFUL.has(cause.code) || attempt >= this.#parts.options.maxInternalAttempts;
  }

  /** To the object itself: how what it asked for went. */
  async #report(row: PendingSend, ok: boolean, value: unknown): Promise<void> {
    const { attempts, clock, push } = this.#parts;
    const body = { kind: "result", invocationId: idOf(row), ok, value } as const;
    const id = resultMessageId(body.invocationId);
    const message: Message = { id, hash: contentHash(body), sentAtMs: undefined, to: row.address, body };
    try {
      await arrival(row.address, (answered) => push(delivery(message, "self", clock.monotonicMs(), answered)));
      attempts.succeeded(id);
    } catch (cause) {
      if (isTaken(cause)) return;
      if (isRefusal(cause)) attempts.failed(id, message, cause);
      throw cause;
    }
  }

  async #bring(body: BetweenBody): Promise<Reply> {
    const { between, partitionCount, partitions } = this.#parts;
    const partition = partitionOf(body.to, partitionCount);
    if (!partitions.accepts(partition)) return this.#request(partition, body);
    // the receiver lives in this host: no way over the broker
    const { revision, view } = await arrival(body.to, (answered) => between.take(body, answered));
    return () => ({ revision, ...(JSON.parse(view) as object) });
  }

  async #request(partition: number, body: BetweenBody): Promise<Reply> {
    const { transport, subjects, group, seal } = this.#parts;
    const text = JSON.stringify(body);
    const headers = { ...seal.headers(text), [HEADER.to]: formatTarget({ verb: "send", address: body.to }) };
    const reply = await transport.request(subjects.partition(group, partition), text, {
      headers,
      timeoutMs: ARRIVAL_MS,
    });
    const answer = JSON.parse(Buffer.from(reply.data).toString("utf8")) as { ok: true } | ErrorReply;
    if (!answer.ok) throw StatorError.fromBody(answer.error);
    return () => ({ ...answer });
  }

  async #emit(row: PendingSend): Promise<void> {
    const { transport, subjects } = this.#parts;
    transport.publish(subjects.emitted(row.address, row.target), row.body, {
      headers: { [HEADER.effectId]: idOf(row) },
    });
    await transport.flush();
  }

  async #act(row: PendingSend, attempt: number): Promise<void> {
    const action = this.#parts.action(row.address, row.target);
    if (action === undefined)
      throw new Error(`action '${row.target}' of ${row.address.name} has no implementation in this host's definition`);
    const { params, event } = JSON.parse(row.body) as { params: unknown; event: EventObject };
    const limit = new Limit(this.#parts.signal);
    const { signal } = limit;
    const { timeoutMs } = action;
    const tooLong = (): void => limit.end(new Error(`action '${row.target}' took longer than ${timeoutMs} ms`));
    const cancel = timeoutMs === undefined ? undefined : this.#parts.clock.after(timeoutMs, tooLong);
    try {
      await limit.race(() => action.run({ params, event, idempotencyKey: idOf(row), attempt, signal }));
    } finally {
      cancel?.();
    }
  }
}

/** A receiver whose turn fails is parked itself and says so to the next try: unless there is none. */
const parksReceiver = ({ code, details }: StatorError): boolean =>
  (code === "TURN_FAILED" || code === "TOO_LARGE") && details?.["created"] !== false;
/** Another result of the same invocation was taken first: that one counts. */
const isTaken = (cause: unknown): boolean => cause instanceof StatorError && cause.code === "IDEMPOTENCY_MISMATCH";

/** What `chain.ts` wrote for a row of that kind. */
const bodyOf = <T extends object>(row: PendingSend): T => JSON.parse(row.body) as T;
interface KillBody extends Signature {
  readonly invocationId: string;
}
interface ResultBody {
  readonly invocationId: string;
  readonly ok: boolean;
  readonly value: unknown;
}

function placeOf(row: PendingSend) {
  const { address, incarnation, revision, idx, target } = row;
  return {
    to: parseAddress(target),
    source: { address, incarnation, revision, idx },
    messageId: messageIdOf(row),
  };
}

const idOf = (row: PendingSend): string => effectId(row.address, row.incarnation, row.revision, row.idx);
