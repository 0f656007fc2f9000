/** Logs, counters and how values are spread. A pino logger fits as it is. Nothing of a message's body is logged at info. */

export interface Logger {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const nothing = (): void => undefined;
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Upper bounds of what is measured; above the last there is no bound. */
const BOUNDS = {
  /** Milliseconds of one round trip that writes a batch. */
  "commit.ms": [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
  /** Turns in one batch. */
  "commit.turns": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
} as const satisfies Readonly<Record<string, readonly number[]>>;

export type Measured = keyof typeof BOUNDS;

/** How many of the values were at most each bound, and none of the lower ones. */
export interface Spread {
  readonly bounds: readonly number[];
  /** One more than bounds: what was above the last. */
  readonly counts: readonly number[];
  readonly sum: number;
}

class Histogram implements Spread {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    const at = this.bounds.findIndex((bound) => value <= bound);
    const place = at < 0 ? this.bounds.length : at;
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.sum += value;
  }
}

/** Counts of what happened, rare branches included. A test that claims to have met a race looks here. */
export class Counters {
  readonly #counts = new Map<string, number>();
  readonly #spreads: Readonly<Record<Measured, Histogram>> = {
    "commit.ms": new Histogram(BOUNDS["commit.ms"]),
    "commit.turns": new Histogram(BOUNDS["commit.turns"]),
  };

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Once for a batch, never for each turn. */
  observe(what: Measured, value: number): void {
    this.#spreads[what].add(value);
  }

  get spreads(): Readonly<Record<Measured, Spread>> {
    return this.#spreads;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** What is so at this moment. */
export interface Gauges {
  /** Objects in memory. */
  readonly activations: number;
  /** Requests that wait for their answer. */
  readonly waiting: number;
  /** Partitions whose objects this host runs. */
  readonly partitions: number;
  /** Attempts of promise actors that run. */
  readonly invocations: number;
  /** Milliseconds since the last heartbeat began that was answered. */
  readonly heartbeatAgeMs: number;
}
