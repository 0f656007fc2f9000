/**
 * The Postgres of the dev stack: on loopback TCP only, with durability as in production. Tests must see the real thing,
 * so fsync and synchronous_commit stay on.
 */
import { join } from "node:path";
import pg from "pg";
import { findPostgres } from "./binaries.ts";
import { clearStalePid, openCluster, readPidFile } from "./cluster.ts";
import { type Command, run } from "./command.ts";
import type { Environment } from "./environment.ts";
import { DevStackError } from "./errors.ts";
import { postgresIdentity } from "./identity.ts";
import type { ServerPlan } from "./server.ts";

export const POSTGRES_STOP_SIGNAL = "SIGINT"; // fast: open transactions are rolled back, no recovery at the next start

const CONNECT_TIMEOUT_MS = 3_000;

export function postgresUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

export async function planPostgres(
  devDir: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<{ readonly plan: ServerPlan; readonly origin: string }> {
  const { dir, origin, env } = await findPostgres(environment, join(devDir, "pg-lib"));
  const postgres = join(dir, "postgres");
  const probe: Command = [postgres, "--version"];
  const identity = await postgresIdentity(environment.path, { probe, folder: devDir, env });
  const version = await run(probe, { env });
  const [, full, major] = /((\d+)\S*)/.exec(version.stdout) ?? [];
  if (!version.isOk || full === undefined || major === undefined) {
    throw new DevStackError(`${postgres} does not run: ${version.stderr}`);
  }
  const folder = await openCluster({ devDir, major, initdb: join(dir, "initdb"), env, identity, say });
  const probeLz4: Command = [postgres, "-D", folder, "-C", "wal_compression", "-c", "wal_compression=lz4"];
  const canLz4 = (await run(identity.wrap(probeLz4, "KILL"), { env })).isOk;
  const plan: ServerPlan = {
    name: "postgres",
    logFile: join(devDir, "postgres.log"),
    env,
    stopSignal: POSTGRES_STOP_SIGNAL,
    prepare: async (port) => {
      await clearStalePid(folder, say);
      return identity.wrap([postgres, "-D", folder, ...settings(port, canLz4 ? "lz4" : "on")], "INT");
    },
    isReady: async ({ pid }, port) => {
      const file = await readPidFile(folder);
      return file?.pid === pid && file.isReady && answers(port);
    },
  };
  return { plan, origin: `${origin} (${full})` };
}

function settings(port: number, walCompression: "lz4" | "on"): readonly string[] {
  const values = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port,
    max_connections: 200,
    wal_compression: walCompression,
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: postgresUrl(port),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => undefined); // the connection may break at any moment; then the answer is no
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch (cause) {
    if (cause instanceof Error) return false;
    throw cause;
  } finally {
    await client.end();
  }
}
