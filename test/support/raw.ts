/**
 * The product as strangers see it: a plain `nats` client and SQL, no code of ours. What the tests know of subjects and
 * tables is written here a second time, on purpose.
 */
import { connect, type Msg, type MsgHdrs, type NatsConnection, headers as newHeaders } from "nats";
import pg from "pg";
import { onTestFinished } from "vitest";

export interface RawReply {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON from the wire, judged by the test
  readonly json: any;
  readonly headers: MsgHdrs | undefined;
}

/** Closed after the test. */
export async function rawNats(natsUrl: string): Promise<NatsConnection> {
  const connection = await connect({
    servers: natsUrl,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    noAsyncTraces: true,
  });
  onTestFinished(() => connection.close());
  return connection;
}

export async function ask(
  connection: NatsConnection,
  subject: string,
  body: unknown = "",
  headers: Readonly<Record<string, string>> = {},
  timeout = 10_000,
): Promise<RawReply> {
  const given = newHeaders();
  for (const [name, value] of Object.entries(headers)) given.append(name, value);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readMessage(await connection.request(subject, text, { timeout, headers: given }));
}

export function readMessage(message: Msg): RawReply {
  const text = message.string();
  return { text, json: JSON.parse(text), headers: message.headers };
}

export class Database {
  readonly #pool: pg.Pool;
  readonly schema: string;

  /** Of a namespace; closed after the test. */
  constructor(url: string, namespace: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 4 });
    this.#pool.on("error", () => undefined); // servers are killed on purpose
    this.schema = `"stator_${namespace}"`;
    onTestFinished(() => this.#pool.end());
  }

  async rows<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.#pool.query(sql.replaceAll("$schema", this.schema), values)).rows as T[];
  }

  /** A connection of one's own, to hold locks with; released by `end()`. */
  async client(): Promise<pg.PoolClient> {
    return this.#pool.connect();
  }

  /** All that is stored of objects, as one hash. */
  async fingerprint(): Promise<string> {
    const tables = ["objects", "journal", "outbox", "links", "timers", "invocations"];
    const hashes = tables.map(
      (table) => `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from $schema.${table} t)`,
    );
    const [row] = await this.rows<{ all: string }>(`select concat_ws(' ', ${hashes.join(", ")}) as all`);
    return row?.all ?? "";
  }
}
