import { connectClient } from "stator/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { counter } from "../support/definitions.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { Database } from "../support/raw.ts";

const CALLERS = 24;
const KEYS = 60;

test("three hosts replaced one after another under load: no caller sees an error, every host drains", async () => {
  const namespace = freshNamespace("rolling");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace };
  let hosts = [await spawnHost(setup), await spawnHost(setup), await spawnHost(setup)];
  const client = await connectClient({ nats: servers.natsUrl, namespace });
  onTestFinished(() => client.close());
  const database = new Database(servers.postgresUrl, namespace);

  let isOver = false;
  let sent = 0;
  const latencies: number[] = [];
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const startedMs = performance.now();
      await client.object(counter, `k${sent++ % KEYS}`).send({ type: "ADD", amount: 1 });
      latencies.push(performance.now() - startedMs);
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, caller));
  callers.catch(() => undefined);

  const drainMs: number[] = [];
  const finals: unknown[] = [];
  for (const old of hosts) {
    const fresh = await spawnHost(setup);
    const startedMs = performance.now();
    expect(await old.stop()).toBe(0);
    drainMs.push(Math.round(performance.now() - startedMs));
    finals.push(old.lastStats?.counters);
    hosts = [...hosts.filter((host) => host !== old), fresh];
  }
  isOver = true;
  await callers;

  const [row] = await database.rows<{ turns: number }>("select count(*)::int as turns from $schema.journal");
  expect(row?.turns).toBe(sent);
  const views = await Promise.all(Array.from({ length: KEYS }, (_, i) => client.object(counter, `k${i}`).get()));
  expect(views.reduce((total, { context }) => total + context.count, 0)).toBe(sent);
  expect(views.reduce((total, { revision }) => total + revision, 0)).toBe(sent);
  latencies.sort((a, b) => a - b);
  // what a caller sends into a hand-over is passed on, not lost: hardly anybody waits for the next attempt after 5 s
  expect(latencies.filter((ms) => ms > 4_000).length).toBeLessThanOrEqual(sent / 1_000);
  const at = (share: number): number => Math.round(latencies[Math.floor(latencies.length * share)] ?? 0);
  say("rolling-restart", {
    sent,
    drainMs,
    p50: at(0.5),
    p99: at(0.99),
    longestMs: Math.round(latencies.at(-1) ?? 0),
    finals,
  });
}, 120_000);
