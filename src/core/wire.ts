/**
 * The contract on the wire beside subjects and receipts: headers, administrative requests, the changes feed, discovery.
 *
 * A message on a partition subject is the very message of the front door (same body, same headers) plus `Stator-To`.
 */
import type { Address } from "./address.ts";
import type { ErrorBody, StatorError } from "./errors.ts";
import type { EventObject, ObjectStatus, StateView } from "./message.ts";

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
  /** W3C trace context; the journal keeps it. */
  traceparent: "traceparent",
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
  /** Type of the event, or `stator.create`, `stator.delayed`, `stator.kill`, … */
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
  /** Purged objects are listed only under this status. */
  readonly status?: ObjectStatus;
  readonly matches?: string;
  readonly tag?: string;
  /** Only what waits for an operator: the object, a step of its saga, or something that it sends. */
  readonly parked?: boolean;
  /** Only what an operator paused. */
  readonly paused?: boolean;
  /** Keys that begin with this. */
  readonly q?: string;
  readonly after?: Address;
  readonly limit?: number;
}

/** What operators ask of one object, on `stator.<ns>.admin.<verb>`. All may be repeated; each leaves a row in the audit. */
export interface OperatorRequest {
  readonly object: string;
  readonly key: string;
  /** Who wants it, and why. */
  readonly by: string;
  readonly reason: string;
  /** The same on every repetition of one order: it is carried out once, and audited once. A fresh one unless given. */
  readonly orderId?: string;
}

export interface ReleaseRequest extends OperatorRequest {
  /** Which message; needed for `skip` where several are parked. */
  readonly messageId?: string;
  /** Which step of a saga; needed for `skip` where several are parked. */
  readonly step?: string;
}

export interface KillRequest extends OperatorRequest {
  /** Only tells what would stand afterwards; no audit. */
  readonly preview?: boolean;
}

/** What an order came to. A refused one is answered with an error. */
export interface Ordered {
  readonly ok: true;
  readonly object: string;
  readonly key: string;
  readonly verb: OperatorVerb;
  /** False where there was nothing left to do: it had been done before, or the object had ended. */
  readonly changed: boolean;
  /** One sentence, for people. */
  readonly message: string;
  readonly status: ObjectStatus;
  readonly value: unknown;
}

export interface Released extends Ordered {
  /** Message ids, and steps of a saga that were parked; empty where nothing was. */
  readonly released: readonly string[];
}

export interface CanceledObject extends Ordered {
  /** Objects that it invoked, `name/key`: they end first. */
  readonly waitsFor: readonly string[];
}

/** A step of a saga that is done, or may be done, and was not undone. */
export interface StandingStep {
  /** `subscription[2]`; inside of a nested saga `plan/payment`. */
  readonly step: string;
  readonly isCertain: boolean;
}

/** A step that waits for an operator. */
export interface ParkedStep {
  readonly step: string;
  readonly cause: string;
}

export interface KilledObject extends Ordered {
  /** What stays as it is in the outside world, as far as the machine keeps a ledger. */
  readonly standing: readonly StandingStep[];
  /** Objects that it invoked, `name/key`: they die with it. */
  readonly invoked: readonly string[];
}

/** The verbs of operators, each with what it is asked and what it answers. */
export interface OperatorVerbs {
  /** Tries again, at once, what is parked. */
  readonly retry: { readonly request: ReleaseRequest; readonly answer: Released };
  /** Takes out for good what is parked. */
  readonly skip: { readonly request: ReleaseRequest; readonly answer: Released };
  /** The machine's own CANCEL; objects that it invoked, and that take a CANCEL, first. */
  readonly cancel: { readonly request: OperatorRequest; readonly answer: CanceledObject };
  /** Stops at once and compensates nothing; so do the objects that it invoked. */
  readonly kill: { readonly request: KillRequest; readonly answer: KilledObject };
  /** No new turns until `resume`: messages wait with their senders, callers get `OBJECT_PAUSED`. */
  readonly pause: { readonly request: OperatorRequest; readonly answer: Ordered };
  readonly resume: { readonly request: OperatorRequest; readonly answer: Ordered };
  /** Of an object that has ended: clears its content, and leaves a tombstone that answers `GONE`. */
  readonly purge: { readonly request: OperatorRequest; readonly answer: Ordered };
  /** Only writes down, in the audit, that somebody reads what is sensitive; the reason says what. */
  readonly reveal: { readonly request: OperatorRequest; readonly answer: Ordered };
}
export type OperatorVerb = keyof OperatorVerbs;
export const OPERATOR_VERBS: readonly OperatorVerb[] = [
  "retry",
  "skip",
  "cancel",
  "kill",
  "pause",
  "resume",
  "purge",
  "reveal",
];

/** One order of an operator, as the audit keeps it. */
export interface AuditEntry {
  /** Rising; where a page begins. */
  readonly seq: number;
  readonly orderId: string;
  /** ISO date by the store's clock. */
  readonly at: string;
  readonly verb: OperatorVerb;
  readonly object: string;
  readonly key: string;
  readonly by: string;
  readonly reason: string;
  readonly before: AuditState;
  /** Null where the order was refused, or its end is not known. */
  readonly after: AuditState | null;
  /** `done`, `unchanged`, the code of the refusal, or `unknown` where the host died before it could tell. */
  readonly result: string;
}

export interface AuditState {
  readonly status: ObjectStatus;
  readonly value: unknown;
  readonly revision: number;
  /** Why, where it is so. */
  readonly parked?: string;
  readonly paused?: string;
}

/** `admin.audit`: newest first. */
export interface AuditRequest {
  readonly object?: string;
  /** Only with `object`. */
  readonly key?: string;
  /** Entries below this `seq`: the last one of the page before. */
  readonly before?: number;
  readonly limit?: number;
}

/** `admin.preview.<object>`: what an event would do to the object, without doing it. */
export interface PreviewRequest {
  readonly object: string;
  readonly key: string;
  readonly event: EventObject;
}

export interface Previewed {
  readonly ok: true;
  /** Of the state that the turn was computed on. */
  readonly revision: number;
  /** `failed`: the turn would be refused, by an error in the machine. */
  readonly outcome: "handled" | "not accepted" | "failed";
  readonly message: string | null;
  readonly before: StateView;
  readonly after: StateView;
  /** As the journal would keep it, `trailText`. */
  readonly trail: string;
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
