/**
 * The dev stack: finds or starts a Postgres and a nats-server, and stops what it started. One stack a folder.
 *
 *   <dataDir>/dev/  lock.json  state.json  pg<major>/  nats/  postgres.log  nats.log
 *
 * A library: no signal handlers, no exit; the command on top stops it. If the process dies without a stop, the kernel
 * tells the servers (Linux), and the next start stops whatever is left.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Environment, readEnvironment } from "./environment.ts";
import { DevStackError, messageOf } from "./errors.ts";
import { takeLock } from "./lock.ts";
import { NATS_STOP_SIGNAL, natsUrl, planNats } from "./nats.ts";
import { NATS_BASE_PORT, POSTGRES_BASE_PORT } from "./ports.ts";
import { POSTGRES_STOP_SIGNAL, planPostgres, postgresUrl } from "./postgres.ts";
import { Server, type ServerPlan, stopOrphan } from "./server.ts";
import { type ServerName, State } from "./state.ts";

export interface DevStackOptions {
  /** Where data and logs go, such as `.stator`. */
  readonly dataDir: string;
  /** Given: used, not started. */
  readonly databaseUrl?: string | undefined;
  /** Given: used, not started. */
  readonly natsUrl?: string | undefined;
  /** Given: this one or none. Else picked near 54320 and kept. */
  readonly postgresPort?: number | undefined;
  /** Given: this one or none. Else picked near 42220 and kept. */
  readonly natsPort?: number | undefined;
  /** Progress, one line each; a step that takes long is announced before it begins. */
  readonly say: (line: string) => void;
}

export interface DevStack {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  /** Where each server came from, for the person at the terminal. */
  readonly origins: { readonly postgres: string; readonly nats: string };
  readonly readyMs: number;
  /** Of the servers we started, as of now. */
  readonly pids: { readonly postgres?: number; readonly nats?: number };
  /** Stops what we started and gives the folder free. Idempotent. */
  stop(): Promise<void>;
  /** A crash on purpose: same port, same data. Resolves when it answers again. Refused for a server that was given. */
  restartPostgres(mode: "immediate" | "kill"): Promise<void>;
  restartNats(mode: "kill"): Promise<void>;
}

/** A server that answers, ours or given. */
interface Running {
  readonly url: string;
  readonly origin: string;
  readonly server: Server | undefined;
}

/** How to come by one of the two servers. */
interface Source {
  readonly name: ServerName;
  readonly given: string | undefined;
  readonly variable: string;
  readonly port: number | undefined;
  readonly basePort: number;
  readonly stopSignal: NodeJS.Signals;
  url(port: number): string;
  plan(
    devDir: string,
    environment: Environment,
    say: (line: string) => void,
  ): Promise<{ readonly plan: ServerPlan; readonly origin: string }>;
}

export async function startDevStack(options: DevStackOptions): Promise<DevStack> {
  const startedAt = performance.now();
  const devDir = join(resolve(options.dataDir), "dev");
  await mkdir(devDir, { recursive: true });
  const lock = await takeLock(devDir, options.say);
  const [postgres, nats] = await startBoth(sources(options), devDir, options.say).catch((cause: unknown) => {
    lock.release();
    throw cause;
  });
  let stopping: Promise<void> | undefined;
  return {
    postgresUrl: postgres.url,
    natsUrl: nats.url,
    origins: { postgres: postgres.origin, nats: nats.origin },
    readyMs: Math.round(performance.now() - startedAt),
    get pids() {
      return { ...pidOf("postgres", postgres), ...pidOf("nats", nats) };
    },
    stop: () => {
      stopping ??= stopAll([nats, postgres]).then(() => lock.release());
      return stopping;
    },
    restartPostgres: async (mode) => own(postgres, "Postgres").restart(mode === "kill" ? "SIGKILL" : "SIGQUIT"),
    restartNats: async () => own(nats, "NATS").restart("SIGKILL"),
  };
}

function sources(options: DevStackOptions): readonly [Source, Source] {
  return [
    {
      name: "postgres",
      given: options.databaseUrl,
      variable: "DATABASE_URL",
      port: options.postgresPort,
      basePort: POSTGRES_BASE_PORT,
      stopSignal: POSTGRES_STOP_SIGNAL,
      url: postgresUrl,
      plan: planPostgres,
    },
    {
      name: "nats",
      given: options.natsUrl,
      variable: "NATS_URL",
      port: options.natsPort,
      basePort: NATS_BASE_PORT,
      stopSignal: NATS_STOP_SIGNAL,
      url: natsUrl,
      plan: planNats,
    },
  ];
}

/** Side by side, since finding either may take long; if one fails, the other does not stay behind. */
async function startBoth(
  both: readonly [Source, Source],
  devDir: string,
  say: (line: string) => void,
): Promise<readonly [Running, Running]> {
  const state = new State(devDir);
  const environment = readEnvironment();
  const [postgres, nats] = await Promise.allSettled(
    both.map((source) => open(source, devDir, environment, state, say)),
  );
  if (postgres?.status === "fulfilled" && nats?.status === "fulfilled") return [postgres.value, nats.value];
  const failures: unknown[] = [];
  for (const outcome of [nats, postgres]) {
    if (outcome?.status === "fulfilled") await outcome.value.server?.stop();
    if (outcome?.status === "rejected") failures.push(outcome.reason);
  }
  if (failures.length === 1) throw failures[0];
  throw new DevStackError(failures.map(messageOf).join("\n"), { cause: failures[0] });
}

async function open(
  source: Source,
  devDir: string,
  environment: Environment,
  state: State,
  say: (line: string) => void,
): Promise<Running> {
  const { name } = source;
  await stopOrphan(name, source.stopSignal, state, say);
  if (source.given !== undefined) return { url: source.given, origin: source.variable, server: undefined };
  const { plan, origin } = await source.plan(devDir, environment, say);
  const wish = { server: name, given: source.port, remembered: state.get(name)?.port, base: source.basePort };
  const server = await Server.start(plan, wish, state, say);
  return { url: source.url(server.port), origin, server };
}

/** In this order: nothing new comes in over NATS while Postgres ends its transactions. */
async function stopAll(order: readonly Running[]): Promise<void> {
  for (const { server } of order) await server?.stop();
}

function own({ server, origin }: Running, name: string): Server {
  if (server === undefined) throw new DevStackError(`${name} was given by ${origin}: restart it yourself`);
  return server;
}

function pidOf(name: ServerName, { server }: Running): Partial<Record<ServerName, number>> {
  return server?.pid === undefined ? {} : { [name]: server.pid };
}
