/**
 * What the store's clock shows, as of the last heartbeat: message ids and dates that callers give are judged by it, not
 * by the clock of this machine, which may be wrong.
 */
import type { Clock } from "../ports/clock.ts";

export class StoreTime {
  readonly #clock: Clock;
  /** The store's wall clock less this host's monotonic one; undefined before the first heartbeat. */
  #offsetMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The store showed `wallMs` just now. */
  seen(wallMs: number): void {
    this.#offsetMs = wallMs - this.#clock.monotonicMs();
  }

  /** Epoch milliseconds. */
  wallMs(): number {
    return this.#offsetMs === undefined ? this.#clock.wallMs() : this.#clock.monotonicMs() + this.#offsetMs;
  }
}
