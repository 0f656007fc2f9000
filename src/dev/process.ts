/**
 * Spawns a server so that it outlives neither us nor its stop, and stops it. Knows nothing of Postgres or NATS.
 *
 * The child has its own session, so that Ctrl-C reaches only us and we stop it in order. Its output goes straight to a
 * file: no pipe that breaks when we die, nothing to copy. Death of our process is passed on by the kernel
 * (`setpriv --pdeathsig`, see identity.ts). That signal follows the *thread* that spawned: start from the main thread.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, stat } from "node:fs/promises";
import type { Command } from "./command.ts";
import { childEnvironment } from "./environment.ts";
import { DevStackError, messageOf, systemCode } from "./errors.ts";
import { until } from "./poll.ts";
import { childrenOf, isFrozen, isRunning, type ProcessIdentity, processStart } from "./proc.ts";

/** How long a server has to stop when asked, before it is killed. */
const STOP_TIMEOUT_MS = 8_000;
const KILL_TIMEOUT_MS = 8_000;

export interface SpawnOptions {
  readonly command: Command;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface ServerProcess extends ProcessIdentity {
  /** Undefined while it runs, then how it ended. */
  exit(): string | undefined;
  /** Called once when it ends; at once if it already has. */
  onExit(listener: (how: string) => void): void;
  /** The end of what this process, not an earlier one, wrote to its log. */
  logTail(): Promise<string>;
}

export async function spawnServer({ command, env, logFile }: SpawnOptions): Promise<ServerProcess> {
  const [file, ...args] = command;
  const log = await open(logFile, "a", 0o644);
  const logStart = (await log.stat()).size;
  try {
    const child = spawn(file, args, {
      cwd: "/", // the server may run as a user who cannot enter ours
      env: childEnvironment(env),
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    await once(child, "spawn");
    return await describe(child, () => readTail(logFile, logStart));
  } catch (cause) {
    throw new DevStackError(`cannot start ${file}: ${messageOf(cause)}`, { cause });
  } finally {
    await log.close();
  }
}

async function describe(child: ChildProcess, logTail: () => Promise<string>): Promise<ServerProcess> {
  let how: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve(how);
    });
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    start: (await processStart(pid)) ?? "ended", // gone already: `exit` will tell
    exit: () => how,
    onExit: (listener) => void ended.then(listener),
    logTail,
  };
}

async function readTail(logFile: string, from: number): Promise<string> {
  const { size } = await stat(logFile);
  const start = Math.max(from, size - 2_000);
  const log = await open(logFile, "r");
  try {
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8", 0, bytesRead).trim();
  } finally {
    await log.close();
  }
}

/** Sends the signal and waits until the process is gone; after 8 s it is killed with its children. */
export async function stopProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(identity))) return;
  send(identity.pid, signal);
  if (await until(async () => !(await isRunning(identity)), STOP_TIMEOUT_MS)) return;
  await killProcess(identity);
}

/**
 * Kills the process and its children at once, and waits until all are gone: a Postgres does not start
 * while a backend of its predecessor still holds the shared memory. Frozen first, and waited for, so that no child is
 * born unseen.
 */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (!(await isRunning(identity))) return;
  send(identity.pid, "SIGSTOP");
  await until(() => isFrozen(identity.pid), KILL_TIMEOUT_MS);
  const doomed = [identity, ...(await childrenOf(identity.pid))];
  send(-identity.pid, "SIGKILL");
  for (const { pid } of doomed) send(pid, "SIGKILL");
  const areGone = async () => !(await Promise.all(doomed.map(isRunning))).includes(true);
  if (!(await until(areGone, KILL_TIMEOUT_MS))) throw new DevStackError(`pid ${identity.pid} does not die`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (systemCode(cause) !== "ESRCH") throw cause; // gone meanwhile is what we want
  }
}
