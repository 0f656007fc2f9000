/**
 * A bank: 200 accounts, 2,000 transfers, some refused, some canceled on the way; both hosts are killed and replaced.
 *
 * The judge is SQL. In every repeatable-read snapshot the balances and what is in flight are what there was at first. In
 * flight is what the accounts' own records say of transfers that have not ended; a transfer that has ended has nothing in
 * flight, so its money must be where it says.
 */
import { setTimeout as pause } from "node:timers/promises";
import { expect, inject, onTestFinished, test } from "vitest";
import { connectClient } from "../../src/client/connect.ts";
import { type Client, StatorError } from "../../src/client/index.ts";
import { systemClock } from "../../src/clock/system.ts";
import { SeededRandom } from "../../src/memory/random.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, spawnSagaHosts } from "../support/host-process.ts";
import { expectEpochsRise, say } from "../support/load.ts";
import { Database } from "../support/raw.ts";

const ACCOUNTS = 200;
const BALANCE = 100;
const TRANSFERS = 2_000;
const AT_ONCE = 64;
const SNAPSHOT_MS = 500;

interface Order {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** Milliseconds after the creation; undefined where nobody cancels. */
  readonly cancelAfterMs: number | undefined;
}

/** A seventh asks for more than anybody has at first, a fifth is canceled while it is under way or soon after. */
function orders(seed: number): Order[] {
  const random = new SeededRandom(seed, systemClock);
  const below = (limit: number): number => random.below(limit);
  return Array.from({ length: TRANSFERS }, (_, i) => {
    const from = below(ACCOUNTS);
    const to = (from + 1 + below(ACCOUNTS - 1)) % ACCOUNTS;
    const amount = below(7) === 0 ? BALANCE + 50 + below(1_000) : 1 + below(40);
    const cancelAfterMs = below(5) === 0 ? below(60) : undefined;
    return { key: `t${i}`, from: `a${from}`, to: `a${to}`, amount, cancelAfterMs };
  });
}

async function openAccounts(client: Client): Promise<void> {
  const keys = Array.from({ length: ACCOUNTS }, (_, i) => `a${i}`);
  await Promise.all(keys.map((key) => client.object("account", key).create({ balance: BALANCE })));
}

async function transfer(client: Client, { key, from, to, amount, cancelAfterMs }: Order): Promise<void> {
  const object = client.object("transfer", key);
  await object.create({ from, to, amount });
  if (cancelAfterMs !== undefined) {
    await pause(cancelAfterMs);
    await object.send({ type: "CANCEL" }).catch((cause: unknown) => {
      if (!(cause instanceof StatorError) || cause.retryable) throw cause; // else it came too late
    });
  }
  // in short waits: one that a killed host had in hand would end only when its own time is over
  await eventually(() => object.waitFor({ status: "done" }, { timeoutMs: 1_500 }), { timeoutMs: 50_000 });
}

