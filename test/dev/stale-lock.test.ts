import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeLock } from "../../src/dev/lock.ts";
import { processStart } from "../../src/dev/proc.ts";
import { scratchDir } from "./scratch.ts";

const silent = (): void => undefined;
const nobodysPid = 4_194_305; // above the highest pid of Linux

async function takeOver(content: string): Promise<void> {
  const dir = scratchDir();
  writeFileSync(join(dir, "lock.json"), content);
  const lines: string[] = [];
  const lock = await takeLock(dir, (line) => lines.push(line));

  expect(JSON.parse(readFileSync(join(dir, "lock.json"), "utf8"))).toMatchObject({ pid: process.pid });
  expect(lines).toHaveLength(1);
  lock.release();
  expect(existsSync(join(dir, "lock.json"))).toBe(false);
}

test("a lock of a process that is gone is taken over", () =>
  takeOver(JSON.stringify({ pid: nobodysPid, start: "1", token: "t" })));

test("a lock whose pid now belongs to another process is taken over", () =>
  takeOver(JSON.stringify({ pid: process.pid, start: "another start", token: "t" })));

test("an empty lock is taken over", () => takeOver(""));

test("a half-written lock is taken over", () => takeOver('{"pid": 12'));

test("a lock of a living process is refused, and named", async () => {
  const dir = scratchDir();
  const owner = { pid: process.ppid, start: await processStart(process.ppid), token: "t" };
  writeFileSync(join(dir, "lock.json"), JSON.stringify(owner));

  await expect(takeLock(dir, silent)).rejects.toThrow(`(pid ${process.ppid})`);
  expect(JSON.parse(readFileSync(join(dir, "lock.json"), "utf8"))).toEqual(owner);
});

test("a lock that is just being written is not taken over", async () => {
  const dir = scratchDir();
  const path = join(dir, "lock.json");
  writeFileSync(path, "");
  const second = takeLock(dir, silent);
  writeFileSync(path, JSON.stringify({ pid: process.ppid, start: await processStart(process.ppid) }));

  await expect(second).rejects.toThrow("already running");
});

test("of many starts at once exactly one gets the lock, also over a stale one", async () => {
  const dir = scratchDir();
  writeFileSync(join(dir, "lock.json"), JSON.stringify({ pid: nobodysPid, start: "1" }));
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(dir, silent)));

  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("releasing a lock twice does not take away the next owner's", async () => {
  const dir = scratchDir();
  const first = await takeLock(dir, silent);
  first.release();
  await takeLock(dir, silent);
  first.release();

  expect(existsSync(join(dir, "lock.json"))).toBe(true);
});
