import { expect, test } from "vitest";
import { scratchData, startScratchStack } from "../dev/scratch.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { expectAppliedOnce, expectEpochsRise, Load, say, sum } from "../support/load.ts";
import { Database, rawNats } from "../support/raw.ts";

const OPERATIONS = 8_000;

test("Postgres stopped in immediate mode and killed under load: nothing lost, nothing twice", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const namespace = freshNamespace("postgres");
  const setup = { ...stack, namespace, options: { leaseMs: 2_000 } };
  const hosts = [await spawnHost(setup), await spawnHost(setup)];
  const nats = await rawNats(stack.natsUrl);
  const database = new Database(stack.postgresUrl, namespace);
  const load = new Load(nats, { namespace, operations: OPERATIONS, requesters: 64, keys: 100, repeatEvery: 50 });

  const running = load.run();
  const down: number[] = [];
  for (const mode of ["immediate", "kill"] as const) {
    await load.reached(OPERATIONS * (mode === "immediate" ? 0.3 : 0.6));
    const startedMs = performance.now();
    await stack.restartPostgres(mode);
    down.push(Math.round(performance.now() - startedMs));
  }
  const report = await running;

  expect(report.acknowledged.size).toBe(OPERATIONS);
  await expectAppliedOnce(nats, database, namespace, report);
  await expectEpochsRise(database);
  const counters = await Promise.all(hosts.map(async (host) => (await host.stats()).counters));
  const { retries, lostAnswers, repeats, longestMs, tookMs } = report;
  say("restart-postgres", { operations: OPERATIONS, tookMs, down, retries, lostAnswers, repeats, longestMs, counters });
  const unknown = counters.map((counts) => counts["commit.unknown"] ?? 0);
  expect(sum(unknown)).toBeGreaterThan(0);
}, 90_000);
