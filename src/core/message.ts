/**
 * What a mailbox holds, and what a sender gets back.
 *
 * A message has an id that never changes over its retries, and a hash of its content: the same id with another content
 * is refused, the same id with the same content gets the first receipt again, byte for byte but for `duplicate`.
 * The stored part of a receipt is the state view; the rest is made from the journal row's own columns.
 */
import { hash } from "node:crypto";
import type { Address } from "./address.ts";
import { quote } from "./address.ts";
import { StatorError } from "./errors.ts";
import type { EventObject } from "./event.ts";
import { canonicalJson } from "./json.ts";
import type { Order, Signature } from "./order.ts";

export type { EventObject } from "./event.ts";

/** The sending object of a message between objects, and the message's place in its history. */
export interface MessageSource {
  readonly address: Address;
  readonly incarnation: string;
  readonly revision: number;
  readonly idx: number;
}

/** The object that invoked another one, and where its end is reported to. */
export interface Creator {
  readonly address: Address;
  readonly invocationId: string;
}

export type MessageBody =
  /** `creator` is set where a machine invoked the object. */
  | { readonly kind: "create"; readonly input: unknown; readonly creator?: Creator }
  | { readonly kind: "event"; readonly event: EventObject }
  /** Accepted and stored now, delivered after `delayMs`. */
  | { readonly kind: "delayed"; readonly event: EventObject; readonly delayMs: number }
  | { readonly kind: "timer"; readonly timer: string; readonly generation: number }
  /** `value` is the output, or the `ErrorData` of a failure. */
  | { readonly kind: "result"; readonly invocationId: string; readonly ok: boolean; readonly value: unknown }
  /** An operator takes a message out for good, under that message's own id. */
  | {
      readonly kind: "skip";
      readonly by: string;
      readonly reason: string;
      /** What was taken out, for the journal. */
      readonly skipped: { readonly messageId: string; readonly kind: string; readonly event: unknown };
      readonly timer?: { readonly timer: string; readonly generation: number };
      readonly invocationId?: string;
    }
  | Order;

export interface Message {
  readonly id: string;
  /** Of the content; see `contentHash`. */
  readonly hash: string;
  /** When the id was first sent, by the sender's clock; undefined for an id that cannot expire. */
  readonly sentAtMs: number | undefined;
  readonly to: Address;
  readonly body: MessageBody;
  /** Set on messages between objects. */
  readonly source?: MessageSource;
  /** W3C trace context of whoever caused it; for the journal, no part of the content. */
  readonly traceparent?: string;
}

/** XState's status of an object; `stopped` is one that an operator killed, `purged` one of which only a tombstone is left. */
export const STATUSES = ["active", "done", "error", "stopped", "purged"] as const;
export type ObjectStatus = (typeof STATUSES)[number];

/** The state an object shows to callers. */
export interface StateView {
  readonly status: ObjectStatus;
  /** XState's state value: a string, or an object of regions. */
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly context: unknown;
  readonly output: unknown;
  /** Who killed it and why; only where somebody did. */
  readonly killed?: Signature;
  /** Who purged it and why. */
  readonly purged?: Signature;
}

/** All that is told of an object once it was purged. */
export const NOTHING_LEFT: StateView = { status: "purged", value: null, tags: [], context: null, output: null };

export interface Receipt extends StateView {
  readonly ok: true;
  readonly object: string;
  readonly key: string;
  readonly messageId: string;
  readonly revision: number;
  readonly duplicate: boolean;
}

/** Answer to `get` and `wait`. */
export interface SnapshotView extends StateView {
  readonly ok: true;
  readonly object: string;
  readonly key: string;
  readonly revision: number;
}

/** The stored part of a receipt, as JSON text. */
export function viewText(view: StateView): string {
  const { status, value, tags, context, output, killed, purged } = view;
  return JSON.stringify({ status, value, tags, context, output: output ?? null, killed, purged });
}

/** A receipt as JSON text, from the columns of a journal row; `view` is what `viewText` made. */
export function receiptText(
  to: Address,
  messageId: string,
  revision: number,
  duplicate: boolean,
  view: string,
): string {
  const head = `{"ok":true,"object":${JSON.stringify(to.name)},"key":${JSON.stringify(to.key)},`;
  return `${head}"messageId":${JSON.stringify(messageId)},"revision":${revision},"duplicate":${duplicate}${membersOf(view)}`;
}

export function snapshotText(of: Address, revision: number, view: string): string {
  return `{"ok":true,"object":${JSON.stringify(of.name)},"key":${JSON.stringify(of.key)},"revision":${revision}${membersOf(view)}`;
}

/** To go on with inside an object; where a receipt is gone its view has none. */
const membersOf = (view: string): string => (view === "{}" ? "}" : `,${view.slice(1)}`);

/** 128 bits of SHA-256 over the content's canonical JSON: equal whatever the white space and the order of properties. */
export function contentHash(body: object): string {
  return hash("sha256", canonicalJson(body), "base64url").slice(0, 22);
}

/** The history hash of an object after one more message: h(n) = H(h(n-1), id). It lets a reader detect a fork. */
export function nextHistory(history: string, messageId: string): string {
  return hash("sha256", `${history}\n${messageId}`, "base64url").slice(0, 22);
}

/** Ids that hosts make: no caller may use them, or it could take the place of a timer or a result. */
const INTERNAL_ID = /^(timer|result|effect|skip|order)\//;
export const timerMessageId = (timer: string, generation: number): string => `timer/${timer}/${generation}`;
export const resultMessageId = (invocationId: string): string => `result/${invocationId}`;
export const effectMessageId = (effectId: string): string => `effect/${effectId}`;
/** An operator's skip of something that was on its way out. */
export const skipMessageId = (effectId: string): string => `skip/${effectId}`;
export const orderMessageId = (orderId: string): string => `order/${orderId}`;

const PRINTABLE = /^[\x21-\x7e]{1,128}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const MAX_AHEAD_MS = 10 * 60_000;

/**
 * Checks a caller's message id and tells when it was first sent: the time inside a UUIDv7, else `sentAt` (ISO date or
 * epoch milliseconds), else nothing. Times more than ten minutes ahead of `wallMs` are refused.
 */
export function checkMessageId(id: string, sentAt: string | undefined, wallMs: number): number | undefined {
  const statedMs = parseSentAt(sentAt);
  const sentAtMs = timeInside(id) ?? statedMs;
  if (sentAtMs !== undefined && sentAtMs > wallMs + MAX_AHEAD_MS) {
    throw new StatorError(
      "INVALID_REQUEST",
      `message id ${quote(id)} was sent at ${new Date(sentAtMs).toISOString()}, which is in the future`,
    );
  }
  return sentAtMs;
}

/** The time inside a UUIDv7; undefined for any other id that a caller may use. */
function timeInside(id: string): number | undefined {
  if (UUID_V7.test(id)) return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  if (!PRINTABLE.test(id)) {
    throw new StatorError(
      "INVALID_REQUEST",
      `message id ${quote(id)} must be 1 to 128 printable ASCII characters without spaces`,
    );
  }
  if (INTERNAL_ID.test(id)) {
    throw new StatorError(
      "INVALID_REQUEST",
      `message id ${quote(id)} must not begin with timer/, result/, effect/, skip/ or order/`,
    );
  }
  return undefined;
}

function parseSentAt(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(ms)) {
    throw new StatorError("INVALID_REQUEST", `Stator-Sent-At ${quote(text)} must be an ISO date or epoch milliseconds`);
  }
  return ms;
}
