/**
 * The questions a client can put to the hosts, each as one call: to one object, a wait on it, or administrative.
 * Nothing here knows definitions; bodies and answers are JSON text.
 */
import { type Address, assertKey, formatAddress, isObjectName, quote } from "../core/address.ts";
import { formatMs } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { MAX_BODY_BYTES } from "../core/json.ts";
import { formatTarget, type Subjects, type Verb } from "../core/subjects.ts";
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

  /** One verb to one object; the answer is the host's own text. An id is made once, before the first attempt. */
  async object(verb: Verb, address: Address, body: string, given: Headers, options: ReadOptions = {}): Promise<string> {
    assertHeaders(given);
    assertSize(body, verb, address);
    const headers = this.#withMessageId(verb, given);
    const messageId = messageIdOf(headers);
    return await this.#caller.call({
      ...this.#target(verb, address),
      body: () => body,
      headers,
      timeoutMs: assertTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      answerMs: () => (verb === "wait" ? MAX_WAIT_MS + ANSWER_MS : ANSWER_MS),
      ...(messageId !== undefined && isChange(verb) ? { messageId } : {}),
    });
  }

  /** A wait of any length, made of requests that no host holds longer than `WAIT_SLICE_MS`. */
  async wait(address: Address, until: Until, options: WaitOptions = {}): Promise<string> {
    const timeoutMs = assertTimeout(options.timeoutMs ?? DEFAULT_WAIT_MS);
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
    const text = await this.#caller.call({
      subject: this.#subjects.admin(verb),
      body: () => JSON.stringify(request),
      headers: {},
      timeoutMs: assertTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
      answerMs: () => ANSWER_MS,
      what: `admin.${verb}`,
    });
    return JSON.parse(text);
  }

  #waitCall(address: Address, until: Until, remainingMs: number): Call {
    const slice = (leftMs: number): number => Math.ceil(Math.max(1, Math.min(WAIT_SLICE_MS, leftMs - GRACE_MS)));
    return {
      ...this.#target("wait", address),
      body: (leftMs) => JSON.stringify({ until, timeoutMs: slice(leftMs) } satisfies WaitRequest),
      headers: {},
      timeoutMs: remainingMs + GRACE_MS,
      answerMs: (leftMs) => slice(leftMs) + GRACE_MS,
    };
  }

  #target(verb: Verb, address: Address): Pick<Call, "subject" | "direct" | "what"> {
    if (!isObjectName(address.name)) {
      const message = `object name ${quote(address.name)} must be a letter, then at most 63 of A-Z a-z 0-9 _ -`;
      throw new StatorError("INVALID_REQUEST", message);
    }
    assertKey(address.key);
    const target = { verb, address };
    return {
      subject: this.#subjects.door(target),
      direct: { address, to: formatTarget(target) },
      what: `${verb} of ${formatAddress(address)}`,
    };
  }

  #withMessageId(verb: Verb, headers: Headers): Headers {
    const id = messageIdOf(headers);
    if (id !== undefined) assertMessageId(id, headers);
    return id !== undefined || !isChange(verb) ? headers : { ...headers, [HEADER.messageId]: this.#random.uuid() };
  }
}

const isChange = (verb: Verb): boolean => verb === "create" || verb === "send";

function assertSize(body: string, verb: Verb, address: Address): void {
  const bytes = Buffer.byteLength(body);
  if (bytes <= MAX_BODY_BYTES) return;
  const message = `body of ${verb} of ${formatAddress(address)} has ${bytes} bytes, the limit is ${MAX_BODY_BYTES}`;
  throw new StatorError("TOO_LARGE", message);
}

function waitedInVain(address: Address, until: Until, timeoutMs: number, last: StatorError): StatorError {
  const message = `${formatAddress(address)} did not come to ${JSON.stringify(until)} within ${formatMs(timeoutMs)}`;
  return new StatorError("TIMEOUT", message, { cause: last, ...(last.details ? { details: last.details } : {}) });
}
