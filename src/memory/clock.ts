/**
 * A clock that moves only when told to: hours pass in milliseconds and every run is the same.
 *
 * `advance` runs what falls due in the order of its due time (equal times: in the order scheduled) and lets promises
 * settle before the first task and after each, so that what a task sets off sees the time at which it was set off.
 */
import type { Cancel, Clock } from "../ports/clock.ts";

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #tasks = new Set<Task>();
  #elapsedMs = 0;

  /** `startMs` is what `wallMs` shows at first, by default the start of 2026. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  after(ms: number, run: () => void): Cancel {
    const task: Task = { dueMs: this.#elapsedMs + Math.max(0, ms), run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** Tasks that are scheduled and have not run. */
  get pending(): number {
    return this.#tasks.size;
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await settle();
    for (let task = this.#next(untilMs); task !== undefined; task = this.#next(untilMs)) {
      this.#tasks.delete(task);
      this.#elapsedMs = Math.max(this.#elapsedMs, task.dueMs);
      task.run();
      await settle();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs);
  }

  #next(untilMs: number): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks) {
      if (task.dueMs <= untilMs && (next === undefined || task.dueMs < next.dueMs)) next = task;
    }
    return next;
  }
}

/** Resolves when every promise that could settle by itself has. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
