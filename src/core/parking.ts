/**
 * What is parked: kept in place until an operator tries again or skips it. Stored as JSON text beside what it is about.
 */
import type { MessageSource } from "./message.ts";

export interface Parked {
  readonly reason: string;
  /** ISO date by the host's clock. */
  readonly since: string;
  /** The message that keeps failing; undefined where the object itself cannot be run. */
  readonly messageId?: string;
  readonly hash?: string;
  readonly source?: MessageSource;
  /** Of that message; `invocation` where a promise actor is out of attempts, else the kind of an outgoing row. */
  readonly kind?: string;
  /** What it carries. */
  readonly event?: unknown;
  readonly attempts?: number;
}

export const parkedText = (parked: Parked): string => JSON.stringify(parked);

export function parkedOf(text: string): Parked {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "reason" in parsed) return parsed as Parked;
  } catch {
    // a reason without a record
  }
  return { reason: text, since: "" };
}

/** What an operator paused. Stored as JSON text beside the object. */
export interface Paused {
  readonly by: string;
  readonly reason: string;
  /** ISO date by the host's clock. */
  readonly since: string;
}

export const pausedText = ({ by, reason, since }: Paused): string => JSON.stringify({ by, reason, since });
export const pausedOf = (text: string): Paused => JSON.parse(text) as Paused;
/** One line for people. */
export const pauseReason = (text: string): string => {
  const { by, reason } = pausedOf(text);
  return `${by}: ${reason}`;
};
