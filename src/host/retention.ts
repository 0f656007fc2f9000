/**
 * Removes journal rows that are older than `journalMs`, and link watermarks that were idle for as long: slice by slice
 * over the partitions of this host, each slice a short statement, so that no transaction is ever long.
 *
 * Nobody has to own what is removed: two hosts that do it at once do it once.
 */
import type { Address } from "../core/address.ts";
import type { HostOptions } from "../core/options.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Partitions } from "./partitions.ts";
import { Sweep } from "./sweep.ts";

export interface RetentionParts {
  readonly store: Pick<Store, "prune">;
  readonly partitions: Pick<Partitions, "accepting">;
  readonly options: Pick<HostOptions, "journalMs">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

const FIRST_ROUND_MS = 60_000;
const ROUND_MS = 3_600_000;
/** Between two slices: the turns come first. */
const SLICE_MS = 1_000;
/** Where a slice had more to remove than it takes at once. */
const MORE_MS = 50;

export class Retention {
  readonly #parts: RetentionParts;
  readonly #sweep: Sweep;
  /** Partitions that this round has still to go through. */
  #left: number[] = [];
  #after: Address | undefined;
  #roundMs: number;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#roundMs = parts.clock.monotonicMs();
    const failed = (cause: unknown): void => parts.log.warn({ err: cause }, "the journal could not be shortened now");
    this.#sweep = new Sweep(parts.clock, ROUND_MS, () => this.#look(), failed);
  }

  start(): void {
    this.#sweep.wake(FIRST_ROUND_MS);
  }

  stop(): void {
    this.#sweep.stop();
  }

  /** One slice. Answers when the next is due. */
  async #look(): Promise<number> {
    const { clock, partitions, store, options, counters } = this.#parts;
    if (this.#left.length === 0) {
      this.#left = [...partitions.accepting()];
      this.#roundMs = clock.monotonicMs();
    }
    const [partition] = this.#left;
    if (partition === undefined) return ROUND_MS;
    const { removed, next, isMore } = await store.prune(partition, this.#after, options.journalMs);
    if (removed > 0) counters.add("journal.removed", removed);
    if (isMore) return MORE_MS;
    this.#after = next;
    if (next === undefined) this.#left.shift();
    return this.#left.length > 0 ? SLICE_MS : Math.max(SLICE_MS, this.#roundMs + ROUND_MS - clock.monotonicMs());
  }
}
