/**
 * Leases on Postgres: rows of `partitions`, judged by the database's clock. `test/conformance/leases.ts` is the
 * specification. On a connection of its own: a heartbeat must not wait behind a slow read, nor longer than the lease.
 */
import type { HostRecord, Leases, LeaseView } from "../ports/leases.ts";
import { int4Array, int8Array, textArray } from "./codec.ts";
import type { Lane, Postgres } from "./pool.ts";
import { beat, ensurePartitions, leaveGroup, releasePartitions, takePartitions } from "./statements.ts";

interface BeatRow {
  readonly kept: readonly number[];
  readonly owners: readonly (readonly [number, string])[] | null;
  readonly hosts: readonly HostRecord[];
  readonly wall_ms: number;
}

export class PostgresLeases implements Leases {
  readonly partitions: number;
  readonly #lane: Lane;
  readonly #group: string;
  readonly #statements: ReturnType<typeof statementsOf>;
  #rowsExist = false;

  constructor(postgres: Postgres, group = "main") {
    this.partitions = postgres.settings.partitions;
    this.#lane = postgres.lane();
    this.#group = group;
    this.#statements = statementsOf(postgres.schema);
  }

  async beat(host: HostRecord, held: ReadonlyMap<number, number>, leaseMs: number): Promise<LeaseView> {
    const values = [
      this.#group,
      host.id,
      textArray(host.objects),
      host.label,
      int4Array([...held.keys()]),
      int8Array([...held.values()]),
      leaseMs,
    ];
    const [row] = await this.#lane.rows<BeatRow>(this.#statements.beat, values, waitMs(leaseMs));
    if (row === undefined) throw new Error("a heartbeat came back without a row");
    return { kept: new Set(row.kept), hosts: row.hosts, owners: new Map(row.owners ?? []), wallMs: row.wall_ms };
  }

  async take(hostId: string, partitions: readonly number[], leaseMs: number): Promise<ReadonlyMap<number, number>> {
    if (partitions.length === 0) return new Map();
    if (!this.#rowsExist) await this.#lane.rows(this.#statements.ensure, [this.#group, this.partitions]);
    this.#rowsExist = true;
    const values = [this.#group, hostId, int4Array(partitions), leaseMs];
    const rows = await this.#lane.rows<{ partition: number; epoch: string }>(
      this.#statements.take,
      values,
      waitMs(leaseMs),
    );
    return new Map(rows.map(({ partition, epoch }) => [partition, Number(epoch)]));
  }

  async release(hostId: string, held: ReadonlyMap<number, number>): Promise<void> {
    if (held.size === 0) return;
    const values = [this.#group, hostId, int4Array([...held.keys()]), int8Array([...held.values()])];
    await this.#lane.rows(this.#statements.release, values);
  }

  async leave(hostId: string): Promise<void> {
    await this.#lane.rows(this.#statements.leave, [this.#group, hostId]);
  }
}

/** An answer that comes after the lease is worth nothing; but a very short lease must survive one slow sync of the disk. */
const waitMs = (leaseMs: number): number => Math.max(leaseMs, 1_000);

const statementsOf = (schema: string) => ({
  ensure: ensurePartitions(schema),
  beat: beat(schema),
  take: takePartitions(schema),
  release: releasePartitions(schema),
  leave: leaveGroup(schema),
});
