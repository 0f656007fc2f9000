/**
 * Finds commands and runs them to their end without blocking the event loop. Never throws for a command that fails:
 * the caller looks at the status and says what the failure means.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { childEnvironment } from "./environment.ts";

export type Command = readonly [string, ...string[]];

export interface Finished {
  readonly isOk: boolean;
  readonly stdout: string;
  /** What it wrote to stderr, or why it could not be started. */
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export function run(command: Command, options: RunOptions = {}): Promise<Finished> {
  const [file, ...args] = command;
  const { cwd = "/", env, timeoutMs = 120_000 } = options;
  const settings = { cwd, env: childEnvironment(env), timeout: timeoutMs, maxBuffer: 32 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(file, args, settings, (failure, stdout, stderr) => {
      resolve({ isOk: failure === null, stdout, stderr: stderr.trim() || (failure?.message ?? "") });
    });
  });
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The first executable of that name in the folders, in order. */
export async function findCommand(name: string, dirs: readonly string[]): Promise<string | undefined> {
  for (const dir of dirs) {
    const file = join(dir, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}
