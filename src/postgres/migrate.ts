/**
 * Brings a namespace's schema up to date: the numbered files of `migrations/`, forward only.
 *
 * Safe to run from many processes at once: they queue on an advisory lock, one applies, the others find nothing to do.
 * One transaction a file, with its checksum: a file that changed after it was applied is refused, and so is a schema
 * newer than this build. Needs a direct connection: the lock belongs to the session, which a pooler would share.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { StartupError } from "../core/errors.ts";
import { connectionConfig, schemaName, schemaOf } from "./pool.ts";

export interface MigrateOptions {
  readonly namespace?: string;
  /** Only for a namespace that is created now, 256 by default; another number than the stored one is refused. */
  readonly partitions?: number;
  /** How long message ids are remembered, 7 days by default; fixed like `partitions`. */
  readonly horizonMs?: number;
}

export const DEFAULT_PARTITIONS = 256;
export const DEFAULT_HORIZON_MS = 7 * 86_400_000;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const FOLDER = new URL("./migrations/", import.meta.url);

/** The schema version that this build was made for. */
export function knownVersion(): number {
  return readMigrations().at(-1)?.version ?? 0;
}

function readMigrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(file, FOLDER), "utf8").replaceAll("\r\n", "\n");
      const checksum = createHash("sha256").update(sql).digest("hex").slice(0, 16);
      return { version: Number(file.slice(0, 4)), name: file.slice(5, -4), sql, checksum };
    });
}

/** Creates or updates the namespace; answers the versions that were applied now, and the version it has now. */
export async function migrate(
  url: string,
  options: MigrateOptions = {},
): Promise<{ readonly applied: readonly number[]; readonly version: number }> {
  const namespace = options.namespace ?? "default";
  const schema = schemaOf(namespace);
  const client = new pg.Client(connectionConfig(url, { connectTimeoutMs: 10_000, queryTimeoutMs: 0 }));
  client.on("error", () => undefined); // the statement that was running rejects with it
  await client.connect();
  try {
    await client.query(
      "set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = '1min'",
    );
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [`stator.migrate.${schemaName(namespace)}`]);
    const migrations = readMigrations();
    const pending = await findPending(client, schema, namespace, migrations);
    for (const migration of pending) await apply(client, schema, migration);
    await settle(client, schema, namespace, options);
    return { applied: pending.map(({ version }) => version), version: migrations.at(-1)?.version ?? 0 };
  } finally {
    await client.end(); // frees the lock
  }
}

async function findPending(
  client: pg.Client,
  schema: string,
  namespace: string,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  await client.query(`create schema if not exists ${schema}`);
  await client.query(`
    create table if not exists ${schema}.migration (
      version int primary key, name text not null, checksum text not null,
      applied_at timestamptz not null default clock_timestamp())`);
  const { rows } = await client.query<{ version: number; checksum: string }>(
    `select version, checksum from ${schema}.migration order by version`,
  );
  const newest = rows.at(-1)?.version ?? 0;
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) {
    throw new StartupError(
      "SCHEMA_VERSION",
      `namespace ${namespace} has schema version ${newest}, this build knows versions up to ${known}: upgrade stator`,
    );
  }
  const applied = new Map(rows.map((row) => [row.version, row.checksum]));
  for (const { version, name, checksum } of migrations) {
    const before = applied.get(version);
    if (before !== undefined && before !== checksum) {
      throw new StartupError(
        "SCHEMA_VERSION",
        `migration ${version} (${name}) changed after namespace ${namespace} applied it: ${before} then, ${checksum} now`,
      );
    }
  }
  return migrations.filter(({ version }) => !applied.has(version));
}

async function apply(client: pg.Client, schema: string, { version, name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query("begin");
    await client.query(`set local search_path to ${schema}, pg_temp`);
    await client.query(sql);
    await client.query("insert into migration (version, name, checksum) values ($1, $2, $3)", [
      version,
      name,
      checksum,
    ]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw cause;
  }
}

/** Writes the namespace's row where there is none, then holds the wish against it. */
async function settle(
  client: pg.Client,
  schema: string,
  namespace: string,
  { partitions, horizonMs }: MigrateOptions,
): Promise<void> {
  await client.query(
    `insert into ${schema}.namespace (partition_count, horizon_ms, secret, system_identifier)
     select $1, $2, $3, system_identifier from pg_control_system()
         on conflict do nothing`,
    [partitions ?? DEFAULT_PARTITIONS, horizonMs ?? DEFAULT_HORIZON_MS, randomBytes(32)],
  );
  const { rows } = await client.query<{ partitions: number; horizon_ms: number }>(
    `select partition_count as partitions, horizon_ms::float8 as horizon_ms from ${schema}.namespace`,
  );
  const stored = rows[0];
  if (partitions !== undefined && partitions !== stored?.partitions) {
    throw new StartupError(
      "PARTITIONS_DIFFER",
      `namespace ${namespace} was created with ${stored?.partitions} partitions, not ${partitions}; they cannot change`,
    );
  }
  if (horizonMs !== undefined && horizonMs !== stored?.horizon_ms) {
    throw new StartupError(
      "HORIZON_DIFFERS",
      `namespace ${namespace} was created with a dedupe horizon of ${stored?.horizon_ms} ms, not ${horizonMs} ms`,
    );
  }
}
