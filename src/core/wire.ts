/**
 * The contract on the wire beside subjects and receipts: headers, administrative requests, the changes feed, discovery.
 *
 * A message on a partition subject is the very message of the front door (same body, same headers) plus `Stator-To`.
 */
import type { Address } from "./address.ts";
import type { ErrorBody, StatorError } from "./errors.ts";
import type { ObjectStatus } from "./message.ts";

export const HEADER = {
  messageId: "Stator-Message-Id",
  /** Serves as message id where `Stator-Message-Id` is not given. */
  natsMessageId: "Nats-Msg-Id",
  /** When an id that is no UUIDv7 was first sent: ISO date or epoch milliseconds. */
  sentAt: "Stator-Sent-At",
  /** `5m`, `1500ms` or an ISO date: stored now, delivered then. */
  delay: "Stator-Delay",
  /** On partition subjects: `<verb>.<object>.<key token>`. */
  to: "Stator-To",
  /** Set by the host that passes a message on, so that it is passed on once. */
  passedOn: "Stator-Passed-On",
  /** HMAC-SHA256 of a message that only hosts may send, base64url. */
  mac: "Stator-Mac",
  /** On emitted events: the same on every delivery of one effect. */
  effectId: "Stator-Effect-Id",
  serviceError: "Nats-Service-Error",
  serviceErrorCode: "Nats-Service-Error-Code",
} as const;

/** What `wait` waits for: exactly one of the three. `matches` is a state value, or a dotted path into it. */
export type Until = { readonly matches: unknown } | { readonly tag: string } | { readonly status: ObjectStatus };

export interface WaitRequest {
  readonly until: Until;
  /** Milliseconds until the wait ends with `TIMEOUT`; at most `MAX_WAIT_MS` a request. */
  readonly timeoutMs: number;
}

/** A longer wait is made of several requests by the client. */
export const MAX_WAIT_MS = 30_000;

/** Published on `stator.<ns>.changed.<object>.<key>` after each commit. */
export interface Change {
  readonly object: string;
  readonly key: string;
  readonly revision: number;
  readonly messageId: string;
  /** Type of the event, or `stator.create`, `stator.delayed`. */
  readonly event: string;
  /** State value before the turn; null when the object was born. */
  readonly before: unknown;
  readonly after: unknown;
  readonly status: ObjectStatus;
  readonly tags: readonly string[];
  /** ISO date by the host's clock: for display. */
  readonly at: string;
}

/** Requests on `stator.<ns>.admin.<verb>`, answered by any host. Bodies are JSON. */
export interface JournalRequest {
  readonly object: string;
  readonly key: string;
  /** Entries above this revision; 0 from the beginning. */
  readonly after?: number;
  /** At most 200; 50 unless given. */
  readonly limit?: number;
}

export interface ListRequest {
  readonly object?: string;
  readonly status?: ObjectStatus;
  readonly matches?: string;
  readonly tag?: string;
  /** Only what waits for an operator: the object, or something that it sends. */
  readonly parked?: boolean;
  /** Keys that begin with this. */
  readonly q?: string;
  readonly after?: Address;
  readonly limit?: number;
}

/** `admin.retry`: try again what is parked. `admin.skip`: take it out for good. Both may be repeated. */
export interface OperatorRequest {
  readonly object: string;
  readonly key: string;
  /** Who wants it, and why: kept in the journal of a skip. */
  readonly by: string;
  readonly reason: string;
  /** Which message; needed for `skip` where several are parked. */
  readonly messageId?: string;
}

/** Answer to `admin.retry` and `admin.skip`. */
export interface Released {
  readonly ok: true;
  readonly object: string;
  readonly key: string;
  readonly verb: "retry" | "skip";
  /** Message ids; empty where nothing was parked. */
  readonly released: readonly string[];
}

export const MAX_PAGE = 200;
export const DEFAULT_PAGE = 50;

/** Name under which the hosts of a namespace answer the NATS services protocol. */
export const serviceName = (namespace: string): string => `stator-${namespace}`;

/** Metadata of that service: how a client finds the group and the partition count of an object. */
export interface ServiceMetadata {
  readonly namespace: string;
  readonly group: string;
  /** Decimal. */
  readonly partitions: string;
  /** Names, separated by commas. */
  readonly objects: string;
}

export interface ErrorReply {
  readonly ok: false;
  readonly error: ErrorBody;
}

export function errorText(error: StatorError): string {
  const reply: ErrorReply = { ok: false, error: error.toBody() };
  return JSON.stringify(reply);
}

/** Headers by which NATS tooling counts a reply as an error. */
export function errorHeaders(error: StatorError): Record<string, string> {
  return { [HEADER.serviceError]: printable(error.message), [HEADER.serviceErrorCode]: String(error.status) };
}

/** Header values are one line of printable ASCII. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 256);
