/**
 * Virtual time of a simulated run: everything that happens is an entry of one heap, and promises settle between two
 * entries. Nothing else may move a run: `withoutRealTime` fails one whose code asks the process for time or chance.
 */
import type { Cancel, Clock } from "../../src/ports/clock.ts";

export const START_MS = Date.UTC(2026, 0, 1);

interface Entry {
  readonly atMs: number;
  readonly order: number;
  /** Undefined once it was canceled. */
  run: (() => void) | undefined;
}

/** Steps queued at once: promises settle between two of them, without a round of the event loop for each. */
const STEPS = 64;

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

export class Agenda {
  nowMs = 0;
  /** Entries that ran: the event number that `--until` counts. */
  events = 0;
  readonly #heap: Entry[] = [];
  #orders = 0;

  after(ms: number, run: () => void): Cancel {
    const entry: Entry = { atMs: this.nowMs + Math.max(0, ms), order: this.#orders++, run };
    let i = this.#heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isAbove(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
    return () => {
      entry.run = undefined;
    };
  }

  /** Runs what is due until `untilMs`, or until `isDone` says so. */
  run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      let isFirst = true;
      const step = (): void => {
        if (isOver) return;
        if (!isFirst && isDone()) isOver = true;
        else if (!this.#runNext(untilMs)) {
          isOver = true;
          this.nowMs = untilMs;
        }
        isFirst = false;
        if (isOver) resolve();
      };
      const steps = (): void => {
        for (let i = 0; i < STEPS; i++) setImmediate(guarded);
        setImmediate(() => isOver || steps());
      };
      const guarded = (): void => {
        try {
          step();
        } catch (cause) {
          isOver = true;
          reject(cause);
        }
      };
      steps();
    });
  }

  /** Whether something was due by then. */
  #runNext(untilMs: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.run === undefined) continue;
      this.nowMs = next.atMs;
      this.events++;
      next.run();
      return true;
    }
    return false;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let i = 0; ; ) {
      let least = 2 * i + 1;
      if (least >= this.#heap.length) return;
      if (least + 1 < this.#heap.length && this.#isAbove(least + 1, least)) least++;
      if (!this.#isAbove(least, i)) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #isAbove(i: number, j: number): boolean {
    return isBefore(this.#heap[i] as Entry, this.#heap[j] as Entry);
  }

  #swap(i: number, j: number): void {
    const at = this.#heap[i] as Entry;
    this.#heap[i] = this.#heap[j] as Entry;
    this.#heap[j] = at;
  }
}

/** The clock of one process. It can be stopped (SIGSTOP), killed, and its wall clock can be wrong. */
export class ProcessClock implements Clock {
  skewMs = 0;
  readonly #agenda: Agenda;
  readonly #held: (() => void)[] = [];
  #state: "running" | "paused" | "dead" = "running";

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  monotonicMs(): number {
    return this.#agenda.nowMs;
  }

  wallMs(): number {
    return Math.floor(START_MS + this.#agenda.nowMs + this.skewMs);
  }

  after(ms: number, task: () => void): Cancel {
    let isCanceled = false;
    const cancel = this.#agenda.after(ms, () => {
      this.enter(() => {
        if (!isCanceled) task();
      });
    });
    return () => {
      isCanceled = true;
      cancel();
    };
  }

  /** Something reaches the process: now, when it wakes, or never. */
  enter(task: () => void): void {
    if (this.#state === "running") task();
    else if (this.#state === "paused") this.#held.push(task);
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** What came meanwhile runs now, in the order it came. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    for (const task of this.#held.splice(0)) this.#agenda.after(0, () => this.enter(task));
  }

  kill(): void {
    this.#state = "dead";
    this.#held.length = 0;
  }
}

/** Runs `work` and answers what of `src` asked for real time or chance meanwhile: it must be nothing. */
export async function withoutRealTime(work: () => Promise<void>): Promise<string[]> {
  const caught: string[] = [];
  const guard = <F extends (...args: never[]) => unknown>(name: string, real: F): F =>
    function guarded(this: unknown, ...args: never[]): unknown {
      Error.stackTraceLimit = 20;
      const stack = new Error().stack ?? "";
      Error.stackTraceLimit = 0;
      if (/\/(?:src|test\/simulation)\//.test(stack.replaceAll(/node_modules.*\n?/g, ""))) caught.push(name);
      return real.apply(this, args);
    } as F;
  const { setTimeout, setInterval } = globalThis;
  const { now } = Date;
  const { stackTraceLimit } = Error;
  const { random } = Math;
  globalThis.setTimeout = guard("setTimeout", setTimeout as never);
  globalThis.setInterval = guard("setInterval", setInterval as never);
  Date.now = guard("Date.now", now);
  Math.random = guard("Math.random", random);
  Error.stackTraceLimit = 0; // thousands of refusals, and nobody reads their stacks
  try {
    await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Object.assign(globalThis, { setTimeout, setInterval });
    Date.now = now;
    Math.random = random;
  }
  return caught;
}
