/** What is measured: a Postgres and a nats-server, given or started for this run, and the hosts of one namespace. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "nats";
import pg from "pg";
import { startDevStack } from "../../src/dev/stack.ts";
import { Child } from "./child.ts";
import { CpuTimes } from "./cpu.ts";
import type { HostConfig } from "./host-main.ts";
import type { LoadConfig, LoadReport } from "./load.ts";

export interface Servers {
  readonly postgresUrl: string;
  /** Of each node. The load is on the first one, hosts are on one after the other. */
  readonly natsUrls: readonly string[];
  readonly postgresVersion: string;
  readonly natsVersion: string;
  /** Undefined for a server on another machine. */
  readonly postgresPid: number | undefined;
  /** None of a server that was given. */
  readonly natsPids: readonly number[];
  readonly database: pg.Pool;
  stop(): Promise<void>;
}

export async function openServers(given: {
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
}): Promise<Servers> {
  const dataDir = mkdtempSync(join(tmpdir(), "stator-bench-"));
  chmodSync(dataDir, 0o755); // as root, Postgres runs as a user who must be able to walk in
  const stack = await startDevStack({ dataDir, ...given, say: () => undefined });
  const { postgresUrl, natsUrl } = stack;
  const database = new pg.Pool({ connectionString: postgresUrl, max: 2 });
  database.on("error", () => undefined);
  const { rows } = await database.query("select current_setting('server_version') as version, pg_backend_pid() as pid");
  return {
    postgresUrl,
    natsUrls: [natsUrl],
    postgresVersion: rows[0].version,
    natsVersion: await natsVersionOf(natsUrl),
    postgresPid: isHere(postgresUrl) ? new CpuTimes().parentOf(rows[0].pid) : undefined,
    natsPids: stack.pids.nats === undefined ? [] : [stack.pids.nats],
    database,
    stop: async () => {
      await database.end();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const isHere = (url: string): boolean => ["127.0.0.1", "localhost"].includes(new URL(url).hostname);

async function natsVersionOf(url: string): Promise<string> {
  const connection = await connect({ servers: url });
  const version = connection.info?.version ?? "unknown";
  await connection.close();
  return version;
}

/** Of the node for the nth client. */
export function natsUrlOf({ natsUrls }: Pick<Servers, "natsUrls">, nth: number): string {
  const url = natsUrls[nth % natsUrls.length];
  if (url === undefined) throw new Error("there is no NATS server");
  return url;
}

/** Most of what a turn allocates lives as long as a commit: with the default of 16 MB it is promoted before it dies. */
const HOST_FLAGS = ["--max-semi-space-size=32"];

/** A namespace of its own, its hosts and one load process. */
export class Cluster {
  readonly servers: Servers;
  readonly namespace: string;
  readonly hosts: Child[] = [];
  readonly load: Child;

  private constructor(servers: Servers, namespace: string, load: Child) {
    this.servers = servers;
    this.namespace = namespace;
    this.load = load;
  }

  static async open(servers: Servers, hosts: number, options: HostConfig["options"] = {}): Promise<Cluster> {
    const namespace = `bench${Date.now().toString(36)}`;
    const config: LoadConfig = { nats: natsUrlOf(servers, 0), namespace };
    const cluster = new Cluster(servers, namespace, await Child.start("load-main", config));
    for (let i = 0; i < hosts; i++) await cluster.addHost(options);
    return cluster;
  }

  get schema(): string {
    return `"stator_${this.namespace}"`;
  }

  async addHost(options: HostConfig["options"] = {}, execArgv: readonly string[] = []): Promise<Child> {
    const { postgresUrl: postgres } = this.servers;
    const nats = natsUrlOf(this.servers, this.hosts.length);
    const config: HostConfig = { postgres, nats, namespace: this.namespace, options };
    const host = await Child.start("host-main", config, [...HOST_FLAGS, ...execArgv]);
    this.hosts.push(host);
    return host;
  }

  /** Makes the counters, so that no run has births in it. */
  async fill(keys: number): Promise<void> {
    const { failures, failure } = await this.load.ask<LoadReport>({
      operation: "fill",
      keys,
      callers: 256,
      operations: keys,
      run: "fill",
    });
    if (failures > 0) throw new Error(`${failures} objects were not made: ${failure}`);
  }

  /** One row of SQL over the tables of the namespace. */
  async row<T>(sql: string, values: readonly unknown[] = []): Promise<T> {
    const { rows } = await this.servers.database.query(sql.replaceAll("$schema", this.schema), [...values]);
    return rows[0] as T;
  }

  /** Ends the processes and drops the tables. */
  async close(): Promise<void> {
    await this.load.stop();
    for (const host of this.hosts) await host.stop();
    await this.servers.database.query(`drop schema ${this.schema} cascade`);
  }
}
