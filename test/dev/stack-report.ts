/**
 * What stack-process.ts says of its stack, and how it asks Postgres. Apart from scratch.ts, which needs a running test.
 */
import pg from "pg";

export interface StackReport {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  readonly origins: { readonly postgres: string; readonly nats: string };
  readonly pids: { readonly postgres: number; readonly nats: number };
  readonly uid: number;
  /** What `select 1` said. */
  readonly answer: number;
}

export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // a server killed on purpose ends the connection
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