/** All orders, `AT_ONCE` at a time. */
async function transferAll(client: Client, all: readonly Order[], ended: (count: number) => void): Promise<void> {
  const queue = all.values();
  let count = 0;
  const worker = async (): Promise<void> => {
    for (const order of queue) {
      await transfer(client, order);
      ended(++count);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface AccountRow {
  readonly key: string;
  readonly balance: number;
  readonly steps: Readonly<Record<string, number | null>>;
}
interface TransferRow {
  readonly key: string;
  readonly run: string;
  readonly amount: number;
  readonly from: string;
  readonly to: string;
  /** Null while it is under way. */
  readonly ended: "completed" | "compensated" | null;
}
interface Snapshot {
  readonly accounts: readonly AccountRow[];
  readonly transfers: readonly TransferRow[];
}

const LAST_VIEW = `select o.key, o.status, j.view::jsonb as view from $schema.objects o join $schema.journal j
    on (j.partition, j.name, j.key, j.revision) = (o.partition, o.name, o.key, o.revision)`;
const ACCOUNT_ROWS = `select key, (view -> 'context' -> 'balance')::int as balance, view -> 'context' -> 'steps' as steps
    from (${LAST_VIEW} where o.name = 'account') v`;
const TRANSFER_ROWS = `select key, view -> 'context' ->> 'run' as run, (view -> 'context' -> 'amount')::int as amount,
    view -> 'context' ->> 'from' as from, view -> 'context' ->> 'to' as to, view -> 'output' ->> 'status' as ended
    from (${LAST_VIEW} where o.name = 'transfer') v`;

async function snapshot(database: Database): Promise<Snapshot> {
  const connection = await database.client();
  const rows = async <T>(sql: string): Promise<T[]> =>
    (await connection.query(sql.replaceAll("$schema", database.schema))).rows as T[];
  try {
    await rows("begin isolation level repeatable read read only");
    const accounts = await rows<AccountRow>(ACCOUNT_ROWS);
    const transfers = await rows<TransferRow>(TRANSFER_ROWS);
    await rows("commit");
    return { accounts, transfers };
  } finally {
    connection.release();
  }
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** Answers how much is in flight. */
function expectWhole({ accounts, transfers }: Snapshot): number {
  const changes = new Map(
    accounts.flatMap(({ key, steps }) =>
      Object.entries(steps).map(([step, by]) => [`${key} ${step}`, by ?? 0] as const),
    ),
  );
  const moved = ({ run, from, to }: TransferRow): readonly [number, number] => [
    changes.get(`${from} ${run}/debit`) ?? 0,
    changes.get(`${to} ${run}/credit`) ?? 0,
  ];
  const inFlight = 0 - sumOf(transfers.filter(({ ended }) => ended === null).flatMap(moved));
  expect(sumOf(accounts.map(({ balance }) => balance)) + inFlight).toBe(ACCOUNTS * BALANCE);
  const wrong = transfers.filter((row) => {
    const [debit, credit] = moved(row);
    if (row.ended === null) return false;
    return row.ended === "completed" ? debit !== -row.amount || credit !== row.amount : debit !== 0 || credit !== 0;
  });
  expect(wrong).toEqual([]);
  return inFlight;
}

/** Looks on until told to stop; answers how many snapshots it saw and the most that was in flight. */
function watch(database: Database): { stop: () => Promise<{ snapshots: number; mostInFlight: number }> } {
  const stopping = new AbortController();
  const watching = (async () => {
    let [snapshots, mostInFlight] = [0, 0];
    while (!stopping.signal.aborted) {
      mostInFlight = Math.max(mostInFlight, expectWhole(await snapshot(database)));
      snapshots++;
      await pause(SNAPSHOT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return { snapshots, mostInFlight };
  })();
  watching.catch(() => undefined); // `stop` tells
  return {
    stop: () => {
      stopping.abort();
      return watching;
    },
  };
}

test("money is neither made nor lost by 2,000 transfers while both hosts are killed and replaced", async () => {
  const namespace = freshNamespace("bank");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, partitions: 64, options: { leaseMs: 1_500 }, hosts: [{ namespace }] };
  const hosts = [await spawnSagaHosts(setup), await spawnSagaHosts(setup)];
  const client = await connectClient({ nats: servers.natsUrl, namespace });
  onTestFinished(() => client.close());
  const database = new Database(servers.postgresUrl, namespace);
  await openAccounts(client);

  const startedMs = performance.now();
  const watcher = watch(database);
  const replacements: Promise<unknown>[] = [];
  const replace = async (host: number): Promise<void> => {
    await hosts[host]?.kill();
    hosts[host] = await spawnSagaHosts(setup);
  };
  await transferAll(client, orders(4), (count) => {
    if (count === TRANSFERS * 0.25) replacements.push(replace(0));
    if (count === TRANSFERS * 0.6) replacements.push(replace(1));
  });
  expect(replacements.length).toBe(2);
  await Promise.all(replacements);
  const seen = await watcher.stop();
  const tookMs = Math.round(performance.now() - startedMs);

  await eventually(async () => expect(await database.rows("select 1 from $schema.outbox")).toEqual([]));
  const quiet = await snapshot(database);
  expect(expectWhole(quiet)).toBe(0);
  const ends = { completed: 0, compensated: 0, open: 0 };
  for (const { ended } of quiet.transfers) ends[ended ?? "open"]++;
  expect(ends.open).toBe(0);
  expect(ends.completed + ends.compensated).toBe(TRANSFERS);
  expect(Math.min(ends.completed, ends.compensated)).toBeGreaterThan(TRANSFERS / 10);
  expect(seen.mostInFlight).toBeGreaterThan(0);
  await expectEpochsRise(database);
  say("bank", { transfers: TRANSFERS, tookMs, ...ends, ...seen });
}, 120_000);
