import { expect, inject, test } from "vitest";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { expectAppliedOnce, expectEpochsRise, Load, say, sum } from "../support/load.ts";
import { Database, rawNats } from "../support/raw.ts";

const OPERATIONS = 20_000;

test("a host killed under load loses nothing, applies nothing twice, and is replaced", async () => {
  const namespace = freshNamespace("kill");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, options: { leaseMs: 2_000 } };
  const first = await spawnHost(setup);
  const second = await spawnHost(setup);
  const nats = await rawNats(servers.natsUrl);
  const database = new Database(servers.postgresUrl, namespace);
  const load = new Load(nats, { namespace, operations: OPERATIONS, requesters: 64, keys: 200, repeatEvery: 50 });

  const running = load.run();
  await load.reached(OPERATIONS * 0.4);
  await second.kill();
  await load.reached(OPERATIONS * 0.5);
  const third = await spawnHost(setup);
  const report = await running;

  expect(report.acknowledged.size).toBe(OPERATIONS);
  await expectAppliedOnce(nats, database, namespace, report);
  await expectEpochsRise(database);
  const [{ counters: one }, { counters: three }] = [await first.stats(), await third.stats()];
  const { retries, lostAnswers, repeats, longestMs, tookMs } = report;
  say("kill-host", { operations: OPERATIONS, tookMs, retries, lostAnswers, repeats, longestMs, one, three });
  expect(sum(retries)).toBeGreaterThan(0);
  expect(repeats + lostAnswers).toBeGreaterThan(0);
  expect(one["lease.taken"]).toBeGreaterThan(0);
}, 90_000);
