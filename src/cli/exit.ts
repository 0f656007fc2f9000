/** Exit codes: part of the contract with scripts. */
import { type ErrorCode, StartupError, StatorError } from "../core/errors.ts";

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAccepted: 4,
  invalid: 5,
  unavailable: 6,
  timedOut: 7,
  problemsFound: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  INVALID_EVENT: EXIT.invalid,
  UNKNOWN_EVENT: EXIT.invalid,
  RESERVED_EVENT: EXIT.invalid,
  INVALID_INPUT: EXIT.invalid,
  INVALID_KEY: EXIT.invalid,
  INVALID_REQUEST: EXIT.invalid,
  METHOD_NOT_ALLOWED: EXIT.invalid,
  TOO_LARGE: EXIT.invalid,
  UNSUPPORTED_MEDIA_TYPE: EXIT.invalid,
  UNKNOWN_OBJECT: EXIT.notFound,
  NOT_CREATED: EXIT.notFound,
  GONE: EXIT.notFound,
  UNAUTHORIZED: EXIT.notAccepted,
  FORBIDDEN: EXIT.notAccepted,
  PRIVATE: EXIT.notAccepted,
  EVENT_NOT_ACCEPTED: EXIT.notAccepted,
  ALREADY_EXISTS: EXIT.notAccepted,
  OBJECT_DONE: EXIT.notAccepted,
  OBJECT_PAUSED: EXIT.notAccepted,
  EXPIRED_ID: EXIT.notAccepted,
  CANNOT_HAPPEN: EXIT.notAccepted,
  IDEMPOTENCY_MISMATCH: EXIT.notAccepted,
  OVERLOADED: EXIT.unavailable,
  UNAVAILABLE: EXIT.unavailable,
  OUTCOME_UNKNOWN: EXIT.unavailable,
  TIMEOUT: EXIT.timedOut,
  TURN_FAILED: EXIT.failed,
};

/** The command cannot be understood as it was typed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ends the command with a code; what there was to say has been said. */
export class Exit extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode) {
    super(`exit code ${code}`);
    this.code = code;
  }
}

/** Socket errors of a server that is not there. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "NATS_UNREACHABLE"]);

export function exitCodeOf(cause: unknown): ExitCode {
  if (cause instanceof Exit) return cause.code;
  if (cause instanceof UsageError) return EXIT.usage;
  if (cause instanceof StatorError) return BY_CODE[cause.code];
  const { code } = (cause ?? {}) as { code?: unknown };
  if (UNREACHABLE.has(code)) return EXIT.unavailable;
  return EXIT.failed;
}

export const exitCodeOfErrorCode = (code: ErrorCode): ExitCode => BY_CODE[code];

/** One line for people. An error that nobody foresaw keeps its stack. */
export function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof StatorError || cause instanceof StartupError) return `${cause.message} (${cause.code})`;
  const { code } = cause as { code?: unknown };
  const isForeseen = cause.name === "UsageError" || cause.name === "DevStackError" || typeof code === "string";
  const first = cause instanceof AggregateError ? cause.errors[0] : undefined;
  const text = cause.message || (first instanceof Error ? first.message : "") || String(code ?? cause.name);
  return isForeseen ? text : (cause.stack ?? text);
}
