/** What every workload is given, and what it gives back. */
import type { Cluster, Servers } from "./cluster.ts";
import type { Cell, Settings, Target } from "./measure.ts";

/** A figure that is no cell: a size, a lateness, the time of a recovery. */
export interface Fact {
  readonly workload: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface Results {
  readonly cells: Cell[];
  readonly facts: Fact[];
}

export interface Bench {
  readonly servers: Servers;
  readonly settings: Settings;
  readonly results: Results;
  /** One line for the person at the terminal. */
  say(line: string): void;
}

/** Runs on a cluster of its own. */
export type Workload = (bench: Bench) => Promise<void>;

export function targetOf(cluster: Pick<Cluster, "servers" | "hosts" | "load">): Target {
  const { postgresPid, natsPids, database } = cluster.servers;
  return {
    load: cluster.load,
    processes: {
      ...(cluster.hosts.length === 0 ? {} : { host: cluster.hosts.map((host) => host.pid) }),
      ...(postgresPid === undefined ? {} : { postgres: [postgresPid] }),
      ...(natsPids.length === 0 ? {} : { nats: natsPids }),
    },
    walBytes: async () => {
      const { rows } = await database.query("select pg_current_wal_insert_lsn() - '0/0' as bytes");
      return Number(rows[0].bytes);
    },
  };
}
