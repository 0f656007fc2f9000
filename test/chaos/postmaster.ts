/** A Postgres of a run beside the stack's: with a folder, a port and a process of its own. */
import { chown, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import pg from "pg";
import { findPostgres } from "../../src/dev/binaries.ts";
import { clearStalePid } from "../../src/dev/cluster.ts";
import { type Command, isExecutable, run } from "../../src/dev/command.ts";
import { readEnvironment } from "../../src/dev/environment.ts";
import { type Identity, postgresIdentity } from "../../src/dev/identity.ts";
import { until } from "../../src/dev/poll.ts";
import { postgresUrl } from "../../src/dev/postgres.ts";
import { killProcess, type ServerProcess, spawnServer, stopProcess } from "../../src/dev/process.ts";

const READY_MS = 60_000;
const ANSWER_MS = 3_000;

/** `max_connections` may not be lower than the primary's. */
const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "wal_retrieve_retry_interval=200ms",
];

export interface PostgresTools {
  readonly postgres: string;
  readonly backup: string;
  readonly env: Readonly<Record<string, string>>;
  readonly identity: Identity;
}

/** Undefined where there is no `pg_basebackup` beside `postgres`. */
export async function findPostgresTools(folder: string): Promise<PostgresTools | undefined> {
  const environment = readEnvironment();
  const { dir, env } = await findPostgres(environment, join(folder, "pg-lib"));
  const [postgres, backup] = [join(dir, "postgres"), join(dir, "pg_basebackup")];
  if (!(await isExecutable(backup))) return undefined;
  const identity = await postgresIdentity(environment.path, { probe: [postgres, "--version"], folder, env });
  return { postgres, backup, env, identity };
}

/** A copy of the server on `port`, made while it works, that will follow it under the name given. */
export async function copyCluster(tools: PostgresTools, port: number, folder: string, name: string): Promise<void> {
  const { backup, identity, env } = tools;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  if (identity.owner !== undefined) await chown(folder, identity.owner.uid, identity.owner.gid);
  const source = `host=127.0.0.1 port=${port} user=postgres application_name=${name}`;
  const command: Command = [backup, "-D", folder, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
  const { isOk, stderr } = await run(identity.wrap(command, "KILL"), { env });
  if (!isOk) throw new Error(`pg_basebackup failed: ${stderr}`);
}

export class Postmaster {
  readonly folder: string;
  readonly port: number;
  readonly #process: ServerProcess;

  private constructor(folder: string, port: number, running: ServerProcess) {
    this.folder = folder;
    this.port = port;
    this.#process = running;
  }

  /** Resolves when it takes connections; a folder that was copied follows its source, any other is a primary's. */
  static async start(
    tools: PostgresTools,
    folder: string,
    port: number,
    more: readonly string[] = [],
  ): Promise<Postmaster> {
    await clearStalePid(folder, () => undefined);
    const settings = [...SETTINGS, `port=${port}`, ...more].flatMap((setting) => ["-c", setting]);
    const running = await spawnServer({
      command: tools.identity.wrap([tools.postgres, "-D", folder, ...settings], "KILL"),
      env: tools.env,
      logFile: join(dirname(folder), "postgres.log"),
    });
    const started = new Postmaster(folder, port, running);
    const isReady = await until(() => started.#answers(), READY_MS);
    if (isReady) return started;
    await started.kill();
    throw new Error(`Postgres does not start on ${folder}:\n${await running.logTail()}`);
  }

  async #answers(): Promise<boolean> {
    const how = this.#process.exit();
    if (how !== undefined)
      throw new Error(`Postgres on ${this.folder} ended with ${how}:\n${await this.#process.logTail()}`);
    return this.rows("select 1").then(
      () => true,
      () => false,
    );
  }

  rows<T>(sql: string): Promise<T[]> {
    return askPostgres<T>(this.port, sql);
  }

  /** In order, so that its folder can be another's. */
  stop(): Promise<void> {
    return stopProcess(this.#process, "SIGINT");
  }

  kill(): Promise<void> {
    return killProcess(this.#process);
  }
}

/** One question over a connection of its own. */
export async function askPostgres<T>(port: number, sql: string): Promise<T[]> {
  const client = new pg.Client({
    connectionString: postgresUrl(port),
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: 10 * ANSWER_MS,
  });
  client.on("error", () => undefined); // servers are killed on purpose; the question itself rejects
  try {
    await client.connect();
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}
