/**
 * A kill -9 at every boundary of the example sagas: before and after each commit, each call of an action, each call of a
 * compensation. The boundaries are counted in a run that nobody disturbs. Then each gets a run of its own: its host dies
 * there, the next host carries on, and that next host is already the one that dies at the next boundary.
 *
 * What the outside saw (`SAGA_WITNESS`) is known beforehand, call by call: what was called before the kill and not yet
 * written is called once more, under its key; nothing else comes twice, nothing is left out, the order stands.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NatsConnection } from "nats";
import { expect, inject, test } from "vitest";
import { heldAfter, type Witnessed } from "../../actors/sagas.ts";
import { scratchDir } from "../dev/scratch.ts";
import { eventually } from "../support/eventually.ts";
import type { Boundary } from "../support/failpoint-main.ts";
import { freshNamespace, type HostProcess, type SagaHostSetup, spawnSagaHosts } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { ask, Database, rawNats } from "../support/raw.ts";

/** Hosts that die at once, in one process, each at a boundary and in a namespace of its own. */
const AT_ONCE = 16;
const PATIENCE = { timeoutMs: 30_000, everyMs: 40 };

interface Scenario {
  readonly object: "streaming" | "checkout" | "transfer" | "trip" | "tour";
  readonly input: (run: string) => object;
  readonly status: "completed" | "compensated";
  /** By kind and step; each is written by one commit, after that of the creation. The outside sees all but `read`. */
  readonly calls: readonly string[];
  /** Turns of both accounts, where money is moved. */
  readonly moves?: readonly string[];
  readonly boundaries: number;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  all: {
    object: "streaming",
    input: () => ({ userId: "u", items: ["Arte", "Mubi"] }),
    status: "completed",
    calls: ["do payment", "do subscription[0]", "do subscription[1]"],
    boundaries: 14,
  },
  disney: {
    object: "streaming",
    input: () => ({ userId: "u", items: ["Arte", "Disney", "Mubi"] }),
    status: "compensated",
    calls: [
      ...["do payment", "do subscription[0]", "do subscription[1]"],
      ...["undo subscription[1]", "undo subscription[0]", "undo payment"],
    ],
    boundaries: 26,
  },
  declined: {
    object: "checkout",
    input: () => ({ sku: "s", amount: 5_000 }),
    status: "compensated",
    calls: ["do reserve", "do charge", "undo charge", "undo reserve"],
    boundaries: 18,
  },
  booked: {
    object: "trip",
    input: () => ({ traveler: "t", to: "Rome" }),
    status: "completed",
    calls: [
      ...["read visa", "do flight", "do hotel", "do car", "do payment", "do tickets"],
      ...["confirm flight", "confirm hotel"],
    ],
    boundaries: 34,
  },
  unguided: {
    object: "tour",
    input: () => ({ to: "Rome" }),
    status: "compensated",
    calls: [
      ...["do bus", "do room", "do breakfast", "do guide"],
      ...["undo guide", "undo breakfast", "undo room", "undo bus"],
    ],
    boundaries: 34,
  },
  moved: {
    object: "transfer",
    input: (run) => ({ from: `${run}-from`, to: `${run}-to`, amount: 30 }),
    status: "completed",
    calls: [],
    moves: ["from: DEBIT -30", "to: CREDIT 30"],
    boundaries: 10,
  },
  uncovered: {
    object: "transfer",
    input: (run) => ({ from: `${run}-from`, to: `${run}-to`, amount: 500 }),
    status: "compensated",
    calls: [],
    moves: ["from: DEBIT 0"],
    boundaries: 6,
  },
};

/** One run, in the namespace of a host that dies at this boundary. */
interface Job {
  readonly scenario: Scenario;
  readonly boundary: Boundary;
  readonly namespace: string;
}

interface Scene {
  readonly nats: NatsConnection;
  readonly setup: Omit<SagaHostSetup, "hosts"> & { readonly witnessFile: string; readonly boundaryFile: string };
  readonly namespaces: readonly string[];
}

