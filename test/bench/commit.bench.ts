/**
 * How fast the commit is: batches of chains of one turn, one after the other over one lane, as a host sends them.
 *
 *   npx tsx test/bench/commit.bench.ts <seconds a cell> <postgres url>
 *
 * Counter-like turns: a snapshot of about 500 bytes, a journal row, no effects; then the same with one timer and one
 * outgoing message a turn. Each cell runs on 1,000 objects in a namespace of its own, dropped at the end.
 */
import { randomBytes } from "node:crypto";
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
  const run = async (forMs: number): Promise<{ rows: number; ms: number; hostUs: number }> => {
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    let rows = 0;
    while (performance.now() - startedAt < forMs) {
      const batch = Array.from({ length: batchSize }, () => counters[next++ % OBJECTS] as Counter);
      const chains = batch.map((counter) => chainOf(counter, partitions, padding, withEffects));
      const said = (await store.commit(chains)).flat();
      if (said.some((outcome) => outcome !== "committed")) throw new Error(`not committed: ${said.join()}`);
      chains.forEach((chain, i) => {
        Object.assign(batch[i] as Counter, { revision: chain.base.revision + 1, tag: chain.tag });
      });
      rows += batchSize;
    }
    const { user, system } = process.cpuUsage(cpu);
    return { rows, ms: performance.now() - startedAt, hostUs: (user + system) / rows };
  };
  await run(seconds * 300); // warm up: plans, first pages, births
  const { rows, ms, hostUs } = await run(seconds * 1_000);
  await postgres.pool.query(`drop schema ${postgres.schema} cascade`);
  await postgres.close();
  const rate = Math.round((rows / ms) * 1_000);
  const each = ((ms / rows) * batchSize).toFixed(2);
  const what = withEffects ? "timer + send" : "plain       ";
  return `${what} batch ${String(batchSize).padStart(3)}: ${rate} rows/s, ${each} ms a batch, ${hostUs.toFixed(1)} µs host CPU a row`;
}

for (const withEffects of [false, true]) {
  for (const batchSize of [1, 64, 256]) process.stdout.write(`${await cell(batchSize, withEffects)}\n`);
}
