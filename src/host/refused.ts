/**
 * Refusals between objects: which of them another try may change, and how that of an ask is kept.
 *
 * The refusal of an ask is stored like a receipt: a copy of the question that was late must not be accepted after its
 * sender was told that it was refused.
 */
import { type ErrorBody, type ErrorCode, StatorError } from "../core/errors.ts";

/** The receiver, a deploy or an operator changes that. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "UNAVAILABLE",
  "OVERLOADED",
  "OUTCOME_UNKNOWN",
  "OBJECT_PAUSED",
]);

/** The other side has said no, and there is no reason why it should say yes by itself. */
export const isRefusal = (cause: unknown): cause is StatorError =>
  cause instanceof StatorError && !PASSING.has(cause.code);

export const refusedText = (error: StatorError, view: string): string =>
  `{"refused":${JSON.stringify(error.toBody())},${view.slice(1)}`;

export function storedRefusal(view: string): StatorError | undefined {
  if (!view.startsWith('{"refused":')) return undefined;
  return StatorError.fromBody((JSON.parse(view) as { readonly refused: ErrorBody }).refused);
}
