/** W5: many timers that are due within ten seconds. Lateness is by the database's clock alone. */
import { setTimeout as pause } from "node:timers/promises";
import { type Bench, targetOf, type Workload } from "./bench.ts";
import { Cluster } from "./cluster.ts";
import type { LoadReport } from "./load.ts";
import { oneRun, summary } from "./measure.ts";

const SPREAD_MS = 10_000;
const LEAD_MS = 2_000;

export const timers: Workload = async (bench) => {
  for (const count of bench.settings.quick ? [10_000] : [10_000, 100_000]) await ring(bench, count);
};

async function ring(bench: Bench, count: number): Promise<void> {
  const cluster = await Cluster.open(bench.servers, 1, { maxActivations: 120_000 });
  const what = `${count.toLocaleString("en")} timers due within 10 s`;
  try {
    const order = { operation: "arm", callers: 256, keys: 0 } as const;
    const warmUp = { ...order, operations: 2_000, run: "warm", ring: { fromMs: 0, spreadMs: 100 } };
    const { operations, tookMs } = await cluster.load.ask<LoadReport>(warmUp);
    const fromMs = LEAD_MS + (count * tookMs) / operations; // what is due first must not be due before the last is armed
    const armed = await oneRun(targetOf(cluster), {
      ...order,
      operations: count,
      run: "alarm",
      ring: { fromMs, spreadMs: SPREAD_MS },
    });
    bench.results.cells.push(summary("W5", `arming ${what}`, [armed]));
    await drained(cluster, fromMs + SPREAD_MS + 60_000);
    const late = await lateness(cluster);
    if (late.fired !== late.armed) throw new Error(`${late.fired} of ${late.armed} timers fired`);
    for (const name of ["p50", "p99", "max", "min"] as const) {
      bench.results.facts.push({ workload: "W5", what: `${what}, lateness ${name}`, value: late[name], unit: "ms" });
    }
  } finally {
    await cluster.close();
  }
}

export async function drained(cluster: Cluster, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (performance.now() < untilMs) {
    const { left } = await cluster.row<{ left: number }>("select count(*)::int as left from $schema.timers");
    if (left === 0) return;
    await pause(250);
  }
  throw new Error(`timers were left after ${withinMs} ms`);
}

interface Late {
  readonly armed: number;
  readonly fired: number;
  readonly p50: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

/** Milliseconds from the due time to the commit of the timer's turn; negative would be early. */
export function lateness(cluster: Cluster): Promise<Late> {
  return cluster.row(`
    with alarms as (select * from $schema.journal where name = 'alarm' and starts_with(key, 'alarm-')),
    late as (
      select extract(epoch from rung.committed_at - armed.committed_at)::float8 * 1000
               - (armed.event::jsonb ->> 'delayMs')::float8 as ms
        from alarms armed join alarms rung using (partition, name, key)
       where armed.revision = 1 and rung.revision = 2)
    select (select count(*)::int from alarms where revision = 1) as armed, count(*)::int as fired, min(ms), max(ms), percentile_disc(0.5) within group (order by ms) as p50,
           percentile_disc(0.99) within group (order by ms) as p99
      from late`);
}
