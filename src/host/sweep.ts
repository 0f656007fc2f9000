/** Looks again and again for work that is stored and not in memory: once it was woken, and at the latest after `pollMs`. */
import type { Cancel, Clock } from "../ports/clock.ts";

export class Sweep {
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #look: () => Promise<number | undefined>;
  readonly #failed: (cause: unknown) => void;
  #timer: Cancel | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #isLooking = false;
  #isStopped = false;
  #wakeAgainMs: number | undefined;

  /** `look` answers in how many milliseconds it wants to look again; undefined: after `pollMs`. */
  constructor(clock: Clock, pollMs: number, look: () => Promise<number | undefined>, failed: (cause: unknown) => void) {
    this.#clock = clock;
    this.#pollMs = pollMs;
    this.#look = look;
    this.#failed = failed;
  }

  /** Looks in `ms`, or earlier where that was planned. */
  wake(ms = 0): void {
    if (this.#isStopped) return;
    if (this.#isLooking) {
      this.#wakeAgainMs = Math.min(this.#wakeAgainMs ?? Number.POSITIVE_INFINITY, ms);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + ms;
    if (dueMs >= this.#dueMs) return;
    this.#timer?.();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.after(ms, () => void this.#run());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.();
  }

  async #run(): Promise<void> {
    this.#isLooking = true;
    this.#dueMs = Number.POSITIVE_INFINITY;
    let nextMs: number | undefined;
    try {
      nextMs = await this.#look();
    } catch (cause) {
      this.#failed(cause);
    }
    this.#isLooking = false;
    const again = this.#wakeAgainMs ?? Number.POSITIVE_INFINITY;
    this.#wakeAgainMs = undefined;
    this.wake(Math.min(nextMs ?? this.#pollMs, again, this.#pollMs));
  }
}
