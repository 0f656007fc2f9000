/** What a host can be told, its defaults, and the one place that refuses nonsense. Durations are milliseconds. */

export interface HostOptions {
  /** How long a partition lease lasts without renewal. Failover takes about this long. */
  readonly leaseMs: number;
  /** Objects without work that are kept in memory before the least recently used is evicted. */
  readonly maxActivations: number;
  /** Most turns written in one transaction. The knee is between 64 and 512. */
  readonly maxBatch: number;
  /** Callers' messages that may wait for one object; above it a caller gets `OVERLOADED`. */
  readonly maxMailbox: number;
  /** Callers' messages that may wait in the whole host; fewer while answers take long. */
  readonly maxWaiting: number;
  /** Promise actors and named actions that run at once. */
  readonly maxRunning: number;
  /** Partitions that the host gives to others within one heartbeat when it is not alone any more. */
  readonly maxMoves: number;
  /** How long a shutdown or a move waits for work in flight. */
  readonly drainMs: number;
  /** How long a message may wait for a partition that no host owns at the moment. */
  readonly holdMs: number;
  /** How long a caller's message may wait for its outcome before the host answers that it does not know it. */
  readonly answerMs: number;
  /** Longest pause between two looks at the timers, and the outbox sweep's interval. */
  readonly pollMs: number;
  /** Times that a timer, a result or a message between objects is tried before its object is parked. */
  readonly maxInternalAttempts: number;
  /** How long the journal is kept; an object's last turn stays. At least the dedupe horizon of the namespace. */
  readonly journalMs: number;
}

export const DEFAULT_HOST_OPTIONS: HostOptions = {
  leaseMs: 3_000,
  maxActivations: 10_000,
  maxBatch: 512,
  maxMailbox: 1_024,
  maxWaiting: 10_000,
  maxRunning: 256,
  maxMoves: 32,
  drainMs: 5_000,
  holdMs: 6_000,
  answerMs: 30_000,
  pollMs: 1_000,
  maxInternalAttempts: 5,
  journalMs: 28 * 86_400_000,
};

/** Fills the gaps and refuses nonsense, once, at the edge. */
export function hostOptions(given: Partial<HostOptions> = {}): HostOptions {
  const options = { ...DEFAULT_HOST_OPTIONS, ...given };
  for (const [name, value] of Object.entries(options)) {
    if (!(name in DEFAULT_HOST_OPTIONS))
      throw new RangeError(
        `host option ${name} does not exist; there are: ${Object.keys(DEFAULT_HOST_OPTIONS).join(", ")}`,
      );
    if (!Number.isInteger(value) || value <= 0)
      throw new RangeError(`host option ${name} must be a positive integer, got ${value}`);
  }
  return options;
}
