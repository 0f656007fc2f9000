/** Leases in memory. `test/conformance/leases.ts` is the specification; Postgres passes the same. */
import type { HostRecord, Leases, LeaseView } from "../ports/leases.ts";
import type { GroupRows, LeaseRow, MemoryDatabase } from "./database.ts";

export class MemoryLeases implements Leases {
  readonly #database: MemoryDatabase;
  readonly #group: GroupRows;

  constructor(database: MemoryDatabase, group = "main") {
    this.#database = database;
    this.#group = database.group(group);
  }

  get partitions(): number {
    return this.#database.partitions;
  }

  async beat(host: HostRecord, held: ReadonlyMap<number, number>, leaseMs: number): Promise<LeaseView> {
    const nowMs = this.#database.nowMs();
    const expiresMs = nowMs + leaseMs;
    const { hosts, leases } = this.#group;
    hosts.set(host.id, { host, expiresMs });
    const kept = new Set<number>();
    for (const [partition, epoch] of held) {
      if (!holds(leases.get(partition), host.id, epoch)) continue;
      leases.set(partition, { epoch, host: host.id, expiresMs });
      kept.add(partition);
    }
    const owners = new Map<number, string>();
    for (const [partition, lease] of leases) {
      if (lease.host !== undefined && lease.expiresMs > nowMs) owners.set(partition, lease.host);
    }
    return {
      kept,
      hosts: [...hosts.values()].filter((row) => row.expiresMs > nowMs).map((row) => row.host),
      owners,
      wallMs: nowMs,
    };
  }

  async take(hostId: string, partitions: readonly number[], leaseMs: number): Promise<ReadonlyMap<number, number>> {
    const nowMs = this.#database.nowMs();
    const taken = new Map<number, number>();
    for (const partition of partitions) {
      const lease = this.#group.leases.get(partition);
      const isHeld = lease?.host !== undefined && lease.expiresMs > nowMs;
      if (isHeld || partition < 0 || partition >= this.#database.partitions) continue;
      const epoch = (lease?.epoch ?? 0) + 1;
      this.#group.leases.set(partition, { epoch, host: hostId, expiresMs: nowMs + leaseMs });
      taken.set(partition, epoch);
    }
    return taken;
  }

  async release(hostId: string, held: ReadonlyMap<number, number>): Promise<void> {
    for (const [partition, epoch] of held) {
      if (holds(this.#group.leases.get(partition), hostId, epoch)) this.#free(partition, epoch);
    }
  }

  async leave(hostId: string): Promise<void> {
    this.#group.hosts.delete(hostId);
    for (const [partition, lease] of this.#group.leases) {
      if (lease.host === hostId) this.#free(partition, lease.epoch);
    }
  }

  #free(partition: number, epoch: number): void {
    this.#group.leases.set(partition, { epoch, host: undefined, expiresMs: this.#database.nowMs() });
  }
}

/** An expired lease that nobody took is still held: the epoch has not moved. */
function holds(lease: LeaseRow | undefined, hostId: string, epoch: number): boolean {
  return lease !== undefined && lease.host === hostId && lease.epoch === epoch;
}