async function openScene(): Promise<Scene> {
  const folder = scratchDir();
  const [witnessFile, boundaryFile] = [join(folder, "witness.ndjson"), join(folder, "boundaries.ndjson")];
  for (const file of [witnessFile, boundaryFile]) writeFileSync(file, "");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, witnessFile, boundaryFile, partitions: 4 }; // a lease that a busy machine can hold
  const namespaces = Array.from({ length: AT_ONCE }, (_, n) => freshNamespace(`crash${n}`));
  return { nats: await rawNats(servers.natsUrl), setup, namespaces };
}

const linesOf = <T>(file: string): T[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);

/** One attempt to create what a run is about; a repetition has the same message id. */
async function create({ nats }: Scene, { scenario, namespace, boundary: { run } }: Job): Promise<void> {
  const id = { "Stator-Message-Id": `begin-${run}` };
  const { json } = await ask(
    nats,
    `stator.${namespace}.create.${scenario.object}.${run}`,
    scenario.input(run),
    id,
    1_000,
  );
  expect(json).toMatchObject({ ok: true });
}

/** Where money is moved. */
async function openAccounts({ nats }: Scene, { scenario, namespace, boundary: { run } }: Job): Promise<void> {
  if (scenario.moves === undefined) return;
  for (const key of [`${run}-from`, `${run}-to`]) {
    await eventually(async () => {
      const subject = `stator.${namespace}.create.account.${key}`;
      const { json } = await ask(nats, subject, { balance: 100 }, { "Stator-Message-Id": `open-${key}` }, 1_000);
      expect(json).toMatchObject({ ok: true });
    }, PATIENCE);
  }
}

async function finish(scene: Scene, job: Job): Promise<void> {
  await eventually(() => create(scene, job), PATIENCE);
  const { scenario, namespace, boundary } = job;
  const ended = await eventually(async () => {
    const subject = `stator.${namespace}.get.${scenario.object}.${boundary.run}`;
    const { json } = await ask(scene.nats, subject, "", {}, 1_000);
    expect(json, `${JSON.stringify(boundary)} ${JSON.stringify(json)}`).toMatchObject({ ok: true, status: "done" });
    return json;
  }, PATIENCE);
  expect(ended.output).toMatchObject({ status: scenario.status });
}

/** Which call a kill at this boundary makes the next host repeat: one that was made and not written. */
function repeatedCall({ calls }: Scenario, { at, nth }: Boundary): number {
  if (at === "before-commit") return nth - 2; // the first commit is the creation
  if (at === "after-action") return nth - 1;
  if (at === "after-compensation") return calls.findIndex((call) => call.startsWith("undo")) + nth - 1;
  return -1;
}

const entryOf = (stepKey: string): string => stepKey.slice(stepKey.lastIndexOf("/") + 1);
/** A confirmation has the key of its own invocation. */
const callOf = ({ kind, step, stepKey }: Witnessed): string =>
  `${kind} ${kind === "confirm" ? step : entryOf(stepKey)}`;

function expectCalls({ setup }: Scene, { scenario, boundary }: Job): void {
  const { object, calls, status } = scenario;
  const seen = linesOf<Witnessed>(setup.witnessFile).filter(({ stepKey }) =>
    stepKey.startsWith(`${object}/${boundary.run}/`),
  );
  const again = repeatedCall(scenario, boundary);
  const expected = calls
    .flatMap((call, i) => (i === again ? [call, call] : [call]))
    .filter((call) => !call.startsWith("read"));
  const where = JSON.stringify(boundary);
  expect(seen.map(callOf), where).toEqual(expected);
  const keys = new Set(seen.map((event) => `${callOf(event)} ${event.stepKey}`));
  expect(keys.size, `one key a call: ${where}`).toBe(new Set(seen.map(callOf)).size);
  const actions = calls.filter((call) => call.startsWith("do ")).map((call) => call.slice("do ".length));
  expect(heldAfter(seen).map(entryOf), where).toEqual(status === "completed" ? actions : []);
}

