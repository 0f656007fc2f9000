/** What a caller waits for, and whether a state satisfies it. */
import { StatorError } from "./errors.ts";
import { STATUSES, type StateView } from "./message.ts";
import { MAX_WAIT_MS, type Until, type WaitRequest } from "./wire.ts";

/** Checks the body of a `wait` request. */
export function parseWait(raw: unknown): WaitRequest {
  const { until, timeoutMs } = (raw ?? {}) as { until?: unknown; timeoutMs?: unknown };
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0) || timeoutMs > MAX_WAIT_MS) {
    throw new StatorError("INVALID_REQUEST", `timeoutMs must be above 0 and at most ${MAX_WAIT_MS} milliseconds`);
  }
  return { until: parseUntil(until), timeoutMs };
}

export function parseUntil(raw: unknown): Until {
  const given = Object.keys((raw ?? {}) as object).filter((key) => ["matches", "tag", "status"].includes(key));
  const until = raw as Until;
  const isValid =
    given.length === 1 &&
    (("matches" in until && isStateValue(until.matches)) ||
      ("tag" in until && typeof until.tag === "string") ||
      ("status" in until && AWAITED.includes(until.status)));
  if (!isValid) {
    throw new StatorError(
      "INVALID_REQUEST",
      'until must be one of {"matches": state value or path}, {"tag": text}, {"status": "active"|"done"|"error"|"stopped"}',
    );
  }
  return until;
}

/** Nobody can wait for a purge: it answers every wait. */
const AWAITED = STATUSES.filter((status) => status !== "purged") as readonly string[];

function isStateValue(value: unknown): boolean {
  if (typeof value === "string") return value.length > 0;
  return typeof value === "object" && value !== null && Object.values(value).every(isStateValue);
}

export function isSatisfied(view: StateView, until: Until): boolean {
  if ("tag" in until) return view.tags.includes(until.tag);
  if ("status" in until) return view.status === until.status;
  return matchesState(view.value, until.matches);
}

/** XState's `matches`: a path or a part of a state value matches the state and all that is inside it. */
export function matchesState(value: unknown, wanted: unknown): boolean {
  const part = typeof wanted === "string" ? unfold(wanted.split(".")) : wanted;
  return isPart(value, part);
}

function unfold(path: readonly string[]): unknown {
  const [head = "", ...rest] = path;
  return rest.length === 0 ? head : { [head]: unfold(rest) };
}

function isPart(value: unknown, part: unknown): boolean {
  if (typeof part === "string")
    return value === part || (typeof value === "object" && value !== null && Object.hasOwn(value, part));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(part as object).every(([key, inner]) => isPart((value as Record<string, unknown>)[key], inner));
}

/** Whether the wait can still come true: a finished object does not change any more. */
export const canHappen = (view: StateView): boolean => view.status === "active";
