/**
 * Group commit: takes all chains that are ready, writes them in one round trip, and only then lets them go.
 *
 *   ready ──take──▶ one batch in flight ──outcomes──▶ settle (each object for itself)
 *     ▲                                                  │ what was computed meanwhile
 *     └──────────────────────────────────────────────────┘
 *
 * While a batch is on its way the next one gathers; nobody waits for a clock. One lane per host: two were measured slower.
 * A batch that Postgres refuses is sent again chain by chain, so that a poisoned turn fails alone.
 */
import type { Clock } from "../ports/clock.ts";
import { BatchRefusedError, type Chain, type Store, type TurnOutcome } from "../ports/store.ts";
import type { Counters } from "../ports/telemetry.ts";

/** An object with turns to write. */
export interface Committable {
  /** Turns that are ready. */
  readonly readyTurns: number;
  /** Hands the ready chain over; undefined when the host may not write this object any more. */
  take(): Chain | undefined;
  settled(outcomes: readonly TurnOutcome[]): void;
  /** Postgres refused this chain when it was sent alone: nothing of it was written. */
  refused(cause: BatchRefusedError): void;
  /** The commit may or may not have happened. */
  inDoubt(cause: unknown): void;
}

interface Taken {
  readonly from: Committable;
  readonly chain: Chain;
}

export class Committer {
  readonly #store: Pick<Store, "commit">;
  readonly #maxBatch: number;
  readonly #counters: Counters;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #ready = new Set<Committable>();
  #running: Promise<void> | undefined;

  constructor(store: Pick<Store, "commit">, maxBatch: number, counters: Counters, clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#store = store;
    this.#maxBatch = maxBatch;
    this.#counters = counters;
  }

  add(committable: Committable): void {
    this.#ready.add(committable);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // let the turns of this tick in
    while (this.#ready.size > 0) await this.#write(this.#takeBatch());
    this.#running = undefined;
  }

  /** The objects that have waited longest, up to the batch limit; always at least one. */
  #takeBatch(): Taken[] {
    const batch: Taken[] = [];
    let turns = 0;
    for (const from of this.#ready) {
      if (batch.length > 0 && turns + from.readyTurns > this.#maxBatch) break;
      this.#ready.delete(from);
      turns += from.readyTurns;
      const chain = from.take();
      if (chain !== undefined) batch.push({ from, chain });
    }
    return batch;
  }

  async #write(batch: readonly Taken[]): Promise<void> {
    if (batch.length === 0) return;
    this.#counters.add("commit.batches");
    const sinceMs = this.#clock.monotonicMs();
    try {
      const outcomes = await this.#store.commit(batch.map((taken) => taken.chain));
      this.#counters.observe("commit.ms", this.#clock.monotonicMs() - sinceMs);
      this.#counters.observe(
        "commit.turns",
        outcomes.reduce((turns, of) => turns + of.length, 0),
      );
      batch.forEach((taken, i) => {
        taken.from.settled(outcomes[i] ?? []);
      });
    } catch (cause) {
      await this.#failed(batch, cause);
    }
  }

  async #failed(batch: readonly Taken[], cause: unknown): Promise<void> {
    if (!(cause instanceof BatchRefusedError)) {
      this.#counters.add("commit.unknown");
      for (const taken of batch) taken.from.inDoubt(cause);
      return;
    }
    const [alone] = batch;
    if (batch.length === 1 && alone !== undefined) {
      alone.from.refused(cause);
      return;
    }
    this.#counters.add("commit.fallback");
    for (const taken of batch) await this.#write([taken]);
  }
}
