/**
 * When to try again: exponential backoff with full jitter, the same for promise actors, relay and client.
 *
 * Pure: the caller brings the random number. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */

export interface RetryPolicy {
  /** Attempts in all, the first included. `Infinity` retries for ever. */
  readonly maxAttempts: number;
  /** Longest wait before the second attempt. */
  readonly initialMs: number;
  /** What the longest wait is multiplied by after each attempt. */
  readonly factor: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 5, initialMs: 200, factor: 2, maxMs: 30_000 };

/** Fills the gaps of a policy and refuses nonsense; `place` names it in the error. */
export function retryPolicy(given: Partial<RetryPolicy> = {}, place = "retry"): RetryPolicy {
  const policy = { ...DEFAULT_RETRY, ...given };
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value !== "number" || Number.isNaN(value) || value <= 0) {
      throw new RangeError(`${place}.${name} must be a positive number, got ${String(value)}`);
    }
  }
  if (policy.maxAttempts !== Number.POSITIVE_INFINITY && !Number.isInteger(policy.maxAttempts)) {
    throw new RangeError(`${place}.maxAttempts must be a whole number or Infinity, got ${policy.maxAttempts}`);
  }
  return policy;
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) failed; `random` is at least 0 and below 1.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const longest = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
  return longest * random;
}
