/**
 * Looks at the processes of the machine: `/proc` on Linux, `ps` elsewhere. Signals nothing.
 *
 * A pid alone names nobody, since pids are reused: a process is a pid and its start time. A zombie counts as gone.
 */
import { readdir, readFile } from "node:fs/promises";
import { run } from "./command.ts";
import { systemCode } from "./errors.ts";

/** A process that cannot be mistaken for a later one with the same pid. `start` is opaque: compare it, nothing else. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

const isLinux = process.platform === "linux";

/** When the process started, in the system's own words; undefined when there is none. */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!isLinux) {
    const { stdout } = await run(["ps", "-o", "stat=,lstart=", "-p", String(pid)]);
    const [, state = "Z", start] = /^(\S+)\s+(.*\S)/.exec(stdout.trim()) ?? [];
    return state.startsWith("Z") ? undefined : start;
  }
  const stat = await statOf(pid);
  return stat === undefined || stat.state === "Z" || stat.state === "X" ? undefined : stat.start;
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await processStart(identity.pid)) === identity.start;
}

/** Whether a SIGSTOP has taken hold: `kill` returns before it has. A process that is gone does nothing either. */
export async function isFrozen(pid: number): Promise<boolean> {
  if (isLinux) return ((await statOf(pid))?.state ?? "T") === "T";
  const { stdout } = await run(["ps", "-o", "stat=", "-p", String(pid)]);
  return stdout.trim() === "" || stdout.trim().startsWith("T");
}

/** The command line of a process; empty when there is none, or we may not see it. */
export async function commandLine(pid: number): Promise<string> {
  if (!isLinux) return (await run(["ps", "-o", "command=", "-p", String(pid)])).stdout.trim();
  return (await readProc(`/proc/${pid}/cmdline`))?.replaceAll("\0", " ").trim() ?? "";
}

/** The direct children. Postgres backends start a session each, so no process group names them. */
export async function childrenOf(pid: number): Promise<readonly ProcessIdentity[]> {
  if (!isLinux) return childrenByPs(pid);
  const children: ProcessIdentity[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await statOf(Number(entry));
    if (stat?.parent === pid) children.push({ pid: Number(entry), start: stat.start });
  }
  return children;
}

async function childrenByPs(pid: number): Promise<readonly ProcessIdentity[]> {
  const children: ProcessIdentity[] = [];
  for (const line of (await run(["ps", "-A", "-o", "pid=,ppid="])).stdout.split("\n")) {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    if (child === undefined || parent !== pid) continue;
    const start = await processStart(child);
    if (start !== undefined) children.push({ pid: child, start });
  }
  return children;
}

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly start: string;
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses itself; the fields after it start with the state (field 3).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, start] = [fields[0], fields[1], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, parent: Number(parent), start };
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return undefined;
    throw cause;
  }
}
