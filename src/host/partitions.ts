/**
 * Which partitions this host owns, until when, by its own monotonic clock.
 *
 *   free ──take──▶ owned ──drain──▶ draining ──release──▶ free        (a move: nothing is lost, nobody waits long)
 *                    └── lease ran out, or fenced ──▶ free            (another host takes it with a higher epoch)
 *
 * The local deadline is the moment *before* the renewal was sent, plus the lease, minus a fifth. Past it the host makes
 * no turns, fires nothing, starts nothing and answers no reads of the partition. It does not wait to be told. The row's
 * compare-and-set stays the judge of every write: this file buys caching and batching, not safety.
 */

import { murmur3 } from "../core/address.ts";
import type { HostRecord, LeaseView } from "../ports/leases.ts";

interface Held {
  readonly epoch: number;
  deadlineMs: number;
  isDraining: boolean;
}

/** Part of the lease that is trusted. */
const TRUSTED = 0.8;

export class Partitions {
  readonly #held = new Map<number, Held>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The epoch under which this host may write, also while the partition drains. */
  epochOf(partition: number): number | undefined {
    const held = this.#held.get(partition);
    return held !== undefined && this.#now() < held.deadlineMs ? held.epoch : undefined;
  }

  /** Whether new turns may be made. */
  accepts(partition: number): boolean {
    const held = this.#held.get(partition);
    return held !== undefined && !held.isDraining && this.#now() < held.deadlineMs;
  }

  /** Everything held, by epoch, whatever the deadlines. */
  epochs(): Map<number, number> {
    return new Map([...this.#held].map(([partition, held]) => [partition, held.epoch]));
  }

  /** Partitions that take new turns. */
  accepting(): number[] {
    return [...this.#held.keys()].filter((partition) => this.accepts(partition));
  }

  taken(epochs: ReadonlyMap<number, number>, startedMs: number, leaseMs: number): void {
    for (const [partition, epoch] of epochs) {
      this.#held.set(partition, { epoch, deadlineMs: startedMs + leaseMs * TRUSTED, isDraining: false });
    }
  }

  /** Takes in a renewal that was sent at `startedMs`; answers what was lost. */
  renewed(asked: ReadonlyMap<number, number>, kept: ReadonlySet<number>, startedMs: number, leaseMs: number): number[] {
    const lost: number[] = [];
    for (const [partition, epoch] of asked) {
      const held = this.#held.get(partition);
      if (held === undefined || held.epoch !== epoch) continue;
      if (kept.has(partition)) held.deadlineMs = startedMs + leaseMs * TRUSTED;
      else lost.push(partition);
    }
    return lost;
  }

  /** Those whose local deadline has passed. */
  overdue(): number[] {
    const now = this.#now();
    return [...this.#held].filter(([, held]) => now >= held.deadlineMs).map(([partition]) => partition);
  }

  drain(partition: number): void {
    const held = this.#held.get(partition);
    if (held !== undefined) held.isDraining = true;
  }

  isDraining(partition: number): boolean {
    return this.#held.get(partition)?.isDraining ?? false;
  }

  forget(partition: number): void {
    this.#held.delete(partition);
  }
}

/**
 * The host that a partition is assigned to: the one with the highest hash of (host, partition). A host that comes or
 * goes moves only its own share. Source: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998.
 */
export function assignedTo(partition: number, hostIds: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestWeight = -1;
  for (const id of hostIds) {
    const weight = murmur3(Buffer.from(`${id}/${partition}`));
    if (weight > bestWeight || (weight === bestWeight && best !== undefined && id > best)) {
      best = id;
      bestWeight = weight;
    }
  }
  return best;
}

/** What a host should do after a heartbeat: take what is its own and free, give away what belongs to others. */
export function plan(
  view: LeaseView,
  self: HostRecord,
  held: ReadonlySet<number>,
  partitions: number,
): { readonly take: number[]; readonly give: number[] } {
  const ids = view.hosts.map((host) => host.id);
  const take: number[] = [];
  const give: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const isMine = assignedTo(partition, ids) === self.id;
    if (isMine && !held.has(partition) && !view.owners.has(partition)) take.push(partition);
    if (!isMine && held.has(partition)) give.push(partition);
  }
  return { take, give };
}
