/**
 * The errors of Stator: one base class, one closed list of codes that cross the wire.
 *
 * A message names the object, what was wrong and what would be right. `retryable` tells a caller whether the same
 * request under the same message id may succeed later. Refused means: nothing changed and nothing was stored.
 */

/** Every code a caller can get, with its HTTP status number. */
export const ERROR_STATUS = {
  INVALID_EVENT: 400,
  UNKNOWN_EVENT: 400,
  RESERVED_EVENT: 400,
  INVALID_INPUT: 400,
  INVALID_KEY: 400,
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  PRIVATE: 403,
  UNKNOWN_OBJECT: 404,
  NOT_CREATED: 404,
  METHOD_NOT_ALLOWED: 405,
  TIMEOUT: 408,
  EVENT_NOT_ACCEPTED: 409,
  ALREADY_EXISTS: 409,
  OBJECT_DONE: 409,
  OBJECT_PAUSED: 409,
  EXPIRED_ID: 410,
  GONE: 410,
  CANNOT_HAPPEN: 412,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_MISMATCH: 422,
  OVERLOADED: 429,
  TURN_FAILED: 500,
  UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 504,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Codes under which the same request, sent again with the same message id, may succeed. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["OVERLOADED", "UNAVAILABLE", "OUTCOME_UNKNOWN"]);

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The error as it stands in a reply's body. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: ErrorDetails;
}

/** Base of all errors of Stator that a caller may see. */
export class StatorError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StatorError";
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.details = options.details;
  }

  /** The HTTP number of this error's code. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }

  toBody(): ErrorBody {
    const body = { code: this.code, message: this.message, retryable: this.retryable };
    return this.details === undefined ? body : { ...body, details: this.details };
  }

  static fromBody(body: ErrorBody): StatorError {
    return new StatorError(body.code, body.message, body.details === undefined ? {} : { details: body.details });
  }
}

/**
 * Thrown by a promise actor to end its retries at once: the machine gets it as `onError` with code and data.
 * Anything else that is thrown counts as transient and is retried by the actor's policy.
 */
export class TerminalError extends Error {
  readonly code: string | undefined;
  readonly data: unknown;

  constructor(message: string, options: { code?: string; data?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TerminalError";
    this.code = options.code;
    this.data = options.data;
  }
}

/** By name: the module that threw it may have a copy of this package of its own. */
export const isTerminal = (cause: unknown): boolean => cause instanceof Error && cause.name === "TerminalError";

/** A start-up refusal: the host, the database or a definition is not fit to run. Never crosses the wire. */
export class StartupError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StartupError";
    this.code = code;
  }
}

/** An error as data: what a snapshot, a result message or a journal row keeps of it. Never a stack. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly data?: unknown;
}

export function errorData(cause: unknown): ErrorData {
  if (!(cause instanceof Error)) return { name: "Error", message: String(cause) };
  if (cause instanceof StatorError) {
    const { name, message, code, details } = cause;
    return { name, message, code, ...(details === undefined ? {} : { data: details }) };
  }
  const { code, data } = cause as Error & { code?: unknown; data?: unknown };
  return {
    name: cause.name,
    message: cause.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(data === undefined ? {} : { data }),
  };
}

/** For the default branch of a closed switch: the compiler proves that nothing arrives here. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
