/**
 * What comes in from the broker: parsed, validated, and handed to the object as a message, or refused with an error
 * that says what would be right. A refused request leaves no row and no log of its body.
 *
 *   front door (queue group) ─┐
 *   partition subject ────────┴─▶ router ─▶ accept ─▶ validate ─▶ mailbox
 */
import { formatAddress } from "../core/address.ts";
import { parseDelay } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { checkMessageId, contentHash, type Message, type MessageBody } from "../core/message.ts";
import { parseTarget, type Subjects, type Target } from "../core/subjects.ts";
import { parseWait } from "../core/until.ts";
import { parseEvent, parseInput } from "../core/validate.ts";
import { HEADER } from "../core/wire.ts";
import type { Logger } from "../ports/telemetry.ts";
import type { Incoming, Transport } from "../ports/transport.ts";
import { Admission, type AdmissionParts } from "./admission.ts";
import { type Between, unknownObject } from "./between.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import { identified, messageIdOf } from "./identified.ts";
import type { OperatorBody, Seal } from "./internal.ts";
import type { Hosted } from "./objects.ts";
import type { Reads } from "./reads.ts";
import type { Replies } from "./replies.ts";
import type { Router } from "./routing.ts";
import type { StoreTime } from "./store-time.ts";

export interface IntakeParts extends AdmissionParts {
  readonly hosted: ReadonlyMap<string, Hosted>;
  readonly router: () => Router;
  readonly push: (delivery: Delivery) => void;
  readonly between: Between;
  /** Carries out an operator's order; answers JSON text. */
  readonly operate: (order: OperatorBody) => Promise<string>;
  readonly reads: Reads;
  readonly replies: Replies;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly seal: Seal;
  readonly storeTime: StoreTime;
  readonly log: Logger;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #admission: Admission;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#admission = new Admission(parts);
  }

  /** Requests that wait for their answer. */
  get waiting(): number {
    return this.#admission.waiting;
  }

  /** A message on a front-door subject. */
  onDoor(incoming: Incoming): void {
    this.#guard(incoming, () => this.#parts.router().route(this.#parts.subjects.parseDoor(incoming.subject), incoming));
  }

  /** A message on the subject of a partition. */
  onPartition(incoming: Incoming): void {
    this.#guard(incoming, () => {
      const target = parseTarget(incoming.header(HEADER.to) ?? "");
      assertRepeatable(target, incoming);
      this.#parts.router().route(target, incoming);
    });
  }

  /** The router found that the object lives here. */
  accept(target: Target, incoming: Incoming): void {
    this.#guard(incoming, () => {
      const hosted = this.#parts.hosted.get(target.address.name);
      if (hosted === undefined) throw unknownObject(target.address.name, [...this.#parts.hosted.keys()]);
      if (incoming.header(HEADER.mac) !== undefined) return this.#acceptInternal(target, incoming);
      switch (target.verb) {
        case "get":
          return this.#get(target, incoming);
        case "wait":
          return this.#answerRead(
            incoming,
            this.#parts.reads.wait(target.address, parseWait(parseJson(incoming.data))),
          );
        case "create":
        case "send":
          return this.#acceptMessage(target, incoming, hosted);
      }
    });
  }

  #acceptMessage(target: Target, incoming: Incoming, hosted: Hosted): void {
    if (hosted.definition.private) {
      throw new StatorError("PRIVATE", `${hosted.definition.name} takes messages from other objects only`);
    }
    const leave = this.#admission.enter(target.address);
    try {
      const message = this.#messageOf(target, incoming, hosted);
      const answered = (answer: Answer): void => {
        leave();
        if (answer.kind === "moved") return this.#parts.router().route(target, identified(incoming, message.id));
        if (answer.kind === "refused") this.#refused(answer.error);
        this.#parts.replies.answer(incoming.reply, target.address, message.id, answer);
      };
      this.#parts.push(delivery(message, "caller", this.#parts.clock.monotonicMs(), answered));
    } catch (cause) {
      leave();
      throw cause;
    }
  }

  #get({ address }: Target, incoming: Incoming): void {
    const leave = this.#admission.enter(address);
    this.#answerRead(incoming, this.#parts.reads.get(address).finally(leave));
  }

  #messageOf(target: Target, incoming: Incoming, hosted: Hosted): Message {
    const { id, sentAtMs } = this.#identify(incoming);
    const body = target.verb === "create" ? createBody(incoming, hosted) : this.#sendBody(incoming, hosted);
    // a delay until a date is another number on each retry: the hash is over what the caller wrote
    const hash = contentHash(body.kind === "delayed" ? { ...body, delayMs: incoming.header(HEADER.delay) } : body);
    return { id, hash, sentAtMs, to: target.address, body, ...traceOf(incoming) };
  }

  /** The caller's message id, or a fresh one where it gave none. */
  #identify(incoming: Incoming): { id: string; sentAtMs: number | undefined } {
    const given = messageIdOf(incoming);
    const wallMs = this.#parts.storeTime.wallMs();
    const id = given ?? this.#parts.random.uuid();
    return { id, sentAtMs: checkMessageId(id, incoming.header(HEADER.sentAt), wallMs) };
  }

  #sendBody(incoming: Incoming, { definition }: Hosted): MessageBody {
    if (incoming.data.length === 0)
      throw new StatorError("INVALID_REQUEST", 'body is empty; an event looks like {"type":"…"}');
    const event = parseEvent(definition, parseJson(incoming.data));
    const delay = incoming.header(HEADER.delay);
    if (delay === undefined) return { kind: "event", event };
    return { kind: "delayed", event, delayMs: parseDelay(delay, this.#parts.storeTime.wallMs()) };
  }

  /** A message between objects, or an operator's order. Without a valid mark it is dropped and counted: nobody honest sends one. */
  #acceptInternal(target: Target, incoming: Incoming): void {
    const body = this.#parts.seal.open(incoming);
    if (body === undefined || formatAddress(body.to) !== formatAddress(target.address)) {
      this.#parts.counters.add("message.forged");
      return this.#parts.log.warn(
        { to: formatAddress(target.address) },
        "dropped a message that claims to be internal without a valid mark",
      );
    }
    if (body.kind === "operator") return this.#answerRead(incoming, this.#parts.operate(body));
    this.#parts.between.take(body, (answer) => {
      if (answer.kind === "moved") return this.#parts.router().route(target, incoming);
      this.#parts.replies.answer(incoming.reply, target.address, body.messageId, answer);
    });
  }

  #answerRead(incoming: Incoming, read: Promise<string>): void {
    read.then(
      (text) => this.#parts.replies.text(incoming.reply, text),
      (cause: unknown) => this.#fail(incoming, cause),
    );
  }

  #guard(incoming: Incoming, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#fail(incoming, cause);
    }
  }

  #fail(incoming: Incoming, cause: unknown): void {
    if (!(cause instanceof StatorError))
      this.#parts.log.error({ err: cause, subject: incoming.subject }, "a request failed");
    const error =
      cause instanceof StatorError
        ? cause
        : new StatorError("UNAVAILABLE", "the host could not handle the request now", { cause });
    this.#refused(error);
    this.#parts.replies.error(incoming.reply, error);
  }

  #refused(error: StatorError): void {
    this.#parts.counters.add(`refused.${error.code}`);
  }
}

/** What is not a W3C trace context is left out: it is for whoever looks, not for us. */
function traceOf(incoming: Incoming): Pick<Message, "traceparent"> {
  const traceparent = incoming.header(HEADER.traceparent);
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

function createBody(incoming: Incoming, { definition }: Hosted): MessageBody {
  const raw = incoming.data.length === 0 ? undefined : parseJson(incoming.data);
  return { kind: "create", input: parseInput(definition, raw) };
}

/** While a partition moves, two hosts may hear what is sent to it: only an id makes sure that it is applied once. */
function assertRepeatable({ verb }: Target, incoming: Incoming): void {
  const isRead = verb === "get" || verb === "wait";
  if (isRead || incoming.header(HEADER.mac) !== undefined || messageIdOf(incoming) !== undefined) return;
  throw new StatorError("INVALID_REQUEST", `a ${verb} on a partition subject needs ${HEADER.messageId}`);
}
