/**
 * Hosts of the example sagas, in one process that dies by its own SIGKILL at given boundaries:
 * `node failpoint-main.js <config as JSON>`. Speaks as `host-main.ts` does.
 *
 * A boundary is the n-th time that a run comes to a place: before or after a commit, a call of an action, a call of a
 * compensation. All objects whose key is the run's name, alone or with `-…` behind it, belong to one run. Each host has a
 * namespace of its own and at most one boundary. One that comes to its boundary stands still there, for ever, and the last
 * one to come kills the process. So each is killed exactly at its boundary, and one process serves for many.
 *
 * What is passed is written to a file: hosts without a failpoint tell which boundaries there are.
 */
import { appendFileSync } from "node:fs";
import type { ObjectDefinition } from "stator/define";
import type { AnyStateMachine } from "xstate";
import { sagaObjects } from "../../actors/sagas.ts";
import { systemClock, systemRandom } from "../../src/clock/system.ts";
import { hostOptions } from "../../src/core/options.ts";
import { HostRuntime } from "../../src/host/host.ts";
import { connectNats } from "../../src/nats/transport.ts";
import type { Chain, Store } from "../../src/ports/store.ts";
import { Counters, type Logger } from "../../src/ports/telemetry.ts";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { openPostgres } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";
import type { HostMainConfig } from "./host-main.ts";
import type { HostStats } from "./host-process.ts";
import { tourObject } from "./tour.ts";

type Place = "commit" | "action" | "compensation";
export interface Boundary {
  readonly run: string;
  readonly at: `before-${Place}` | `after-${Place}`;
  /** From 1. */
  readonly nth: number;
}
export interface FailpointConfig extends Omit<HostMainConfig, "namespace"> {
  readonly hosts: readonly { readonly namespace: string; readonly failpoint?: Boundary | undefined }[];
  /** Gets a line of JSON for each boundary that is passed; nobody wants to know unless set. */
  readonly boundaryFile?: string | undefined;
}

const config = JSON.parse(process.argv[2] ?? "{}") as FailpointConfig;
const nameOf = ({ run, at, nth }: Boundary): string => `${run} ${at} ${nth}`;
const toReach = new Set(config.hosts.flatMap(({ failpoint }) => (failpoint ? [nameOf(failpoint)] : [])));
const timesPassed = new Map<string, number>();
/** Runs whose host stands still: it must not find its own work anew either, while it waits for the others. */
const standing = new Set<string>();

/** Does not resolve where the run's host is to die. */
async function pass(run: string, at: Boundary["at"]): Promise<void> {
  const nth = (timesPassed.get(`${run} ${at}`) ?? 0) + 1;
  timesPassed.set(`${run} ${at}`, nth);
  if (config.boundaryFile !== undefined) {
    appendFileSync(config.boundaryFile, `${JSON.stringify({ run, at, nth })}\n`);
  }
  if (!toReach.delete(nameOf({ run, at, nth }))) return;
  standing.add(run);
  if (toReach.size === 0) process.kill(process.pid, "SIGKILL");
  await new Promise<never>(() => undefined);
}

const runOf = (key: string): string => key.split("-")[0] ?? key;
/** Accounts are opened before their run begins. */
const isOpening = ({ address, base }: Chain): boolean => address.name === "account" && base.revision === 0;

/** Commits of a run that have not passed their last boundary. */
const committing = new Map<string, number>();
const count = (run: string, by: number): unknown => committing.set(run, (committing.get(run) ?? 0) + by);

/** Before its commit nothing is written; after it the host learns nothing of what was. */
function withFailpoints(store: PostgresStore, doomed: string): PostgresStore {
  const still = async <T>(look: Promise<T>): Promise<T> => {
    const seen = await look;
    return standing.has(doomed) ? new Promise<never>(() => undefined) : seen;
  };
  const pendingInvocations = store.pendingInvocations.bind(store);
  store.pendingInvocations = (...args) => still(pendingInvocations(...args));
  const pendingSends = store.pendingSends.bind(store);
  store.pendingSends = (...args) => still(pendingSends(...args));
  const dueTimers = store.dueTimers.bind(store);
  store.dueTimers = (...args) => still(dueTimers(...args));
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const runs = new Set(batch.filter((chain) => !isOpening(chain)).map(({ address }) => runOf(address.key)));
    for (const run of runs) count(run, 1);
    for (const run of runs) await pass(run, "before-commit");
    const outcomes = await commit(batch);
    for (const run of runs) await pass(run, "after-commit");
    for (const run of runs) count(run, -1);
    return outcomes;
  };
  return store;
}

