/** Namespaces for tests, each with a schema of its own that is dropped at the end. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { inject, onTestFinished } from "vitest";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import { type MigrateOptions, migrate } from "../../src/postgres/migrate.ts";
import { openPostgres, type Postgres, schemaOf } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";
import type { StoreOptions, StoreUnderTest } from "../conformance/chains.ts";

export const postgresUrl = (): string => inject("postgresUrl");

export const freshNamespace = (): string => `t${randomBytes(6).toString("hex")}`;

export interface OpenNamespace {
  readonly namespace: string;
  readonly postgres: Postgres;
  close(): Promise<void>;
}

export const openConnections = (namespace: string): Promise<Postgres> =>
  openPostgres(postgresUrl(), { namespace, maxConnections: 4 });

export async function createNamespace(options: Omit<MigrateOptions, "namespace"> = {}): Promise<OpenNamespace> {
  const namespace = freshNamespace();
  await migrate(postgresUrl(), { partitions: 16, ...options, namespace });
  const postgres = await openConnections(namespace);
  const close = async (): Promise<void> => {
    await postgres.pool.query(`drop schema ${postgres.schema} cascade`);
    await postgres.close();
  };
  return { namespace, postgres, close };
}

export type PostgresUnderTest = StoreUnderTest & { readonly namespace: string; readonly postgres: Postgres };

/** Store and leases on a namespace of their own. Time passes there as it does everywhere: by waiting. */
export async function postgresStore(options: StoreOptions = {}): Promise<PostgresUnderTest> {
  const opened = await createNamespace(options);
  const { postgres } = opened;
  return {
    ...opened,
    store: new PostgresStore(postgres),
    leases: new PostgresLeases(postgres),
    another: () => new PostgresStore(postgres),
    pass: (ms) => pause(ms),
    nowMs: () => nowMs(postgres),
  };
}

async function nowMs(postgres: Postgres): Promise<number> {
  const text = "select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms";
  const [row] = await postgres.rows<{ now_ms: number }>({ name: "now", text }, []);
  return row?.now_ms ?? Number.NaN;
}

/** An open namespace, dropped when the test that called is over. */
export async function openNamespace(
  options: Omit<MigrateOptions, "namespace"> = {},
): Promise<Omit<OpenNamespace, "close">> {
  const { close, ...opened } = await createNamespace(options);
  onTestFinished(close);
  return opened;
}

/** A plain session beside the host's, closed when the test is over. */
export async function openSession(): Promise<pg.Client> {
  const client = new pg.Client(postgresUrl());
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Drops the schema of a namespace when the test is over. */
export function dropAfterTest(namespace: string): void {
  onTestFinished(async () => {
    const client = new pg.Client(postgresUrl());
    await client.connect();
    await client.query(`drop schema if exists ${schemaOf(namespace)} cascade`);
    await client.end();
  });
}
