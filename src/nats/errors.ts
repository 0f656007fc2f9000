/**
 * The errors of NATS clients as ours. The one place that knows their codes and names.
 *
 * Mapped by `code` (nats 2) and `name` (@nats-io 3), never by class: a connection that a user hands in may come from
 * another copy of the library. Anything not understood counts as outcome unknown.
 */
import { quote } from "../core/address.ts";
import { type ErrorCode, StatorError } from "../core/errors.ts";

const CODES: Readonly<Record<string, ErrorCode>> = {
  CONNECTION_CLOSED: "UNAVAILABLE",
  CONNECTION_DRAINING: "UNAVAILABLE",
  CONNECTION_REFUSED: "UNAVAILABLE",
  CONNECTION_TIMEOUT: "UNAVAILABLE",
  DISCONNECT: "UNAVAILABLE",
  ECONNREFUSED: "UNAVAILABLE",
  ECONNRESET: "UNAVAILABLE",
  EPIPE: "UNAVAILABLE",
  MAX_PAYLOAD_EXCEEDED: "TOO_LARGE",
  BAD_SUBJECT: "INVALID_REQUEST",
  BAD_HEADER: "INVALID_REQUEST",
  BAD_PAYLOAD: "INVALID_REQUEST",
  PERMISSIONS_VIOLATION: "FORBIDDEN",
  AUTHORIZATION_VIOLATION: "UNAUTHORIZED",
  AUTHENTICATION_EXPIRED: "UNAUTHORIZED",
  AUTHENTICATION_TIMEOUT: "UNAUTHORIZED",
  ACCOUNT_EXPIRED: "UNAUTHORIZED",
  BAD_AUTHENTICATION: "UNAUTHORIZED",
  BAD_CREDS: "UNAUTHORIZED",
};

const NAMES: Readonly<Record<string, ErrorCode>> = {
  ClosedConnectionError: "UNAVAILABLE",
  ConnectionError: "UNAVAILABLE",
  DrainingConnectionError: "UNAVAILABLE",
  InvalidArgumentError: "INVALID_REQUEST",
  InvalidSubjectError: "INVALID_REQUEST",
  PermissionViolationError: "FORBIDDEN",
  AuthorizationError: "UNAUTHORIZED",
  UserAuthenticationExpiredError: "UNAUTHORIZED",
};

/** What a NATS client threw while doing something with `subject`. */
export function natsError(cause: unknown, subject: string): StatorError {
  if (cause instanceof StatorError) return cause;
  const { code, name, message } = parts(cause);
  const known = CODES[code] ?? NAMES[name] ?? "OUTCOME_UNKNOWN";
  return new StatorError(known, `NATS, subject ${quote(subject)}: ${message}`, { cause });
}

/** Why a connection could not be made, in words. */
export function connectProblem(cause: unknown): string {
  const { code, message } = parts(cause);
  return message === "" ? code : message;
}

function parts(cause: unknown): { readonly code: string; readonly name: string; readonly message: string } {
  if (typeof cause !== "object" || cause === null) return { code: "", name: "", message: String(cause) };
  const { code, name, message } = cause as { code?: unknown; name?: unknown; message?: unknown };
  return { code: text(code), name: text(name), message: text(message) };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
