/** Durations as people write them: `1500ms`, `10s`, `5m`, `2h`, `3d`, or a date to wait for. Bounds: 0 to 10 years. */
import { quote } from "./address.ts";
import { StatorError } from "./errors.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export const MAX_DELAY_MS = 10 * 365 * UNIT_MS.d;

/** Milliseconds of `5m`, `1500ms`, or of the time from `wallMs` until an ISO date. A past date is 0. */
export function parseDelay(text: string, wallMs: number): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const ms =
    amount === undefined || unit === undefined
      ? Math.max(0, isoDate(text) - wallMs)
      : Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return assertDelay(ms, quote(text));
}

/** Refuses a delay that is negative, not finite, or longer than ten years. */
export function assertDelay(ms: unknown, shown = String(ms)): number {
  if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0 || ms > MAX_DELAY_MS) {
    throw new StatorError(
      "INVALID_REQUEST",
      `delay ${shown} must be 0 to 10 years, as 1500ms, 10s, 5m, 2h, 3d or an ISO date`,
    );
  }
  return ms;
}

function isoDate(text: string): number {
  return /^\d{4}-\d{2}-\d{2}/.test(text.trim()) ? Date.parse(text) : Number.NaN;
}

/** A duration for people: `250 ms`, `4.2 s`, `3 min`, `2 h`, `5 d`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < UNIT_MS.m) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < UNIT_MS.h) return `${Math.round(ms / UNIT_MS.m)} min`;
  if (ms < UNIT_MS.d) return `${Math.round(ms / UNIT_MS.h)} h`;
  return `${Math.round(ms / UNIT_MS.d)} d`;
}
