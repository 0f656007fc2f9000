/** What a caller may say beside the body, and the headers it becomes. Checked here, before anything is sent. */
import { quote } from "../core/address.ts";
import { assertDelay, parseDelay } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { checkMessageId } from "../core/message.ts";
import { type RetryPolicy, retryPolicy } from "../core/retry.ts";
import { HEADER } from "../core/wire.ts";
import type { Headers } from "../ports/transport.ts";

/** How a client retries. It gives up when the time of the call is over, not after a number of attempts. */
export const CLIENT_RETRY: RetryPolicy = {
  maxAttempts: Number.POSITIVE_INFINITY,
  initialMs: 50,
  factor: 2,
  maxMs: 2_000,
};
export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_WAIT_MS = 5 * 60_000;
/** One attempt's wait for an answer; then the next attempt. */
export const ANSWER_MS = 5_000;
/**
 * When an attempt without an answer sends its message again, and waits for either answer. Less than a lease of a host (3 s):
 * what a host had in hand when it died should wait at another one by the time that its lease ends.
 */
export const AGAIN_MS = 2_000;
/** A long wait asks again this often: the host that had it in hand may have died, and nobody tells. */
export const WAIT_SLICE_MS = 5_000;

export function clientRetry(given: Partial<RetryPolicy> = {}): RetryPolicy {
  return retryPolicy({ ...CLIENT_RETRY, ...given }, "client.retry");
}

export interface ReadOptions {
  /** The time for all attempts together; 30 s unless given. */
  readonly timeoutMs?: number;
}

export interface CreateOptions extends ReadOptions {
  /** Idempotency key: the same id is applied once. A UUIDv7 is made for the call unless given. */
  readonly messageId?: string;
  /** When an id that is no UUIDv7 was first sent; the same on every retry. */
  readonly sentAt?: string | number | Date;
  /** For the event's metadata, for example `traceparent`. */
  readonly headers?: Headers;
}

export interface SendOptions extends CreateOptions {
  /** Stored now, delivered then: `5m`, milliseconds, or a date. */
  readonly delay?: string | number | Date;
}

export interface WaitOptions {
  /** When the wait ends with `TIMEOUT`; 5 minutes unless given. */
  readonly timeoutMs?: number;
  /** Ends the wait early, between two requests. */
  readonly signal?: AbortSignal;
}

export function assertTimeout(timeoutMs: number): number {
  if (typeof timeoutMs === "number" && timeoutMs > 0) return timeoutMs;
  throw new StatorError("INVALID_REQUEST", `timeoutMs must be a positive number of milliseconds, got ${timeoutMs}`);
}

/** Headers of a `create` or `send`; `uuid` is asked only where no id was given. `wallMs` dates a delay. */
export function messageHeaders(options: SendOptions, wallMs: number): Headers {
  const { messageId, sentAt, delay, headers } = options;
  return {
    ...headers,
    ...(messageId === undefined ? {} : { [HEADER.messageId]: messageId }),
    ...(sentAt === undefined ? {} : { [HEADER.sentAt]: dateText(sentAt, "sentAt") }),
    ...(delay === undefined ? {} : { [HEADER.delay]: delayText(delay, wallMs) }),
  };
}

function delayText(delay: string | number | Date, wallMs: number): string {
  if (typeof delay === "number") return `${Math.round(assertDelay(delay))}ms`;
  const text = typeof delay === "string" ? delay : dateText(delay, "delay");
  parseDelay(text, wallMs);
  return text;
}

function dateText(date: string | number | Date, name: string): string {
  if (typeof date !== "object") return String(date);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new StatorError("INVALID_REQUEST", `${name} must be a valid date`);
}

/** Only hosts may set these. */
const HOST_HEADERS: ReadonlySet<string> = new Set(
  [HEADER.to, HEADER.passedOn, HEADER.mac].map((name) => name.toLowerCase()),
);
const HEADER_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,1024}$/;

/** A header that a transport cannot carry, or that only a host may set, is refused before it is sent. */
export function assertHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) {
      throw new StatorError("INVALID_REQUEST", `header name ${quote(name)} must match ${HEADER_NAME.source}`);
    }
    if (HOST_HEADERS.has(name.toLowerCase())) {
      throw new StatorError("INVALID_REQUEST", `header ${name} is set by hosts only`);
    }
    if (!HEADER_VALUE.test(value)) {
      throw new StatorError("INVALID_REQUEST", `header ${name} must be one line of at most 1024 printable characters`);
    }
  }
}

/** The message id among the headers, whatever their case. */
export function messageIdOf(headers: Headers): string | undefined {
  return headerOf(headers, HEADER.messageId) ?? headerOf(headers, HEADER.natsMessageId);
}

/** Refuses what no host would take. The id's age is the host's to judge, by a clock that counts. */
export function assertMessageId(id: string, headers: Headers): void {
  checkMessageId(id, headerOf(headers, HEADER.sentAt), Number.POSITIVE_INFINITY);
}

function headerOf(headers: Headers, name: string): string | undefined {
  return Object.entries(headers).find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
}
