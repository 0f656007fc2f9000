/** W7: what an object costs while nothing happens to it, in the host's memory and in Postgres, and how a host starts. */
import { type Bench, targetOf, type Workload } from "./bench.ts";
import { Cluster } from "./cluster.ts";
import type { HostStats } from "./host-main.ts";
import type { LoadReport } from "./load.ts";
import { measure } from "./measure.ts";

const RESIDENT = 10_000;
const MEMORY_MB = 256;

export const footprint: Workload = async (bench) => {
  const cluster = await Cluster.open(bench.servers, 0);
  try {
    await coldStart(bench, cluster);
    await resident(bench, cluster);
    const count = bench.settings.quick ? 100_000 : 1_000_000;
    await idle(bench, cluster, count);
    await besideIdle(bench, cluster, count);
  } finally {
    await cluster.close();
  }
};

const note = (bench: Bench, what: string, value: number, unit: string): void => {
  bench.results.facts.push({ workload: "W7", what, value, unit });
};

/** The process is started, its schema is up to date, and a caller asks until it gets its first answer. */
async function coldStart(bench: Bench, cluster: Cluster): Promise<void> {
  await (await cluster.addHost()).stop(); // migrates
  cluster.hosts.pop();
  const startedMs = performance.now();
  const first = cluster.load.ask<LoadReport>({ operation: "add", keys: 1, callers: 1, operations: 1, run: "cold" });
  await cluster.addHost({ maxActivations: 2 * RESIDENT }, [`--max-old-space-size=${MEMORY_MB}`]);
  const { failures, failure } = await first;
  if (failures > 0) throw new Error(`the first call failed: ${failure}`);
  note(bench, "cold start: from the start of the process to the first answer", performance.now() - startedMs, "ms");
}

async function resident(bench: Bench, cluster: Cluster): Promise<void> {
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error("no host");
  const before = await host.ask<HostStats>({});
  const order = { operation: "arm", callers: 64, keys: 0, ring: { fromMs: 3_600_000, spreadMs: 1 } } as const;
  await cluster.load.ask<LoadReport>({ ...order, operations: RESIDENT, run: "resident" });
  const after = await host.ask<HostStats>({});
  if (after.activations < RESIDENT) throw new Error(`only ${after.activations} objects are in memory`);
  const objects = after.activations - before.activations;
  note(bench, "heap per resident object", (after.heapBytes - before.heapBytes) / objects, "bytes");
  note(
    bench,
    `resident set of a host of ${MEMORY_MB} MB heap with 10,000 objects`,
    after.residentBytes / 2 ** 20,
    "MB",
  );
}

/** The rows of an idle object: itself, its state for lists, its journal. */
const TABLES = ["objects", "states", "journal"] as const;

/** A counter's rows, copied by SQL: the hosts know nothing of them. */
async function idle(bench: Bench, cluster: Cluster, count: number): Promise<void> {
  const sizes: Record<string, number> = {};
  const { snapshot } = await cluster.row<{ snapshot: number }>(
    "select octet_length(snapshot) as snapshot from $schema.objects where (name, key) = ('counter', 'c-0')",
  );
  for (const table of TABLES) {
    const { all, copy } = await columnsOf(cluster, table);
    const first = "(name, key) = ('counter', 'c-0') limit 1";
    await cluster.row(`create table $schema.sample as select * from $schema.${table} where ${first}`);
    await cluster.row(`truncate $schema.${table}`);
    await cluster.row(
      `insert into $schema.${table} (${all}) select ${copy} from $schema.sample, generate_series(1, ${count}) n`,
    );
    await cluster.row("drop table $schema.sample");
    const { bytes } = await cluster.row<{ bytes: number }>(
      `select pg_total_relation_size('$schema.${table}')::float8 / ${count} as bytes`,
    );
    sizes[table] = bytes;
  }
  const of = `of ${count.toLocaleString("en")} idle objects (copied by SQL)`;
  const { objects = 0, states = 0, journal = 0 } = sizes;
  note(bench, `rows and indexes ${of}, beyond the snapshot of ${snapshot} bytes`, objects + states - snapshot, "bytes");
  note(bench, `journal of one turn ${of}`, journal, "bytes");
}

/** W1 again: does a turn cost more where many other objects are? */
async function besideIdle(bench: Bench, cluster: Cluster, count: number): Promise<void> {
  for (const table of TABLES) await cluster.row(`vacuum (analyze) $schema.${table}`);
  await cluster.hosts.pop()?.stop(); // it remembers what was there before the copies
  await cluster.addHost();
  const order = { operation: "add", keys: 1_000, callers: 256 } as const;
  await cluster.fill(order.keys);
  const what = `1,000 keys, 256 callers, beside ${count.toLocaleString("en")} idle objects`;
  bench.results.cells.push(await measure(["W7", what], targetOf(cluster), order, bench.settings));
}

/** All columns of a table, and the same with another key and partition for each copy `n`. */
async function columnsOf(cluster: Cluster, table: string): Promise<{ readonly all: string; readonly copy: string }> {
  const { names } = await cluster.row<{ names: string[] }>(
    `select array_agg(quote_ident(attname) order by attnum) as names from pg_attribute
      where attrelid = '$schema.${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  );
  const copies: Readonly<Record<string, string>> = { partition: "n % 256", key: "'c-' || n" };
  return { all: names.join(", "), copy: names.map((name) => copies[name] ?? name).join(", ") };
}
