/**
 * Runs the work of objects as it comes in, but not for longer than the process can be away from everything else: answers
 * of the database, heartbeats and timers. What is too much at once is run in slices, in the order it came.
 */
import type { Clock } from "../ports/clock.ts";

/** Longest time without a look at anything else, unless one single piece of work takes longer. */
const SLICE_MS = 20;

export interface Work {
  /** Messages that nothing has taken up yet. */
  readonly waiting: number;
  pump(): void;
}

export class Pace {
  readonly #clock: Clock;
  readonly #later = new Set<Work>();
  /** Of the present slice; shrinks while nothing runs. */
  #spentMs = 0;
  #untilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  run(work: Work): void {
    if (this.#later.size === 0 && this.#isRested()) return this.#now(work);
    if (this.#later.size === 0) this.#plan();
    this.#later.add(work);
  }

  #isRested(): boolean {
    const idleMs = this.#clock.monotonicMs() - this.#untilMs;
    this.#spentMs = Math.max(0, this.#spentMs - idleMs);
    return this.#spentMs < SLICE_MS;
  }

  #now(work: Work): void {
    const sinceMs = this.#clock.monotonicMs();
    work.pump();
    this.#untilMs = this.#clock.monotonicMs();
    this.#spentMs += this.#untilMs - sinceMs;
  }

  #plan(): void {
    this.#clock.after(0, () => this.#slice());
  }

  #slice(): void {
    this.#spentMs = 0;
    for (const work of this.#later) {
      if (this.#spentMs >= SLICE_MS) return this.#plan();
      this.#later.delete(work);
      if (work.waiting > 0) this.#now(work); // else a commit that came in between has run it
    }
  }
}
