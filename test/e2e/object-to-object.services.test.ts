import { expect, inject, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { expectEpochsRise, say, sum } from "../support/load.ts";
import { ask, Database, rawNats } from "../support/raw.ts";

const SENDERS = 10;
const RECEIVERS = 10;
const EVENTS = 1_000;

test("1,000 events between objects arrive once and in order although a host is killed midway", async () => {
  const namespace = freshNamespace("between");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, partitions: 64, options: { leaseMs: 1_500 } };
  const survivor = await spawnHost(setup);
  const victim = await spawnHost(setup);
  const nats = await rawNats(servers.natsUrl);
  const database = new Database(servers.postgresUrl, namespace);

  /** A sender passes its events on one after another; each is asked for until it is acknowledged. */
  let acknowledged = 0;
  let killed: Promise<void> | undefined;
  const drive = async (s: number): Promise<void> => {
    for (let i = 0; i < EVENTS / SENDERS; i++) {
      const event = { type: "PASS", to: `r${i % RECEIVERS}`, from: `s${s}`, n: i };
      const id = { "Stator-Message-Id": `s${s}-${i}` };
      await eventually(
        async () => {
          const { json } = await ask(nats, `stator.${namespace}.send.sender.s${s}`, event, id, 1_000);
          expect(json.ok).toBe(true);
        },
        { timeoutMs: 20_000 },
      );
      if (++acknowledged === EVENTS / 2) killed = victim.kill();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, s) => drive(s)));
  await killed;
  const sentMs = performance.now();
  await eventually(async () => expect(await database.rows("select 1 from $schema.outbox")).toEqual([]), {
    timeoutMs: 20_000,
  });
  const drainedMs = Math.round(performance.now() - sentMs);

  let total = 0;
  for (let r = 0; r < RECEIVERS; r++) {
    const { json } = await ask(nats, `stator.${namespace}.get.receiver.r${r}`);
    const notes = json.context.notes as { from: string; n: number }[];
    total += notes.length;
    for (let s = 0; s < SENDERS; s++) {
      const got = notes.filter(({ from }) => from === `s${s}`).map(({ n }) => n);
      const sent = Array.from({ length: EVENTS / SENDERS / RECEIVERS }, (_, i) => r + i * RECEIVERS);
      expect(got, `s${s} to r${r}`).toEqual(sent);
    }
  }
  expect(total).toBe(EVENTS);
  await expectEpochsRise(database);
  const { counters } = await survivor.stats();
  say("object-to-object", { events: EVENTS, drainedMs, counters });
  const [row] = await database.rows<{ sends: number }>(
    "select count(*)::int as sends from $schema.journal where name = 'receiver'",
  );
  expect(row?.sends).toBe(EVENTS);
  expect(sum([counters["relay.send"] ?? 0])).toBeGreaterThan(0);
}, 60_000);
