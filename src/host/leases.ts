/**
 * The keeper: one heartbeat each third of a lease says that this host lives, renews what it holds, takes what is
 * assigned to it and free, and gives away what is assigned to others.
 *
 * Each await has a deadline. A heartbeat that hangs or fails lets the local deadlines pass, and with them the ownership.
 */
import type { HostOptions } from "../core/options.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { HostRecord, Leases, LeaseView } from "../ports/leases.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import { type Partitions, plan } from "./partitions.ts";

/** What the keeper tells the rest of the host. */
export interface OwnershipListener {
  /** These partitions are this host's now. */
  gained(partitions: readonly number[]): void;
  /** These are not any more: drop what is in memory of them. */
  lost(partitions: readonly number[]): void;
  /** Resolves when no turn of the partition is computed and not settled, or when time is up. */
  drained(partition: number): Promise<void>;
  /** The group changed or was seen anew. */
  viewed(view: LeaseView): void;
}

export class LeaseKeeper {
  readonly #leases: Leases;
  readonly #partitions: Partitions;
  readonly #self: HostRecord;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #listener: OwnershipListener;
  readonly #log: Logger;
  readonly #counters: Counters;
  #timer: Cancel | undefined;
  #beating: Promise<void> | undefined;
  /** The doorbell rang during a heartbeat, which may have looked before. */
  #isRung = false;
  #isLeaving = false;
  #isStopped = false;
  #beatenMs = Number.NaN;
  /** When partitions may be given away next: the doorbell hurries it no more than it puts it off. */
  #giveMs = Number.NEGATIVE_INFINITY;
  /** Partitions on their way to another host. */
  readonly #moving = new Map<number, Promise<void>>();

  constructor(parts: {
    leases: Leases;
    partitions: Partitions;
    self: HostRecord;
    options: HostOptions;
    clock: Clock;
    listener: OwnershipListener;
    log: Logger;
    counters: Counters;
  }) {
    this.#leases = parts.leases;
    this.#partitions = parts.partitions;
    this.#self = parts.self;
    this.#options = parts.options;
    this.#clock = parts.clock;
    this.#listener = parts.listener;
    this.#log = parts.log;
    this.#counters = parts.counters;
  }

  /** The first heartbeat; rejects where it fails, so that a host that cannot work does not start. */
  async start(): Promise<void> {
    await this.#beat();
    this.#schedule();
  }

  /** Milliseconds since the last heartbeat began that was answered. */
  get heartbeatAgeMs(): number {
    return this.#clock.monotonicMs() - this.#beatenMs;
  }

  /** Beats at once: a doorbell rang, because another host released partitions. */
  wake(): void {
    if (this.#isLeaving || this.#isStopped) return;
    this.#isRung = this.#beating !== undefined;
    if (this.#isRung) return;
    this.#timer?.();
    this.#tick();
  }

  /** A commit was refused by the epoch: the partition is another host's. */
  fenced(partition: number): void {
    this.#counters.add("lease.fenced");
    this.#drop([partition]);
  }

  /** Gives everything away and leaves the group. */
  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.#beating;
    const held = [...this.#partitions.epochs().keys()];
    for (const partition of held) this.#partitions.drain(partition);
    const deadline = this.#after(this.#options.drainMs);
    await Promise.race([Promise.all(held.map((partition) => this.#listener.drained(partition))), deadline.passed]);
    deadline.cancel();
    const epochs = this.#partitions.epochs();
    this.#isStopped = true;
    this.#timer?.();
    try {
      await this.#leases.release(this.#self.id, epochs);
      await this.#leases.leave(this.#self.id);
    } finally {
      this.#drop([...epochs.keys()]);
    }
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(this.#options.leaseMs / 3, () => this.#tick());
  }

  #tick(): void {
    this.#isRung = false;
    this.#beating = this.#beat()
      .catch((cause: unknown) => {
        this.#counters.add("lease.failed");
        this.#log.warn({ err: cause }, "heartbeat failed");
      })
      .finally(() => {
        this.#beating = undefined;
        this.#drop(this.#partitions.overdue());
        if (this.#isRung && !this.#isLeaving) this.#tick();
        else this.#schedule();
      });
  }

  async #beat(): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const { leaseMs } = this.#options;
    const asked = this.#partitions.epochs();
    const view = await this.#within(this.#leases.beat(this.#self, asked, leaseMs));
    this.#beatenMs = startedMs;
    this.#drop(this.#partitions.renewed(asked, view.kept, startedMs, leaseMs));
    this.#listener.viewed(view);
    if (this.#isLeaving) return;
    const held = new Set(this.#partitions.epochs().keys());
    const { take, give } = plan(view, this.#self, held, this.#leases.partitions);
    if (take.length > 0) await this.#take(take);
    const nowMs = this.#clock.monotonicMs();
    if (give.length === 0 || nowMs < this.#giveMs) return;
    this.#giveMs = nowMs + leaseMs / 3;
    for (const partition of give.slice(0, this.#options.maxMoves)) this.#give(partition);
  }

  async #take(wanted: readonly number[]): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const taken = await this.#within(this.#leases.take(this.#self.id, wanted, this.#options.leaseMs));
    if (taken.size === 0) return;
    this.#counters.add("lease.taken", taken.size);
    this.#partitions.taken(taken, startedMs, this.#options.leaseMs);
    this.#listener.gained([...taken.keys()]);
  }

  /** A move: drain, release, forget, ring. The new owner takes it at once. */
  #give(partition: number): void {
    if (this.#moving.has(partition)) return;
    this.#partitions.drain(partition);
    const moved = this.#move(partition)
      .catch((cause: unknown) => this.#log.warn({ err: cause, partition }, "moving a partition failed"))
      .finally(() => this.#moving.delete(partition));
    this.#moving.set(partition, moved);
  }

  async #move(partition: number): Promise<void> {
    const deadline = this.#after(this.#options.drainMs);
    await Promise.race([this.#listener.drained(partition), deadline.passed]);
    deadline.cancel();
    const epoch = this.#partitions.epochs().get(partition);
    if (epoch === undefined) return;
    this.#counters.add("lease.moved");
    try {
      await this.#within(this.#leases.release(this.#self.id, new Map([[partition, epoch]])));
    } finally {
      this.#drop([partition]); // rings: not before it is free
    }
  }

  #drop(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    for (const partition of partitions) this.#partitions.forget(partition);
    this.#listener.lost(partitions);
  }

  #after(ms: number): { passed: Promise<void>; cancel: Cancel } {
    let cancel: Cancel = () => undefined;
    const passed = new Promise<void>((resolve) => {
      cancel = this.#clock.after(ms, resolve);
    });
    return { passed, cancel };
  }

  /** No await of the keeper lasts longer than a lease. */
  async #within<T>(work: Promise<T>): Promise<T> {
    const deadline = this.#after(this.#options.leaseMs);
    try {
      const late = deadline.passed.then(() =>
        Promise.reject(new Error(`no answer within ${this.#options.leaseMs} ms`)),
      );
      return await Promise.race([work, late]);
    } finally {
      deadline.cancel();
    }
  }
}
