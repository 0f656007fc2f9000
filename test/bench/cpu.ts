/** CPU time of process trees and of the whole machine, from `/proc`; empty elsewhere than on Linux. */
import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts in ticks of 10 ms, whatever the machine. */
const US_PER_TICK = 10_000;

interface Process {
  readonly parent: number;
  readonly us: number;
}

/** All processes at one moment. */
export class CpuTimes {
  readonly #processes = new Map<number, Process>();
  /** Of all cores and processes, µs. */
  readonly busyUs: number;

  constructor() {
    this.busyUs = busyUs();
    for (const entry of process.platform === "linux" ? readdirSync("/proc") : []) {
      const pid = Number(entry);
      const found = Number.isInteger(pid) ? readProcess(pid) : undefined;
      if (found !== undefined) this.#processes.set(pid, found);
    }
  }

  /** Of a process, its living children, and all that it has waited for; µs. */
  of(root: number): number {
    let us = this.#processes.get(root)?.us ?? 0;
    for (const [pid, { parent }] of this.#processes) if (parent === root) us += this.of(pid);
    return us;
  }

  parentOf(pid: number): number | undefined {
    return this.#processes.get(pid)?.parent;
  }
}

function readProcess(pid: number): Process | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // the name in parentheses may hold anything; the fields after it begin with the state (field 3)
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0); // own and waited-for, user and system
  return { parent: Number(fields[1]), us: ticks * US_PER_TICK };
}

/** User, nice, system, irq and softirq of the first line of `/proc/stat`. */
function busyUs(): number {
  const fields = (read("/proc/stat") ?? "").split("\n", 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  return [0, 1, 2, 5, 6].reduce((sum, i) => sum + (fields[i] ?? 0), 0) * US_PER_TICK;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the process has ended
  }
}
