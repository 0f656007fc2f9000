/** Answers: the host's text as it came, or an error with the same body and its number as status. */
import { StatorError } from "../core/errors.ts";
import { errorText } from "../core/wire.ts";

export const JSON_TYPE = "application/json";

export function jsonText(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { "Content-Type": JSON_TYPE, ...headers } });
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return jsonText(JSON.stringify(value), status, headers);
}

/** `status` only where the number is not the code's own. */
export function errorResponse(
  error: StatorError,
  headers: Record<string, string> = {},
  status = error.status,
): Response {
  return new Response(errorText(error), { status, headers: { "Content-Type": JSON_TYPE, ...headers } });
}

/** What goes with an error beside its body. `turn` spreads callers that no host told how long to wait. */
export function errorHeaders(error: StatorError, turn: number): Record<string, string> {
  const { retryAfterMs } = error.details ?? {};
  switch (error.code) {
    case "UNAUTHORIZED":
      return { "WWW-Authenticate": "Bearer" };
    case "TOO_LARGE":
      return { Connection: "close" }; // the rest of the body is not read
    case "OVERLOADED":
    case "UNAVAILABLE":
      return { "Retry-After": String(typeof retryAfterMs === "number" ? seconds(retryAfterMs) : 1 + (turn % 3)) };
    default:
      return {};
  }
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** What an exception becomes: nothing that is not ours is shown. */
export function asStatorError(cause: unknown): StatorError {
  if (cause instanceof StatorError) return cause;
  return new StatorError("OUTCOME_UNKNOWN", "the ingress failed while it handled the request; its log says why", {
    cause,
  });
}
