/**
 * What one message may look like on any transport. Pure; both transports refuse the same things before they publish.
 *
 * Client libraries let wildcards, empty tokens and NUL through in a published subject, do not check queue names, and a
 * control line above 4 KB makes nats-server cut the connection with everything in flight. So all of it is refused here.
 */
import { quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { type Headers, type Incoming, MAX_PAYLOAD_BYTES } from "./transport.ts";

/** One message on its way out, checked. */
export interface Frame {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string | undefined;
  readonly headers: Headers | undefined;
}

/** Told of what a handler threw, and of other things that went wrong with nobody waiting for them. */
export type OnError = (cause: unknown, subject: string) => void;

/** Where nobody listens to errors, the process shows them and lives on. */
export const warn: OnError = (cause) => process.emitWarning(cause instanceof Error ? cause : String(cause));

/** Subject and reply subject share a control line of at most 4 KB. */
const MAX_SUBJECT_LENGTH = 1_900;
/** Frames a transport keeps while its connection is down. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

const TOKEN = "[\\x21-\\x29\\x2b-\\x2d\\x2f-\\x3d\\x3f-\\x7e]+"; // printable ASCII but for * . >
const SUBJECT = new RegExp(`^${TOKEN}(?:\\.${TOKEN})*$`);
const FILTER = new RegExp(`^(?:(?:${TOKEN}|\\*)(?:\\.(?:${TOKEN}|\\*))*(?:\\.>)?|>)$`);
const QUEUE = /^[\x21-\x7e]{1,256}$/;
const HEADER_NAME = /^[\x21-\x39\x3b-\x7e]+$/;

/** A subject to publish to, or to answer on: tokens of printable ASCII, no wildcards. */
export function assertSubject(subject: string): void {
  if (subject.length <= MAX_SUBJECT_LENGTH && SUBJECT.test(subject)) return;
  throw refused("subject", subject, `be dot-separated tokens without wildcards or white space`);
}

/** A subject to subscribe to: as above, with `*` for one token and `>` at the end for the rest. */
export function assertFilter(filter: string): void {
  if (filter.length <= MAX_SUBJECT_LENGTH && FILTER.test(filter)) return;
  throw refused("subscription", filter, `be dot-separated tokens, each may be *, the last may be >`);
}

export function assertQueue(queue: string): void {
  if (!QUEUE.test(queue)) throw refused("queue group", queue, "be 1 to 256 printable characters without white space");
}

/** The body as bytes, not above the limit. */
export function payloadOf(subject: string, data: string | Uint8Array): Uint8Array {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  if (bytes.length <= MAX_PAYLOAD_BYTES) return bytes;
  throw new StatorError(
    "TOO_LARGE",
    `payload for ${quote(subject)} must be at most ${MAX_PAYLOAD_BYTES} bytes, it has ${bytes.length}`,
  );
}

/** Names of printable ASCII without colon, values on one line; white space around a value does not travel. */
export function assertHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) throw refused("header name", name, "be printable ASCII without white space or colon");
    if (/[\r\n]/.test(value)) throw refused(`value of header ${name}`, value, "be one line");
  }
}

/** Hands a message to a handler. What it throws, at once or later, goes to `onError` and stops nobody. */
export function hand(message: Incoming, handler: (message: Incoming) => unknown, onError: OnError): void {
  try {
    const result = handler(message);
    if (result instanceof Promise) result.catch((cause: unknown) => onError(cause, message.subject));
  } catch (cause) {
    onError(cause, message.subject);
  }
}

/** Names and values in the order they were sent. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** Headers by name, whatever the case they were sent in. The first of two that differ only in case wins. */
export class HeaderIndex {
  readonly #pairs: HeaderPairs;

  constructor(pairs: HeaderPairs) {
    this.#pairs = pairs;
  }

  /** The first value of each name. */
  get record(): Headers {
    return Object.fromEntries([...this.#pairs].reverse());
  }

  get(name: string): string | undefined {
    for (const [given, value] of this.#pairs) {
      if (given.length !== name.length) continue;
      if (given === name || given.toLowerCase() === name.toLowerCase()) return value;
    }
    return undefined;
  }
}

/** What is published while the connection is down. Bounded: the oldest go first, a transport may lose anything. */
export class HeldFrames {
  #frames: Frame[] = [];
  #bytes = 0;

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    while (this.#bytes > MAX_HELD_BYTES) this.#bytes -= this.#frames.shift()?.data.length ?? 0;
  }

  take(): readonly Frame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }
}

function refused(what: string, text: string, rule: string): StatorError {
  return new StatorError("INVALID_REQUEST", `${what} ${quote(text)} must ${rule}`);
}
