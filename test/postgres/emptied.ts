/**
 * Namespaces that the many tests of a file use one after the other, each as if it were new: to make one, and to plan its
 * statements on new connections, takes longer than most of these tests do. To be called at the top of a file.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, onTestFinished } from "vitest";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import type { Postgres } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";
import type { OpenStore } from "../conformance/chains.ts";
import type { OpenLeases } from "../conformance/leases.ts";
import { createNamespace, openConnections, postgresStore } from "./namespace.ts";

/** On the same connections in each test, on a namespace for each horizon. */
export function emptiedStores(): OpenStore {
  const openKept = keep(async (horizonMs: number | undefined) => {
    const under = await postgresStore(horizonMs === undefined ? {} : { horizonMs });
    return { ...under, others: [] as PostgresStore[] };
  });
  return async ({ horizonMs } = {}) => {
    const { others, ...under } = await openKept(horizonMs);
    await empty(under.postgres, FREED);
    let asked = 0;
    const another = (): PostgresStore => {
      const other = others[asked] ?? new PostgresStore(under.postgres);
      others[asked++] = other;
      return other;
    };
    return { ...under, another, close: async () => undefined };
  };
}

/** On connections of its own in each test: it may be the first that wants rows for its leases. */
export function emptiedLeases(partitions: number): OpenLeases {
  const openKept = keep(() => createNamespace({ partitions }));
  return async () => {
    const { namespace, postgres: kept } = await openKept(undefined);
    await empty(kept, GONE);
    const postgres = await openConnections(namespace);
    return {
      leases: new PostgresLeases(postgres),
      another: (group) => new PostgresLeases(postgres, group),
      pass: (ms) => pause(ms),
      close: () => postgres.close(),
    };
  };
}

/**
 * One for each key, made when it is asked for and closed at the end of the file. It is made anew after a test that failed:
 * something of that may be on its way yet.
 */
function keep<K, V extends { close(): Promise<void> }>(make: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const all = new Map<K, V>();
  const giveUp = async (key: K): Promise<void> => {
    const kept = all.get(key);
    all.delete(key);
    await kept?.close();
  };
  afterAll(async () => {
    await Promise.all([...all.keys()].map(giveUp));
  });
  return async (key) => {
    const kept = all.get(key) ?? (await make(key));
    all.set(key, kept);
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") await giveUp(key);
    });
    return kept;
  };
}

const GONE = "delete from $table";
/** For leases that have made their rows and will not do so again. */
const FREED = "update $table set epoch = 0, host = null, expires_at = '-infinity'";

/** All that was not there when the namespace was made. */
async function empty({ pool, schema }: Postgres, partitions: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = $1 and tablename not in ('namespace', 'migration')",
    [schema.slice(1, -1)],
  );
  const statements = rows.map(({ name }) =>
    (name === "partitions" ? partitions : GONE).replace("$table", `${schema}.${name}`),
  );
  await pool.query(statements.join("; "));
}
