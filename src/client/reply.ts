/**
 * Reads what a host answered. A reply that is not understood counts as an unknown outcome, never as success.
 *
 * The text of a good reply is handed on as it was received: receipts are promised byte for byte.
 */
import { ERROR_STATUS, type ErrorBody, StatorError } from "../core/errors.ts";
import type { Incoming } from "../ports/transport.ts";

/** A good answer, as it was received and as it was read. */
export interface Answer {
  readonly text: string;
  readonly value: unknown;
}

export type Reply =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly error: StatorError };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function readReply(message: Incoming): Reply {
  try {
    const text = decoder.decode(message.data);
    const value: unknown = JSON.parse(text);
    const { ok, error } = isRecord(value) ? value : {};
    if (ok === true) return { kind: "answered", answer: { text, value } };
    if (ok === false && isErrorBody(error)) return { kind: "refused", error: StatorError.fromBody(error) };
    return { kind: "refused", error: notUnderstood(text) };
  } catch (cause) {
    return { kind: "refused", error: notUnderstood(`${message.data.length} bytes`, cause) };
  }
}

function notUnderstood(shown: string, cause?: unknown): StatorError {
  const message = `the reply is neither an answer nor an error of Stator: ${shown.slice(0, 64)}`;
  return new StatorError("OUTCOME_UNKNOWN", message, { cause });
}

function isErrorBody(value: unknown): value is ErrorBody {
  const { code, message } = isRecord(value) ? value : {};
  return typeof code === "string" && Object.hasOwn(ERROR_STATUS, code) && typeof message === "string";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