/** Of two actors that run side by side, which one waits for the result of which: a run has one order of boundaries. */
const WAITS_FOR: Readonly<Record<string, string>> = { tickets: "payment" };

async function untilEnded(store: Pick<Store, "pendingInvocations">, of: string, actor: string): Promise<void> {
  const scope = { partitions: Array.from({ length: config.partitions ?? 256 }, (_, i) => i), names: ["trip"] };
  const isRunning = async (): Promise<boolean> => {
    const pending = await store.pendingInvocations(scope, 100);
    return pending.some((row) => row.actor === actor && runOf(row.address.key) === of);
  };
  while ((await isRunning()) || (committing.get(of) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

function withFailpointsIn(definition: ObjectDefinition, store: PostgresStore): ObjectDefinition {
  const actors = [...definition.actors].map(([name, actor]) => {
    const place = name.startsWith("undo:") ? "compensation" : "action";
    const run: typeof actor.run = async (args) => {
      const of = runOf(args.idempotencyKey.split("/")[1] ?? "");
      const first = WAITS_FOR[name];
      if (first !== undefined) await untilEnded(store, of, first);
      await pass(of, `before-${place}`);
      try {
        return await actor.run(args);
      } finally {
        await pass(of, `after-${place}`);
      }
    };
    return [name, { ...actor, run }] as const;
  });
  return { ...definition, machine: patient(definition.machine), actors: new Map(actors) };
}

/** A kill may take longer than the seconds within which a reservation must be answered; that is not the question here. */
function patient(machine: AnyStateMachine): AnyStateMachine {
  const delays = Object.keys(machine.implementations.delays).map((name) => [name, 600_000]);
  return delays.length > 0 ? machine.provide({ delays: Object.fromEntries(delays) }) : machine;
}

const line = (level: string) => (fields: object, text: string) => {
  if (process.env["E2E_LOG"] === undefined && level !== "error") return;
  process.stderr.write(`${process.pid} ${level} ${text} ${JSON.stringify(fields, errorText)}\n`);
};
const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.stack : value);
const log: Logger = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };

const counters = new Counters();

async function open({ namespace, failpoint }: FailpointConfig["hosts"][number]): Promise<HostRuntime> {
  const { partitions, nats } = config;
  await migrate(config.postgres, { namespace, ...(partitions === undefined ? {} : { partitions }) });
  const onError = (err: Error): void => log.warn({ err }, "a Postgres connection broke");
  const postgres = await openPostgres(config.postgres, { namespace, onError });
  const store = new PostgresStore(postgres, "main");
  return new HostRuntime({
    objects: [...sagaObjects, tourObject].map((definition) => withFailpointsIn(definition, store)),
    namespace,
    group: "main",
    store: withFailpoints(store, failpoint?.run ?? ""),
    leases: new PostgresLeases(postgres, "main"),
    transport: await connectNats(nats, { name: `${namespace} ${process.pid}`, clock: systemClock }),
    secret: postgres.settings.secret,
    label: `failpoint:${process.pid}`,
    options: hostOptions(config.options),
    clock: systemClock,
    random: systemRandom,
    log,
    counters,
  });
}

process.stdin.resume().once("end", () => process.exit(1));
const hosts = await Promise.all(config.hosts.map(open));
process.on("SIGUSR2", () => {
  const { rss, heapUsed } = process.memoryUsage();
  const activations = hosts.reduce((sum, host) => sum + host.activations, 0);
  const stats: HostStats = { counters: counters.toJSON(), activations, rss, heapUsed };
  process.stdout.write(`stats ${JSON.stringify(stats)}\n`);
});
await Promise.all(hosts.map((host) => host.start()));
process.stdout.write(`ready ${hosts.map(({ id }) => id).join()}\n`);
