import { once } from "node:events";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isGone, isRoot, scratchData, spawnStack, startScratchStack } from "./scratch.ts";
import { query } from "./stack-report.ts";

const isLinux = process.platform === "linux";

/** Kills the parent, waits for both servers to be gone, and starts again in the same folder. */
async function killAndStartAgain(dataDir: string): Promise<void> {
  const { child, report } = await spawnStack(dataDir);
  await query(report.postgresUrl, "create table kept as select 42 as answer");

  child.kill("SIGKILL");
  await once(child, "exit");
  await eventually(async () => (await isGone(report.pids.postgres)) && (await isGone(report.pids.nats)));

  const next = await startScratchStack({ dataDir });
  expect(await query(next.postgresUrl, "select answer from kept")).toEqual([{ answer: 42 }]);
}

test.runIf(isLinux)("kill -9 of the process leaves no server behind, and the next start keeps the data", async () => {
  await killAndStartAgain(scratchData());
});

test.runIf(isLinux && isRoot)("the same under a home that only root may enter", async () => {
  await killAndStartAgain(scratchData(0o700));
});

test("a start right after kill -9 waits for the servers that are still stopping", async () => {
  const dataDir = scratchData();
  const { child, report } = await spawnStack(dataDir);
  child.kill("SIGKILL");
  await once(child, "exit");

  const next = await startScratchStack({ dataDir });
  expect(next.pids.postgres).not.toBe(report.pids.postgres);
  expect(await query(next.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});
