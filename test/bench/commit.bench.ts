/**
 * How fast the commit is: batches of chains of one turn, one after the other over one lane, as a host sends them.
 *
 *   npm run bench -- commit <seconds a cell> <postgres url>
 *
 * Counter-like turns: a snapshot of about 500 bytes, a journal row, no effects; then the same with one timer and one
 * outgoing message a turn. Each cell runs on 1,000 objects in a namespace of its own, dropped at the end. CPU is that of
 * the quickest of many windows, since a busy machine only ever adds to it; of Postgres it is its backend's (Linux).
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { systemRandom } from "../../src/clock/system.ts";
import { type Address, partitionOf } from "../../src/core/address.ts";
import { contentHash, nextHistory, viewText } from "../../src/core/message.ts";
import type { Chain, TurnRecord } from "../../src/ports/store.ts";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { openPostgres } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";

const OBJECTS = 1_000;
const seconds = Number(process.argv[2] ?? 3);
const url = process.argv[3] ?? "postgres://postgres@127.0.0.1:5432/postgres";

interface Counter {
  readonly address: Address;
  revision: number;
  tag: string;
  history: string;
}

function turnOf(counter: Counter, withEffects: boolean): TurnRecord {
  const messageId = systemRandom.uuid();
  const n = counter.revision + 1;
  const view = { status: "active", value: "counting", tags: [], context: { n }, output: undefined } as const;
  return {
    messageId,
    hash: contentHash({ kind: "event", event: { type: "ADD", amount: n } }),
    sentAtMs: Date.now(),
    kind: "event",
    event: `{"type":"ADD","amount":${n}}`,
    view: viewText(view),
    history: nextHistory(counter.history, messageId),
    trail: `{"m":"1","h":"c0ffee00","t":[0]}`,
    source: undefined,
    outbox: withEffects ? [{ idx: 0, kind: "send", target: "stock/1", body: `{"event":{"type":"TAKE"}}` }] : [],
  };
}

function chainOf(counter: Counter, partitions: number, padding: string, withEffects: boolean): Chain {
  const turn = turnOf(counter, withEffects);
  return {
    partition: partitionOf(counter.address, partitions),
    epoch: 1,
    address: counter.address,
    base: { revision: counter.revision, tag: counter.tag },
    tag: systemRandom.tag(),
    incarnation: "bench",
    status: "active",
    value: `"counting"`,
    isStateChanged: counter.revision === 0,
    tags: [],
    machineVersion: "1",
    snapshot: `{"n":${counter.revision + 1},"padding":"${padding}"}`,
    turns: [turn],
    timersSet: withEffects ? [{ timer: "deadline", generation: counter.revision + 1, delayMs: 3_600_000 }] : [],
    timersCleared: [],
    invocationsStarted: [],
    invocationsEnded: [],
  };
}

async function cell(batchSize: number, withEffects: boolean): Promise<string> {
  const namespace = `bench${randomBytes(4).toString("hex")}`;
  await migrate(url, { namespace });
  const postgres = await openPostgres(url, { namespace });
  const { partitions } = postgres.settings;
  await new PostgresLeases(postgres).take("bench", [...Array(partitions).keys()], 600_000);
  const store = new PostgresStore(postgres);
  const padding = randomBytes(230).toString("hex");
  const counters = Array.from({ length: OBJECTS }, (_, i): Counter => {
    return { address: { name: "counter", key: `c-${i}` }, revision: 0, tag: "0", history: "" };
  });
  let next = 0;
  const batch = async (): Promise<void> => {
    const taken = Array.from({ length: batchSize }, () => counters[next++ % OBJECTS] as Counter);
    const chains = taken.map((counter) => chainOf(counter, partitions, padding, withEffects));
    const said = (await store.commit(chains)).flat();
    if (said.some((outcome) => outcome !== "committed")) throw new Error(`not committed: ${said.join()}`);
    chains.forEach((chain, i) => {
      Object.assign(taken[i] as Counter, { revision: chain.base.revision + 1, tag: chain.tag });
    });
  };
  for (const untilMs = performance.now() + seconds * 300; performance.now() < untilMs; ) await batch(); // plans, births
  const pid = await backendOf(postgres);
  const windows: Window[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < seconds * 1_000) windows.push(await windowOf(batch, batchSize, pid));
  await postgres.pool.query(`drop schema ${postgres.schema} cascade`);
  await postgres.close();
  const least = (of: keyof Window): string => Math.min(...windows.map((window) => window[of])).toFixed(1);
  const what = `${withEffects ? "timer + send" : "plain       "} batch ${String(batchSize).padStart(3)}`;
  return `${what}: Postgres ${least("postgresUs")}, host ${least("hostUs")} µs CPU a row; ${least("tookUs")} µs a row in all`;
}

interface Window {
  readonly tookUs: number;
  readonly hostUs: number;
  readonly postgresUs: number;
}

/** A few batches, µs a row. */
async function windowOf(batch: () => Promise<void>, batchSize: number, pid: number): Promise<Window> {
  const rows = Math.max(128, batchSize * 2);
  const [startedMs, cpu, backendNs] = [performance.now(), process.cpuUsage(), cpuNsOf(pid)];
  for (let done = 0; done < rows; done += batchSize) await batch();
  const { user, system } = process.cpuUsage(cpu);
  return {
    tookUs: ((performance.now() - startedMs) * 1_000) / rows,
    hostUs: (user + system) / rows,
    postgresUs: (cpuNsOf(pid) - backendNs) / 1_000 / rows,
  };
}

async function backendOf({ pool }: Awaited<ReturnType<typeof openPostgres>>): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    "select pid from pg_stat_activity where query like '%commit_turns%' and pid <> pg_backend_pid() order by query_start desc",
  );
  return rows[0]?.pid ?? 0;
}

const cpuNsOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);

for (const withEffects of [false, true]) {
  for (const batchSize of [1, 64, 256]) process.stdout.write(`${await cell(batchSize, withEffects)}\n`);
}
