/** A clock that runs nothing any more once its host is dead. */
import type { Cancel, Clock } from "../ports/clock.ts";

export class MortalClock implements Clock {
  readonly #inner: Clock;
  readonly #aheadMs: number;
  #isDead = false;

  constructor(inner: Clock, aheadMs: number) {
    this.#inner = inner;
    this.#aheadMs = aheadMs;
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs();
  }

  wallMs(): number {
    return this.#inner.wallMs() + this.#aheadMs;
  }

  after(ms: number, task: () => void): Cancel {
    return this.#inner.after(ms, () => {
      if (!this.#isDead) task();
    });
  }

  kill(): void {
    this.#isDead = true;
  }
}
