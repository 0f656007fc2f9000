/** The least that a turn can cost: each caller inserts one row of 500 bytes and waits for its commit. Argument: a `CommitConfig` as JSON. */
import pg from "pg";
import { takeOrders } from "./load.ts";

export interface CommitConfig {
  readonly postgres: string;
  /** Exists, and is dropped by whoever made it. */
  readonly schema: string;
}

const { postgres: connectionString, schema } = JSON.parse(process.argv[2] ?? "{}") as CommitConfig;
const client = new pg.Client({ connectionString });
await client.connect();
await client.query(`create table ${schema}.commits (id bigserial primary key, body text not null)`);
const insert = {
  name: "insert_v1",
  text: `insert into ${schema}.commits (body) values ($1)`,
  values: ["x".repeat(500)],
};

takeOrders(() => () => client.query(insert));
