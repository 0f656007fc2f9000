/**
 * Hosts of the example sagas, in one process that dies by its own SIGKILL at given boundaries:
 * `node --import tsx test/support/failpoint-main.ts <config as JSON>`. Speaks as `host-main.ts` does.
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
import type { Chain } from "../../src/ports/store.ts";
import { Counters, type Logger } from "../../src/ports/telemetry.ts";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { openPostgres } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";
import type { HostMainConfig } from "./host-main.ts";
import type { HostStats } from "./host-process.ts";

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

/** Does not resolve where the run's host is to die. */
async function pass(run: string, at: Boundary["at"]): Promise<void> {
  const nth = (timesPassed.get(`${run} ${at}`) ?? 0) + 1;
  timesPassed.set(`${run} ${at}`, nth);
  if (config.boundaryFile !== undefined) {
    appendFileSync(config.boundaryFile, `${JSON.stringify({ run, at, nth })}\n`);
  }
  if (!toReach.delete(nameOf({ run, at, nth }))) return;
  if (toReach.size === 0) process.kill(process.pid, "SIGKILL");
  await new Promise<never>(() => undefined);
}

const runOf = (key: string): string => key.split("-")[0] ?? key;
/** Accounts are opened before their run begins. */
const isOpening = ({ address, base }: Chain): boolean => address.name === "account" && base.revision === 0;

/** Before its commit nothing is written; after it the host learns nothing of what was. */
function withFailpoints(store: PostgresStore): PostgresStore {
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const runs = new Set(batch.filter((chain) => !isOpening(chain)).map(({ address }) => runOf(address.key)));
    for (const run of runs) await pass(run, "before-commit");
    const outcomes = await commit(batch);
    for (const run of runs) await pass(run, "after-commit");
    return outcomes;
  };
  return store;
}

function withFailpointsIn(definition: ObjectDefinition): ObjectDefinition {
  const actors = [...definition.actors].map(([name, actor]) => {
    const place = name.startsWith("undo:") ? "compensation" : "action";
    const run: typeof actor.run = async (args) => {
      const of = runOf(args.idempotencyKey.split("/")[1] ?? "");
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

/** A kill may take longer than the five seconds within which a reservation must be answered; that is not the question here. */
function patient(machine: AnyStateMachine): AnyStateMachine {
  return "reservation" in machine.implementations.delays
    ? machine.provide({ delays: { reservation: 600_000 } })
    : machine;
}

const line = (level: string) => (fields: object, text: string) => {
  if (process.env["E2E_LOG"] === undefined && level !== "error") return;
  process.stderr.write(`${process.pid} ${level} ${text} ${JSON.stringify(fields, errorText)}\n`);
};
const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.stack : value);
const log: Logger = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };

const counters = new Counters();
const objects = sagaObjects.map(withFailpointsIn);

async function open(namespace: string): Promise<HostRuntime> {
  const { partitions, nats } = config;
  await migrate(config.postgres, { namespace, ...(partitions === undefined ? {} : { partitions }) });
  const onError = (err: Error): void => log.warn({ err }, "a Postgres connection broke");
  const postgres = await openPostgres(config.postgres, { namespace, onError });
  return new HostRuntime({
    objects,
    namespace,
    group: "main",
    store: withFailpoints(new PostgresStore(postgres, "main")),
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
const hosts = await Promise.all(config.hosts.map(({ namespace }) => open(namespace)));
process.on("SIGUSR2", () => {
  const { rss, heapUsed } = process.memoryUsage();
  const activations = hosts.reduce((sum, host) => sum + host.activations, 0);
  const stats: HostStats = { counters: counters.toJSON(), activations, rss, heapUsed };
  process.stdout.write(`stats ${JSON.stringify(stats)}\n`);
});
await Promise.all(hosts.map((host) => host.start()));
process.stdout.write(`ready ${hosts.map(({ id }) => id).join()}\n`);
