/** Options that several commands read. */
import { parseDelay } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { UsageError } from "./exit.ts";

/** A person waits at the terminal: shorter than the client's own default. */
export const DEFAULT_TIMEOUT = "10s";

/** `500ms`, `10s`, `5m`: more than nothing. */
export function durationMs(text: string, option: string): number {
  try {
    const ms = parseDelay(text, Date.now());
    if (ms > 0) return ms;
  } catch (cause) {
    if (!(cause instanceof StatorError)) throw cause;
  }
  throw new UsageError(`${option} must be a duration such as 500ms, 10s, 5m or 2h, got ${text}`);
}

export function positive(text: string, option: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`${option} must be a whole number above 0, got ${text}`);
}
