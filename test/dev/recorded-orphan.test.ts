import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { processStart } from "../../src/dev/proc.ts";
import { stopOrphan } from "../../src/dev/server.ts";
import { State } from "../../src/dev/state.ts";
import { isGone, scratchDir } from "./scratch.ts";

/** Somebody's process, recorded as the nats of an earlier run. */
async function recorded(start: (pid: number) => Promise<string>): Promise<{ devDir: string; pid: number }> {
  const devDir = join(scratchDir(), "dev");
  mkdirSync(devDir);
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  new State(devDir).set("nats", { port: 42_220, process: { pid, start: await start(pid) } });
  return { devDir, pid };
}

test("a recorded server that still runs is stopped, its port is kept", async () => {
  const { devDir, pid } = await recorded(async (pid) => (await processStart(pid)) ?? "");
  const lines: string[] = [];
  await stopOrphan("nats", "SIGTERM", new State(devDir), (line) => lines.push(line));

  expect(await isGone(pid)).toBe(true);
  expect(lines).toEqual([`stopping nats of an earlier run (pid ${pid})`]);
  expect(new State(devDir).get("nats")).toEqual({ port: 42_220, process: undefined });
});

test("a process that merely got the pid of a recorded server is left alone", async () => {
  const { devDir, pid } = await recorded(async () => "another start");
  await stopOrphan("nats", "SIGTERM", new State(devDir), () => undefined);

  expect(await isGone(pid)).toBe(false);
});
