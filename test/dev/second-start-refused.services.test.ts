import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchData, spawnStack, startScratchStack } from "./scratch.ts";
import { query } from "./stack-report.ts";

test("a second stack in the same folder is refused, names the first, and does not disturb it", async () => {
  const dataDir = scratchData();
  const { child, report } = await spawnStack(dataDir);

  await expect(startScratchStack({ dataDir })).rejects.toThrow(`(pid ${child.pid})`);
  expect(await query(report.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("stacks in different folders run side by side, and a stopped one gives its folder free", async () => {
  const dataDir = scratchData();
  const [first, other] = await Promise.all([
    startScratchStack({ dataDir }),
    startScratchStack({ dataDir: scratchData() }),
  ]);
  expect(first.postgresUrl).not.toBe(other.postgresUrl);
  expect(first.natsUrl).not.toBe(other.natsUrl);

  await Promise.all([first.stop(), first.stop()]);
  expect(first.pids).toEqual({});
  expect(existsSync(join(dataDir, "dev", "lock.json"))).toBe(false);
  await startScratchStack({ dataDir });
});
