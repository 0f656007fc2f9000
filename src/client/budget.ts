/**
 * Keeps a crowd of callers from beating on a service that is down: retries may be 10 % of the requests of the last
 * seconds, and 2 a second in any case. Nobody is refused a retry: without a token it waits the longest backoff, so that
 * a lone caller gets through a failover as fast as ever and a thousand callers come back slowly.
 */
import type { Clock } from "../ports/clock.ts";

const PER_REQUEST = 0.1;
const PER_SECOND = 2;
const FLOOR = 20;
const MAX_TOKENS = 500;

export class RetryBudget {
  readonly #clock: Clock;
  #tokens = FLOOR;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.monotonicMs();
  }

  /** A request was made. */
  earn(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + PER_REQUEST);
  }

  /** Whether a retry may come soon. */
  spend(): boolean {
    const now = this.#clock.monotonicMs();
    const filled = this.#tokens + ((now - this.#filledAt) / 1_000) * PER_SECOND;
    if (this.#tokens < FLOOR) this.#tokens = Math.min(FLOOR, filled);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
