/** Not one of W1 to W10: load for minutes, with the sizes of the tables and their dead rows on the way. */
import { setTimeout as pause } from "node:timers/promises";
import { targetOf, type Workload } from "./bench.ts";
import { Cluster } from "./cluster.ts";
import type { HostStats } from "./host-main.ts";
import { oneRun } from "./measure.ts";

interface Table {
  readonly relname: string;
  readonly mb: number;
  readonly live: number;
  readonly dead: number;
}

/** Counters are added to while, every third slice, subscriptions come and go, with their timers, actors and results. */
export const soak =
  (minutes: number, sliceMs = 15_000): Workload =>
  async (bench) => {
    const cluster = await Cluster.open(bench.servers, 1);
    try {
      const target = targetOf(cluster);
      const untilMs = performance.now() + minutes * 60_000;
      for (let slice = 0; performance.now() < untilMs; slice++) {
        const order =
          slice % 3 === 2
            ? { operation: "subscribe" as const, callers: 64 }
            : { operation: "add" as const, callers: 256 };
        const { run, report } = await oneRun(target, { ...order, keys: 10_000, durationMs: sliceMs, run: `s${slice}` });
        if (report.failures > 0) throw new Error(`${report.failures} operations failed: ${report.failure}`);
        const stats = await cluster.hosts[0]?.ask<HostStats>({});
        bench.say(
          `${String(slice * (sliceMs / 1_000)).padStart(5)} s  ${order.operation.padEnd(9)} ${Math.round(run.opsPerSecond)}/s  p99 ${run.p99Ms.toFixed(1)} ms  host ${Math.round(run.cpuUs["host"] ?? 0)} µs/op  ` +
            `WAL ${Math.round(run.walBytes)} B/op  heap ${Math.round((stats?.heapBytes ?? 0) / 2 ** 20)} MB  ${(await tables(cluster)).map(shown).join("  ")}`,
        );
        bench.results.facts.push({
          workload: "soak",
          what: `${order.operation} slice ${slice}`,
          value: run.opsPerSecond,
          unit: "ops/s",
        });
      }
      await pause(1_000); // statistics are written once a second
      for (const table of await tables(cluster)) {
        bench.results.facts.push({
          workload: "soak",
          what: `${table.relname}: dead rows`,
          value: table.dead,
          unit: "rows",
        });
        bench.results.facts.push({ workload: "soak", what: `${table.relname}: size`, value: table.mb, unit: "MB" });
      }
    } finally {
      await cluster.close();
    }
  };

const shown = ({ relname, mb, live, dead }: Table): string => `${relname} ${mb.toFixed(0)} MB ${live}+${dead}`;

async function tables(cluster: Cluster): Promise<readonly Table[]> {
  const { rows } = await cluster.servers.database.query(
    `select relname, pg_total_relation_size(relid) / 1048576.0::float8 as mb, n_live_tup::int as live, n_dead_tup::int as dead
       from pg_stat_user_tables where schemaname = $1 and relname in ('objects', 'journal', 'outbox', 'timers', 'invocations')
      order by relname`,
    [`stator_${cluster.namespace}`],
  );
  return rows as Table[];
}
