import { once } from "node:events";
import { expect, inject, test } from "vitest";
import { isGone, scratchData, spawnStack, startScratchStack } from "../dev/scratch.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { ask, Database, rawNats } from "../support/raw.ts";

const OBJECTS = 20;

/** `long` is due ten seconds after it was armed, `short` while everything is down. */
const kinds = { long: 10_000, short: 1_000 };

test("timers fire once and not early although every process was killed meanwhile", async () => {
  expect(inject("natsUrl")).toBeDefined();
  const dataDir = scratchData();
  const namespace = freshNamespace("timer");
  const { child, report } = await spawnStack(dataDir);
  const host = await spawnHost({ ...report, namespace });
  const before = await rawNats(report.natsUrl);
  for (const [kind, delayMs] of Object.entries(kinds)) {
    for (let i = 0; i < OBJECTS; i++) {
      const { json } = await ask(before, `stator.${namespace}.create.sleeper.${kind}-${i}`, { delayMs });
      expect(json).toMatchObject({ ok: true, value: "asleep" });
    }
  }

  await host.kill();
  const downMs = performance.now();
  for (const pid of [report.pids.nats, report.pids.postgres]) process.kill(pid, "SIGKILL");
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
  await eventually(async () => (await isGone(report.pids.postgres)) && (await isGone(report.pids.nats)));

  const stack = await startScratchStack({ dataDir });
  const next = await spawnHost({ ...stack, namespace });
  const upMs = performance.now();
  const nats = await rawNats(stack.natsUrl);
  const database = new Database(stack.postgresUrl, namespace);
  const awake = await Promise.all(
    Object.keys(kinds).flatMap((kind) =>
      Array.from({ length: OBJECTS }, (_, i) =>
        ask(
          nats,
          `stator.${namespace}.wait.sleeper.${kind}-${i}`,
          { until: { matches: "awake" }, timeoutMs: 15_000 },
          {},
          20_000,
        ),
      ),
    ),
  );
  for (const { json } of awake) expect(json).toMatchObject({ ok: true, value: "awake", context: { woken: 1 } });

  const rows = await database.rows<{ key: string; early: number; kinds: string[] }>(
    `select key, array_agg(kind order by revision) as kinds,
            extract(epoch from max(committed_at) - min(committed_at))::float8 * 1000 as early
       from $schema.journal where name = 'sleeper' group by key`,
  );
  expect(rows).toHaveLength(2 * OBJECTS);
  for (const row of rows) {
    expect(row.kinds).toEqual(["create", "timer"]);
    expect(row.early, row.key).toBeGreaterThanOrEqual(row.key.startsWith("long") ? kinds.long : kinds.short);
  }
  expect(await database.rows("select * from $schema.timers")).toEqual([]);
  const late = rows.filter(({ key }) => key.startsWith("long")).map(({ early }) => early - kinds.long);
  say("timer-survives", {
    timers: rows.length,
    downMs: Math.round(upMs - downMs),
    latestMs: Math.round(Math.max(...late)),
    counters: (await next.stats()).counters,
  });
  expect(Math.max(...late)).toBeLessThan(2_000);
}, 60_000);
