/** The systems that Stator is compared with: installed into a folder of their own, started, and stopped. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";
import { Child } from "./child.ts";
import type { Servers } from "./cluster.ts";
import type { Target } from "./measure.ts";

/** What is installed, by npm, into `<tmp>/stator-bench-peers`. Never a dependency of ours. */
export const PEER_PACKAGES: Readonly<Record<string, string>> = {
  "@restatedev/restate-server": "1.7.12",
  "@restatedev/restate-sdk": "1.17.2",
  "@dbos-inc/dbos-sdk": "5.3.0",
  pg: "8.23.1",
};
const FOLDER = join(tmpdir(), "stator-bench-peers");
const READY_MS = 60_000;
/** A line for each call would be part of what is measured; and nobody is to be asked for newer versions. */
const QUIET = { ...process.env, RESTATE_LOGGING: "ERROR", DO_NOT_TRACK: "1" };

export interface Peer {
  readonly name: string;
  readonly target: Target;
  /** Milliseconds by which each alarm that rang so far was late, by the clock of the machine. */
  lateMs(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Rejects with what npm said where the packages are not to be had. */
export function installPeers(say: (line: string) => void): void {
  const wished = JSON.stringify({ private: true, type: "module", dependencies: PEER_PACKAGES });
  if (existsSync(join(FOLDER, "node_modules/@dbos-inc/dbos-sdk"))) return;
  say(`installing ${Object.keys(PEER_PACKAGES).join(", ")} into ${FOLDER}`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "package.json"), wished);
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: FOLDER,
    encoding: "utf8",
  });
  if (npm.status !== 0) throw new Error(`the peers cannot be installed: ${npm.stderr.slice(-2_000)}`);
}

async function startApp(file: string, args: readonly string[]): Promise<Child> {
  copyFileSync(`test/bench/peers/${file}`, join(FOLDER, file));
  return Child.of(fork(join(FOLDER, file), args, { cwd: FOLDER, execArgv: [], env: QUIET }));
}

const lateOf = (app: Child) => async (): Promise<readonly number[]> =>
  (await app.ask<{ readonly lateMs: readonly number[] }>({})).lateMs;

/** One node, with the durability it has unless told otherwise, data on the same disk. */
export async function openRestate(): Promise<Peer> {
  const [port, ingress, admin, node] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const app = await startApp("restate-app.mjs", [String(port)]);
  const data = mkdtempSync(join(tmpdir(), "stator-bench-restate-"));
  const server = spawn(join(FOLDER, "node_modules/.bin/restate-server"), ["--no-logo", "--base-dir", data], {
    env: {
      ...QUIET,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "error",
    },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true, // a group: what npm installs is a script, and the server its child
  });
  await register(`http://127.0.0.1:${admin}/deployments`, `http://127.0.0.1:${port}`);
  const load = await Child.start("http-load-main", { url: `http://127.0.0.1:${ingress}` });
  return {
    name: "Restate",
    target: { load, processes: { app: [app.pid], server: [server.pid ?? -1] }, walBytes: async () => 0 },
    lateMs: lateOf(app),
    close: async () => {
      await load.stop();
      await stopped(server, once(server, "exit"));
      await app.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Restate's server is up when it has found the handlers. */
async function register(deployments: string, uri: string): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  for (let last: unknown; ; ) {
    try {
      const response = await fetch(deployments, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ uri }),
      });
      if (response.ok) return;
      last = await response.text();
    } catch (cause) {
      last = cause;
    }
    if (performance.now() > untilMs) throw new Error(`Restate does not take the deployment: ${String(last)}`);
    await pause(200);
  }
}

/** On the Postgres that Stator uses, in a database of its own. */
export async function openDbos({ database, postgresUrl, postgresPid }: Servers): Promise<Peer> {
  const name = `dbos${Date.now().toString(36)}`;
  await database.query(`create database ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = name;
  const port = await freePort();
  const app = await startApp("dbos-app.mjs", [String(port), url.href]);
  const load = await Child.start("http-load-main", { url: `http://127.0.0.1:${port}` });
  return {
    name: "DBOS",
    target: {
      load,
      processes: { app: [app.pid], ...(postgresPid === undefined ? {} : { postgres: [postgresPid] }) },
      walBytes: async () => {
        const { rows } = await database.query("select pg_current_wal_insert_lsn() - '0/0' as bytes");
        return Number(rows[0].bytes);
      },
    },
    lateMs: lateOf(app),
    close: async () => {
      await load.stop();
      await app.stop();
      await database.query(`drop database ${name} with (force)`);
    },
  };
}

/** The whole group, which the child leads. */
async function stopped({ pid, exitCode, signalCode }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, "SIGKILL");
  await ended;
}
