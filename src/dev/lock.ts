/**
 * `lock.json`: one dev stack a folder. Holds the pid and start time of its owner, so that a reused pid is not
 * mistaken for it. Created exclusively; a lock whose owner is gone is taken over.
 *
 * A lock that cannot be read is either being written right now, or its writer died half-way: it gets a moment.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DevStackError, systemCode } from "./errors.ts";
import { asFields } from "./file.ts";
import { until } from "./poll.ts";
import { isRunning, type ProcessIdentity, processStart } from "./proc.ts";

const HALF_WRITTEN_TIMEOUT_MS = 1_000;

export interface Lock {
  /** Gives the folder free; does nothing when the lock is no longer ours. */
  release(): void;
}

export async function takeLock(devDir: string, say: (line: string) => void): Promise<Lock> {
  const path = join(devDir, "lock.json");
  const mine = { pid: process.pid, start: (await processStart(process.pid)) ?? "", token: randomUUID() };
  while (!create(path, mine)) {
    const content = await readSettled(path);
    if (content === undefined) continue; // released meanwhile
    const owner = ownerIn(content);
    if (owner !== undefined && (await isRunning(owner))) throw refusal(devDir, owner.pid);
    if (takeAway(path, content)) say(`removed the lock of a dev stack that is gone (pid ${owner?.pid ?? "unknown"})`);
  }
  return {
    release: () => {
      const { token } = parse(readText(path)) ?? {};
      if (token === mine.token) rmSync(path, { force: true });
    },
  };
}

function create(path: string, content: unknown): boolean {
  try {
    writeFileSync(path, JSON.stringify(content), { flag: "wx" });
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** The text of the lock once it names an owner, or as it is when the time is up; undefined when it is gone. */
async function readSettled(path: string): Promise<string | undefined> {
  let content: string | undefined;
  await until(async () => {
    content = readText(path);
    return content === undefined || ownerIn(content) !== undefined;
  }, HALF_WRITTEN_TIMEOUT_MS);
  return content;
}

/**
 * Removes the lock if it is still the one that was judged. Moved aside first and looked at there: another start may
 * have replaced it since, and then it is put back. No `await` in here: the gap must stay as small as it can be.
 */
function takeAway(path: string, judged: string): boolean {
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return false;
    throw cause;
  }
  const isJudged = readText(aside) === judged;
  if (isJudged) rmSync(aside);
  else renameSync(aside, path);
  return isJudged;
}

function refusal(devDir: string, pid: number): DevStackError {
  return new DevStackError(`a dev stack is already running in ${devDir} (pid ${pid}); stop it, or use another folder`);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

/** The fields of the lock; undefined when it is missing, empty or half-written. */
function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    return text === undefined ? undefined : asFields(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function ownerIn(text: string): ProcessIdentity | undefined {
  const { pid, start } = parse(text) ?? {};
  return typeof pid === "number" && pid > 0 && typeof start === "string" ? { pid, start } : undefined;
}
