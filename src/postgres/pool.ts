/**
 * The connections of one host to one namespace: a pool for reads and small writes, and lanes.
 *
 * A *lane* is one connection that runs one statement at a time and is opened anew after any failure that leaves its
 * state in doubt. Commits have a lane (one batch in flight per host), leases have another, so that neither waits behind
 * the other or behind reads. No statement relies on session state; the session settings bound how long it can hang.
 */
import pg from "pg";
import { assertNamespace } from "../core/address.ts";
import { StartupError } from "../core/errors.ts";
import { definiteState } from "./sqlstate.ts";

/** A named prepared statement. The name says its version: change both together. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface PostgresOptions {
  readonly namespace: string;
  readonly maxConnections: number;
  /** Longest wait for an answer; above the server's own `statement_timeout` of 10 s. */
  readonly queryTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Told of connections that break while nobody waits for them. */
  readonly onError: (error: Error) => void;
}

export const DEFAULT_POSTGRES_OPTIONS: PostgresOptions = {
  namespace: "default",
  maxConnections: 8,
  queryTimeoutMs: 12_000,
  connectTimeoutMs: 5_000,
  onError: () => undefined,
};

/** The namespace's own row. */
export interface NamespaceSettings {
  readonly partitions: number;
  readonly horizonMs: number;
  /** For MACs of messages that only hosts may send. */
  readonly secret: Buffer;
  readonly systemIdentifier: string;
}

type Row = Record<string, unknown>;

/** The schema of a namespace, quoted. */
export function schemaOf(namespace: string): string {
  assertNamespace(namespace);
  return `"${schemaName(namespace)}"`;
}

/** The schema of a namespace, as it stands in the catalog. */
export function schemaName(namespace: string): string {
  return namespace === "default" ? "stator" : `stator_${namespace}`;
}

const SESSION_SETTINGS = [
  "default_transaction_isolation=read\\ committed", // the look of a commit relies on it
  "statement_timeout=10s",
  "lock_timeout=3s",
  "idle_in_transaction_session_timeout=2s",
  "plan_cache_mode=force_custom_plan", // a plan kept from when a table was small is wrong when it has grown
  "jit=off",
];

/** Connection settings for `pg`; ours come after those that the URL may bring in its own `options`, `more` after ours. */
export function connectionConfig(
  url: string,
  options: Pick<PostgresOptions, "connectTimeoutMs" | "queryTimeoutMs">,
  more: readonly string[] = [],
) {
  const parsed = parseUrl(url);
  const given = parsed.searchParams.get("options");
  const settings = [...SESSION_SETTINGS, ...more].map((setting) => `-c ${setting}`);
  parsed.searchParams.set("options", [...(given === null ? [] : [given]), ...settings].join(" "));
  return {
    connectionString: parsed.href,
    application_name: "stator",
    keepAlive: true,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
  } satisfies pg.ClientConfig;
}

function parseUrl(url: string): URL {
  if (!URL.canParse(url)) {
    // Without the URL: it holds a password.
    throw new StartupError("DB_UNSUPPORTED", "the Postgres URL must be postgres://user:password@host:port/database");
  }
  return new URL(url);
}

/** Opens the connections and reads the namespace's settings. The schema must exist: see `migrate`. */
export async function openPostgres(url: string, given: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const options = { ...DEFAULT_POSTGRES_OPTIONS, ...given };
  const schema = schemaOf(options.namespace);
  const configOf = (more: readonly string[]): pg.ClientConfig => connectionConfig(url, options, more);
  const pool = new pg.Pool({
    ...configOf([]),
    max: options.maxConnections,
    onConnect: (client) => awaitStandby(client, options.connectTimeoutMs),
  });
  pool.on("error", options.onError);
  try {
    return new Postgres(pool, configOf, schema, options, await readSettings(pool, schema, options.namespace));
  } catch (cause) {
    await pool.end();
    throw cause;
  }
}

/**
 * Where commits wait for a synchronous standby, the first one of each connection does so too.
 *
 * A primary that crashed shows commits that it never acknowledged and its standby never got. When the standby has been
 * promoted they do not exist, and whoever acted on them would tell of turns that never were. A commit of our own lies
 * behind them in the log: once the standby has it, it has them; on a primary that lost its standby it never comes back.
 */
async function awaitStandby(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  const query = { text: AWAIT_STANDBY, query_timeout: timeoutMs };
  await client.query(query).catch((cause: unknown) => {
    if (!(cause instanceof Error) || cause.message !== "Query read timeout") throw cause;
    throw new Error("Postgres does not commit: its synchronous standby may be missing", { cause });
  });
}

