/**
 * What the tests of the dev stack share: temporary folders, and a stack in a process of its own that can be killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inject, onTestFinished } from "vitest";
import { processStart } from "../../src/dev/proc.ts";
import { type DevStack, type DevStackOptions, startDevStack } from "../../src/dev/stack.ts";
import { layCluster } from "../support/cluster.ts";
import { compiled } from "../support/compiled.ts";
import type { StackReport } from "./stack-report.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));

export const isRoot = process.getuid?.() === 0;

/** Removed after the test. Others may walk in, as in an ordinary project folder, unless the mode says otherwise. */
export function scratchDir(mode = 0o755): string {
  const dir = mkdtempSync(join(tmpdir(), "stator-dev-test-"));
  chmodSync(dir, mode);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A folder for a stack whose first start is not what the test is about. */
export function scratchData(mode?: number): string {
  const dir = scratchDir(mode);
  layCluster(inject("clusterDir"), dir);
  return dir;
}

/** Stopped after the test, also when it fails. */
export async function startScratchStack(
  options: Omit<DevStackOptions, "say">,
  lines: string[] = [],
): Promise<DevStack> {
  const stack = await startDevStack({ ...options, say: (line) => lines.push(line) });
  onTestFinished(() => stack.stop());
  return stack;
}

export async function isGone(pid: number): Promise<boolean> {
  return (await processStart(pid)) === undefined;
}

export interface StackProcess {
  readonly child: ChildProcess;
  readonly report: StackReport;
}

/** `prefix` runs it as somebody else, such as `setpriv --reuid …`. */
export async function spawnStack(
  dataDir: string,
  { prefix = [], env = {} }: { readonly prefix?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<StackProcess> {
  const [file = process.execPath, ...args] = [...prefix, process.execPath, compiled("test/dev/stack-process.ts")];
  const child = spawn(file, [...args, dataDir], {
    cwd: repo,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, report: JSON.parse(line) as StackReport };
  }
  throw new Error(`the process of the stack ended without a report, exit code ${child.exitCode}`);
}
