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

/**
 * Counters are added to while, every third slice, subscriptions come and go, with their timers, actors and results. Each
 * slice gives its own facts; `report.ts` compares the first with the last. What the machine itself was like is one of them.
 */
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
        const fixedMs = fixedWorkMs();
        const { run, report } = await oneRun(target, { ...order, keys: 10_000, durationMs: sliceMs, run: `s${slice}` });
        if (report.failures > 0) throw new Error(`${report.failures} operations failed: ${report.failure}`);
        const stats = await cluster.hosts[0]?.ask<HostStats>({});
        const note = (what: string, value: number, unit: string): void => {
          bench.results.facts.push({ workload: "soak", what: `${what} slice ${slice}`, value, unit });
        };
        note(order.operation, run.opsPerSecond, "operations/s");
        for (const name of ["host", "postgres"]) note(`${order.operation}: ${name}`, run.cpuUs[name] ?? 0, "CPU µs/op");
        note(`${order.operation}: WAL`, run.walBytes, "bytes/op");
        note("a fixed piece of work, to compare the machine with itself", fixedMs, "CPU ms");
        bench.say(
          `${String(slice * (sliceMs / 1_000)).padStart(5)} s  ${order.operation.padEnd(9)} ${Math.round(run.opsPerSecond)}/s  p99 ${run.p99Ms.toFixed(1)} ms  ` +
            `host ${Math.round(run.cpuUs["host"] ?? 0)} + Postgres ${Math.round(run.cpuUs["postgres"] ?? 0)} µs/op  fixed work ${fixedMs.toFixed(1)} ms  ` +
            `WAL ${Math.round(run.walBytes)} B/op  heap ${Math.round((stats?.heapBytes ?? 0) / 2 ** 20)} MB  ${(await tables(cluster)).map(shown).join("  ")}`,
        );
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

const FIXED_STEPS = 20_000_000;

/** CPU time of always the same work. */
function fixedWorkMs(): number {
  const before = process.cpuUsage();
  let mixed = 1;
  for (let i = 0; i < FIXED_STEPS; i++) mixed = Math.imul(mixed ^ i, 0x9e3779b1);
  const { user, system } = process.cpuUsage(before);
  return mixed === 0 ? 0 : (user + system) / 1_000; // looks at the result, or the loop could be left out
}

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