const AWAIT_STANDBY = `select pg_logical_emit_message(true, 'stator', '')
                        where current_setting('synchronous_standby_names') <> ''`;

async function readSettings(pool: pg.Pool, schema: string, namespace: string): Promise<NamespaceSettings> {
  const found = await pool
    .query<NamespaceSettings>(
      `select partition_count as partitions, horizon_ms::float8 as "horizonMs", secret,
              system_identifier::text as "systemIdentifier"
         from ${schema}.namespace`,
    )
    .catch((cause: unknown) => {
      if (definiteState(cause) === undefined) throw cause;
      throw new StartupError("SCHEMA_VERSION", `namespace ${namespace} has no tables here yet; migrate first`, cause);
    });
  const row = found.rows[0];
  if (row === undefined) {
    throw new StartupError("SCHEMA_VERSION", `namespace ${namespace} has no settings here yet; migrate first`);
  }
  return row;
}

export class Postgres {
  readonly pool: pg.Pool;
  /** The namespace's schema, quoted, for statements. */
  readonly schema: string;
  readonly settings: NamespaceSettings;
  readonly #configOf: (more: readonly string[]) => pg.ClientConfig;
  readonly #options: PostgresOptions;
  readonly #lanes = new Set<Lane>();

  constructor(
    pool: pg.Pool,
    configOf: (more: readonly string[]) => pg.ClientConfig,
    schema: string,
    options: PostgresOptions,
    settings: NamespaceSettings,
  ) {
    this.pool = pool;
    this.schema = schema;
    this.settings = settings;
    this.#configOf = configOf;
    this.#options = options;
  }

  /** On any connection of the pool; one that fails in a way that is not definite is not used again. */
  async rows<T extends object = Row>(statement: Statement, values: unknown[]): Promise<T[]> {
    const client = await this.pool.connect();
    let isInDoubt = false;
    const broken = (): void => {
      isInDoubt = true; // whoever waits is told by the query
    };
    client.on("error", broken);
    try {
      return await ask<T>(client, { ...statement, values });
    } catch (error) {
      isInDoubt ||= definiteState(error) === undefined;
      throw error;
    } finally {
      client.off("error", broken);
      client.release(isInDoubt);
    }
  }

  /** `settings` are the session's, each `name=value`, beside ours. */
  lane(settings: readonly string[] = []): Lane {
    const lane = new Lane(this.#configOf(settings), this.#options);
    this.#lanes.add(lane);
    return lane;
  }

  /** Waits for what is on its way, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes].map((lane) => lane.close()));
    await this.pool.end();
  }
}

/** The SQLSTATE of a wait for the standby that was canceled: committed here, and perhaps nowhere else. */
const WARNING = "01000";

/** One statement. A commit with a warning counts as unknown. */
async function ask<T extends object>(client: pg.ClientBase, query: pg.QueryConfig): Promise<T[]> {
  let isWarned = false;
  const hear = ({ code }: { readonly code?: string | undefined }): void => {
    isWarned ||= code === WARNING;
  };
  client.on("notice", hear);
  try {
    const { rows } = await client.query<T>(query);
    if (isWarned) throw new Error("Postgres did not wait for its standby: the commit may not be there");
    return rows;
  } finally {
    client.off("notice", hear);
  }
}

/** One connection, one statement at a time, in the order asked. */
export class Lane {
  readonly #config: pg.ClientConfig;
  readonly #options: PostgresOptions;
  #client: pg.Client | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(config: pg.ClientConfig, options: PostgresOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** `timeoutMs` shortens the wait for the answer. A rejection that is not definite has closed the connection. */
  rows<T extends object = Row>(statement: Statement, values: unknown[], timeoutMs?: number): Promise<T[]> {
    const mine = this.#tail.then(() => this.#run<T>(statement, values, timeoutMs));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#isClosed = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #run<T extends object>(statement: Statement, values: unknown[], timeoutMs?: number): Promise<T[]> {
    const client = await this.#connected();
    try {
      const timeout = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
      return await ask<T>(client, { ...statement, values, ...timeout });
    } catch (error) {
      if (definiteState(error) === undefined) this.#drop(client);
      throw error;
    }
  }

  async #connected(): Promise<pg.Client> {
    if (this.#isClosed) throw new Error("the connection to Postgres was closed");
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client(this.#config);
    client.on("error", (error) => {
      this.#drop(client);
      this.#options.onError(error);
    });
    try {
      await client.connect();
      await awaitStandby(client, this.#options.connectTimeoutMs);
    } catch (error) {
      destroy(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    destroy(client);
  }
}

/** Cuts the socket: `end()` would wait for a server that may never answer. */
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
  connection.stream.destroy();
}
