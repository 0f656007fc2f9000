/**
 * The questions a client can put to the hosts, each as one call: to one object, a wait on it, or administrative.
 * Nothing here knows definitions; bodies and answers are JSON text.
 */
import { type Address, assertKey, formatAddress, isObjectName, quote } from "../core/address.ts";
import { formatMs } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { MAX_BODY_BYTES } from "../core/json.ts";
import type { Subjects, Target, Verb } from "../core/subjects.ts";
import { HEADER, MAX_WAIT_MS, type Until, type WaitRequest } from "../core/wire.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Headers } from "../ports/transport.ts";
import type { Call, Caller } from "./caller.ts";
import {
  ANSWER_MS,
  assertHeaders,
  assertMessageId,
  assertTimeout,
  DEFAULT_TIMEOUT_MS,
  DEFAULT_WAIT_MS,
  messageIdOf,
  type ReadOptions,
  WAIT_SLICE_MS,
  type WaitOptions,
} from "./options.ts";
import type { Answer } from "./reply.ts";

/** How long the last answer of a wait may be late. */
const GRACE_MS = 1_000;

export interface RequestsOptions {
  readonly caller: Caller;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly random: Random;
}

export class Requests {
  readonly #caller: Caller;
  readonly #subjects: Subjects;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(options: RequestsOptions) {
    this.#caller = options.caller;
    this.#subjects = options.subjects;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** One verb to one object. An id is made once, before the first attempt. */
  object(verb: Verb, address: Address, body: string, given: Headers, options: ReadOptions = {}): Promise<Answer> {
    assertHeaders(given);
    assertSize(body, verb, address);
    const messageId = this.#messageId(verb, given);
    const isGiven = messageId === undefined || messageIdOf(given) !== undefined;
    const headers = isGiven ? given : { ...given, [HEADER.messageId]: messageId };
    assertTarget(address);
    const timeoutMs = assertTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const target = { verb, address };
    return this.#caller.call(new ObjectCall(this.#subjects, target, body, headers, timeoutMs, messageId));
  }

  /** A wait of any length, made of requests that no host holds longer than `WAIT_SLICE_MS`. */
  async wait(address: Address, until: Until, options: WaitOptions = {}): Promise<Answer> {
    const timeoutMs = assertTimeout(options.timeoutMs ?? DEFAULT_WAIT_MS);
    assertTarget(address);
    const deadline = this.#clock.monotonicMs() + timeoutMs;
    while (true) {
      options.signal?.throwIfAborted();
      const remainingMs = Math.max(1, deadline - this.#clock.monotonicMs());
      try {
        return await this.#caller.call(this.#waitCall(address, until, remainingMs));
      } catch (cause) {
        if (!(cause instanceof StatorError) || cause.code !== "TIMEOUT") throw cause;
        if (this.#clock.monotonicMs() < deadline) continue;
        throw waitedInVain(address, until, timeoutMs, cause);
      }
    }
  }

  async admin(verb: string, request: object, options: ReadOptions = {}): Promise<Record<string, unknown>> {
    const { value } = await this.#caller.call({
      target: undefined,
      messageId: undefined,
      subject: () => this.#subjects.admin(verb),
      body: () => JSON.stringify(request),
      headers: {},
      timeoutMs: assertTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      answerMs: () => ANSWER_MS,
      what: () => `admin.${verb}`,
    });
    return value as Record<string, unknown>;
  }

  #waitCall(address: Address, until: Until, remainingMs: number): Call {
    const target = { verb: "wait", address } as const;
    const slice = (leftMs: number): number => Math.ceil(Math.max(1, Math.min(WAIT_SLICE_MS, leftMs - GRACE_MS)));
    return {
      target,
      messageId: undefined,
      subject: () => this.#subjects.door(target),
      what: () => whatOf(target),
      body: (leftMs) => JSON.stringify({ until, timeoutMs: slice(leftMs) } satisfies WaitRequest),
      headers: {},
      timeoutMs: remainingMs + GRACE_MS,
      answerMs: (leftMs) => slice(leftMs) + GRACE_MS,
    };
  }

  /** The caller's or a fresh one; undefined for a question, which changes nothing. */
  #messageId(verb: Verb, headers: Headers): string | undefined {
    const id = messageIdOf(headers);
    if (id !== undefined) assertMessageId(id, headers);
    return isChange(verb) ? (id ?? this.#random.uuid()) : undefined;
  }
}

/** A class, since one is made for every call: nothing of it costs before it is asked for. */
class ObjectCall implements Call {
  readonly target: Target;
  readonly headers: Headers;
  readonly timeoutMs: number;
  readonly messageId: string | undefined;
  readonly #subjects: Subjects;
  readonly #body: string;

  constructor(
    subjects: Subjects,
    target: Target,
    body: string,
    headers: Headers,
    timeoutMs: number,
    messageId: string | undefined,
  ) {
    this.#subjects = subjects;
    this.target = target;
    this.#body = body;
    this.headers = headers;
    this.timeoutMs = timeoutMs;
    this.messageId = messageId;
  }

  subject(): string {
    return this.#subjects.door(this.target);
  }

  body(): string {
    return this.#body;
  }

  answerMs(): number {
    return this.target.verb === "wait" ? MAX_WAIT_MS + ANSWER_MS : ANSWER_MS;
  }

  what(): string {
    return whatOf(this.target);
  }
}

const whatOf = ({ verb, address }: Target): string => `${verb} of ${formatAddress(address)}`;

function assertTarget({ name, key }: Address): void {
  if (!isObjectName(name)) {
    const message = `object name ${quote(name)} must be a letter, then at most 63 of A-Z a-z 0-9 _ -`;
    throw new StatorError("INVALID_REQUEST", message);
  }
  assertKey(key);
}

const isChange = (verb: Verb): boolean => verb === "create" || verb === "send";

function assertSize(body: string, verb: Verb, address: Address): void {
  if (body.length * 3 <= MAX_BODY_BYTES) return;
  const bytes = Buffer.byteLength(body);
  if (bytes <= MAX_BODY_BYTES) return;
  const message = `body of ${verb} of ${formatAddress(address)} has ${bytes} bytes, the limit is ${MAX_BODY_BYTES}`;
  throw new StatorError("TOO_LARGE", message);
}

function waitedInVain(address: Address, until: Until, timeoutMs: number, last: StatorError): StatorError {
  const message = `${formatAddress(address)} did not come to ${JSON.stringify(until)} within ${formatMs(timeoutMs)}`;
  return new StatorError("TIMEOUT", message, { cause: last, ...(last.details ? { details: last.details } : {}) });
}