/** From the journals of both accounts: what each turn was, and by how much it changed the balance. */
async function expectMoves(job: Job): Promise<void> {
  const { scenario, namespace, boundary } = job;
  if (scenario.moves === undefined) return;
  const rows = await new Database(inject("postgresUrl"), namespace).rows<{ side: string; type: string; by: number }>(
    `select split_part(key, '-', 2) as side, event::jsonb ->> 'type' as type,
            (view::jsonb -> 'context' ->> 'balance')::int - 100 as by
       from $schema.journal where name = 'account' and key like $1 and revision > 1 order by key, revision`,
    [`${boundary.run}-%`],
  );
  expect(
    rows.map(({ side, type, by }) => `${side}: ${type} ${by}`),
    JSON.stringify(boundary),
  ).toEqual(scenario.moves);
}

async function expectExact(scene: Scene, job: Job): Promise<void> {
  await finish(scene, job);
  expectCalls(scene, job);
  await expectMoves(job);
}

/** Every scenario once, undisturbed. What it passed is what there is, each to be a run of its own. */
async function countBoundaries(scene: Scene): Promise<Job[]> {
  const [namespace = ""] = scene.namespaces;
  const host = await spawnSagaHosts({ ...scene.setup, hosts: [{ namespace }] });
  const undisturbed = Object.entries(SCENARIOS).map(([run, scenario]) => {
    const job: Job = { scenario, namespace, boundary: { run, at: "before-commit", nth: 0 } };
    return job;
  });
  for (const job of undisturbed) {
    await openAccounts(scene, job);
    await expectExact(scene, job);
  }
  await host.kill();
  const passed = linesOf<Boundary>(scene.setup.boundaryFile);
  const jobs = undisturbed.flatMap(({ scenario, boundary: { run } }) => {
    const boundaries = passed.filter((boundary) => boundary.run === run);
    expect(boundaries.length, run).toBe(scenario.boundaries);
    return boundaries.map((boundary, i) => ({ scenario, boundary: { ...boundary, run: `${run}${i}` } }));
  });
  return jobs.map((job, i) => ({ ...job, namespace: scene.namespaces[i % AT_ONCE] ?? "" }));
}

/** Every host must come to its boundary, go no further, and die there. */
async function dieAt(scene: Scene, process: HostProcess, jobs: readonly Job[]): Promise<void> {
  await Promise.all(jobs.map((job) => openAccounts(scene, job)));
  const attempts = jobs.map((job) => create(scene, job).catch(() => undefined)); // it may not live to answer
  let endedBy: NodeJS.Signals | null | undefined;
  void process.gone().then((signal) => {
    endedBy = signal;
  });
  await eventually(() => expect(endedBy).toBe("SIGKILL"), PATIENCE).catch(() => undefined);
  const passed = linesOf<Boundary>(scene.setup.boundaryFile);
  const reached = jobs.map(({ boundary: { run } }) => passed.findLast((boundary) => boundary.run === run));
  expect(reached).toEqual(jobs.map(({ boundary }) => boundary));
  expect(endedBy).toBe("SIGKILL");
  await Promise.all(attempts);
}

test("a host killed at any boundary of a saga leaves the outside world exact", async () => {
  const startedMs = performance.now();
  const scene = await openScene();
  const jobs = await countBoundaries(scene);
  expect(jobs.length).toBe(142);
  const rounds = Array.from({ length: Math.ceil(jobs.length / AT_ONCE) }, (_, r) =>
    jobs.slice(r * AT_ONCE, (r + 1) * AT_ONCE),
  );
  const spawnFor = (round: readonly Job[] = []): Promise<HostProcess> => {
    const failpoints = new Map(round.map(({ namespace, boundary }) => [namespace, boundary]));
    const hosts = scene.namespaces.map((namespace) => ({ namespace, failpoint: failpoints.get(namespace) }));
    return spawnSagaHosts({ ...scene.setup, hosts });
  };
  let process = await spawnFor(rounds[0]);
  for (const [r, round] of rounds.entries()) {
    await dieAt(scene, process, round);
    process = await spawnFor(rounds[r + 1]);
    await Promise.all(round.map((job) => expectExact(scene, job)));
  }
  await process.kill();
  say("saga-crash", { boundaries: jobs.length, atOnce: AT_ONCE, tookMs: Math.round(performance.now() - startedMs) });
}, 180_000);
