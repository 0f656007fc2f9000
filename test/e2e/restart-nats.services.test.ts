import { expect, test } from "vitest";
import { scratchData, startScratchStack } from "../dev/scratch.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { expectAppliedOnce, expectEpochsRise, Load, say, sum } from "../support/load.ts";
import { Database, rawNats } from "../support/raw.ts";

const OPERATIONS = 8_000;

test("nats-server killed twice under load: what was acknowledged stands, the rest is sent again", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const namespace = freshNamespace("nats");
  const setup = { ...stack, namespace, options: { leaseMs: 2_000 } };
  const hosts = [await spawnHost(setup), await spawnHost(setup)];
  const nats = await rawNats(stack.natsUrl);
  const database = new Database(stack.postgresUrl, namespace);
  const load = new Load(nats, { namespace, operations: OPERATIONS, requesters: 64, keys: 100, repeatEvery: 50 });

  const running = load.run();
  const down: number[] = [];
  for (const share of [0.3, 0.6]) {
    await load.reached(OPERATIONS * share);
    const startedMs = performance.now();
    await stack.restartNats("kill");
    down.push(Math.round(performance.now() - startedMs));
  }
  const report = await running;

  expect(report.acknowledged.size).toBe(OPERATIONS);
  await expectAppliedOnce(nats, database, namespace, report);
  await expectEpochsRise(database);
  const counters = await Promise.all(hosts.map(async (host) => (await host.stats()).counters));
  const { retries, lostAnswers, repeats, longestMs, tookMs } = report;
  say("restart-nats", { operations: OPERATIONS, tookMs, down, retries, lostAnswers, repeats, longestMs, counters });
  expect(sum(retries)).toBeGreaterThan(0);
  // no host lost its keys: leases live in Postgres
  expect(sum(counters.map((counts) => counts["lease.fenced"] ?? 0))).toBe(0);
}, 90_000);
