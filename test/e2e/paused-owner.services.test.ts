import { expect, inject, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, type HostProcess, spawnHost } from "../support/host-process.ts";
import { expectAppliedOnce, expectEpochsRise, Load, say, sum } from "../support/load.ts";
import { ask, Database, rawNats } from "../support/raw.ts";

const OPERATIONS = 6_000;
const LEASE_MS = 1_500;

test("a host that stands still past its lease under load changes nothing afterwards that is not its own", async () => {
  const namespace = freshNamespace("paused");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, options: { leaseMs: LEASE_MS } };
  const hosts = [await spawnHost(setup), await spawnHost(setup)] as const;
  const [paused, other] = hosts;
  const nats = await rawNats(servers.natsUrl);
  const database = new Database(servers.postgresUrl, namespace);
  const owned = async (host: HostProcess): Promise<number> => {
    const [row] = await database.rows<{ n: number }>(
      "select count(*)::int as n from $schema.partitions where host = $1",
      [host.id],
    );
    return row?.n ?? 0;
  };
  await eventually(async () => expect(await owned(other)).toBeGreaterThan(50));
  const load = new Load(nats, { namespace, operations: OPERATIONS, requesters: 32, keys: 100, timeoutMs: 1_000 });

  const running = load.run();
  for (const share of [0.2, 0.5]) {
    await load.reached(OPERATIONS * share);
    paused.pause();
    await eventually(async () => expect(await owned(paused)).toBe(0));
    paused.resume();
    await eventually(async () => expect(await owned(paused)).toBeGreaterThan(50));
  }
  const report = await running;

  await expectAppliedOnce(nats, database, namespace, report);
  await expectEpochsRise(database);
  const counters = await Promise.all(hosts.map(async (host) => (await host.stats()).counters));
  const { retries, lostAnswers, longestMs, tookMs } = report;
  say("paused-owner", { operations: OPERATIONS, tookMs, retries, lostAnswers, longestMs, counters });
  expect(sum(retries)).toBeGreaterThan(0);
}, 60_000);

test("a commit on its way when its host stood still is refused once the key has a new owner", async () => {
  const namespace = freshNamespace("fenced");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, partitions: 16, options: { leaseMs: LEASE_MS } };
  const hosts = [await spawnHost(setup), await spawnHost(setup)] as const;
  const nats = await rawNats(servers.natsUrl);
  const database = new Database(servers.postgresUrl, namespace);
  await eventually(async () => {
    const owners = await database.rows("select distinct host from $schema.partitions where host is not null");
    expect(owners).toHaveLength(2);
  });
  const subject = `stator.${namespace}.send.counter.c1`;
  const add = (messageId: string, timeoutMs: number) =>
    ask(nats, subject, { type: "ADD", amount: 1 }, { "Stator-Message-Id": messageId }, timeoutMs);
  expect((await add("one", 10_000)).json).toMatchObject({ ok: true, revision: 1 });
  const partitionRow = `select p.host, p.epoch::text from $schema.partitions p
                          join $schema.objects o on o.partition = p.partition where o.name = 'counter'`;
  const [owner] = await database.rows<{ host: string; epoch: string }>(partitionRow);
  const paused = hosts.find((host) => host.id === owner?.host);
  if (paused === undefined) throw new Error("nobody owns the object");

  // the commit of "two" waits for this lock while its host stands still and its lease runs out
  const holder = await database.client();
  await holder.query("begin");
  await holder.query(`select 1 from ${database.schema}.objects where name = 'counter' for update`);
  const lost = add("two", 500).then(
    () => "answered",
    (cause: { code: string }) => cause.code,
  );
  await eventually(async () => {
    const waiting = await database.rows(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%commit_turns%'",
    );
    expect(waiting).toHaveLength(1);
  });
  paused.pause();
  expect(await lost).toBe("TIMEOUT");
  await eventually(async () => {
    const [now] = await database.rows<{ host: string; epoch: string }>(partitionRow);
    expect(Number(now?.epoch)).toBeGreaterThan(Number(owner?.epoch));
    expect(now?.host).not.toBe(owner?.host);
  });
  await holder.query("rollback");
  holder.release();
  paused.resume();

  await eventually(async () => expect((await paused.stats()).counters["lease.fenced"]).toBe(1));
  const again = await eventually(() => add("two", 1_000));
  expect(again.json).toMatchObject({ ok: true, revision: 2, context: { count: 2 } });
  await expectEpochsRise(database);
  say("paused-owner fenced", { counters: (await paused.stats()).counters });
}, 60_000);
