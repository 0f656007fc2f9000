/**
 * The watchdog of one attempt: it ends the attempt that gives no sign of life, and records that it lives at most every
 * third of the interval, so that another host starts the next attempt only when the recorded heartbeat is overdue.
 */
import type { Cancel, Clock } from "../ports/clock.ts";

export interface Pulse {
  readonly heartbeat: (details?: unknown) => void;
  readonly stop: () => void;
}

export class Heartbeat implements Pulse {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #record: (details: unknown) => void;
  readonly #missed: () => void;
  #watch: Cancel;
  #recordedMs: number;
  #isStopped = false;

  constructor(clock: Clock, everyMs: number, record: (details: unknown) => void, missed: () => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#record = record;
    this.#missed = missed;
    this.#recordedMs = clock.monotonicMs();
    this.#watch = clock.after(everyMs, missed);
    record(undefined);
  }

  readonly heartbeat = (details?: unknown): void => {
    if (this.#isStopped) return;
    this.#watch();
    this.#watch = this.#clock.after(this.#everyMs, this.#missed);
    const now = this.#clock.monotonicMs();
    if (now - this.#recordedMs < this.#everyMs / 3) return;
    this.#recordedMs = now;
    this.#record(details);
  };

  readonly stop = (): void => {
    this.#isStopped = true;
    this.#watch();
  };
}
