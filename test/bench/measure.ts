/** One cell of a benchmark: warm-up, several runs, and from each what it cost whom. */
import { availableParallelism } from "node:os";
import { Histogram } from "../../src/cli/histogram.ts";
import type { Child } from "./child.ts";
import { CpuTimes } from "./cpu.ts";
import type { LoadReport } from "./load.ts";
import type { LoadOrder } from "./operations.ts";

export interface Settings {
  readonly warmUpMs: number;
  readonly runMs: number;
  readonly runs: number;
  readonly quick: boolean;
}

/** CPU µs per operation. */
export type CpuSplit = Readonly<Record<string, number>>;

export interface Run {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuUs: CpuSplit;
  /** Of the machine's CPU time, what processes used that are not ours. */
  readonly othersShare: number;
  /** Bytes of WAL per operation. */
  readonly walBytes: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Cell {
  readonly workload: string;
  readonly what: string;
  readonly opsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly maxMs: number;
  readonly cpuUs: CpuSplit;
  readonly othersShare: number;
  readonly walBytes: number;
  readonly operations: number;
  readonly failures: number;
  readonly failure?: string | undefined;
}

/** Who is measured beside the load, and how to read the WAL position in bytes. */
export interface Target {
  readonly load: Child;
  readonly processes: Readonly<Record<string, readonly number[]>>;
  readonly walBytes: () => Promise<number>;
}

export type Order = Omit<LoadOrder, "run" | "durationMs" | "operations">;

export async function measure(
  [workload, what]: readonly [string, string],
  target: Target,
  order: Order,
  settings: Settings,
): Promise<Cell> {
  const { load } = target;
  const show = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  show(`${workload} ${what}`);
  const name = Date.now().toString(36);
  await load.ask<LoadReport>({ ...order, durationMs: settings.warmUpMs, run: `${name}w` });
  const runs: { run: Run; report: LoadReport }[] = [];
  for (let i = 0; i < settings.runs; i++) {
    show(`${workload} ${what}: run ${i + 1}`);
    runs.push(await oneRun(target, { ...order, durationMs: settings.runMs, run: `${name}r${i}` }));
  }
  show("");
  return summary(workload, what, runs);
}

export async function oneRun(target: Target, order: LoadOrder): Promise<{ run: Run; report: LoadReport }> {
  const walBefore = await target.walBytes();
  const before = new CpuTimes();
  const startedMs = performance.now();
  const report = await target.load.ask<LoadReport>(order);
  const after = new CpuTimes();
  const wallUs = (performance.now() - startedMs) * 1_000 * availableParallelism();
  const walBytes = (await target.walBytes()) - walBefore;
  const groups = Object.entries({ ...target.processes, load: [target.load.pid] });
  const used = groups.map(([name, pids]) => {
    return [name, pids.reduce((sum, pid) => sum + after.of(pid) - before.of(pid), 0)] as const;
  });
  const ours = used.reduce((sum, [, us]) => sum + us, 0);
  const latency = Histogram.from(report.latency);
  const { operations, tookMs } = report;
  const run: Run = {
    opsPerSecond: (operations / tookMs) * 1_000,
    p50Ms: latency.percentile(0.5),
    p99Ms: latency.percentile(0.99),
    maxMs: latency.percentile(1),
    cpuUs: Object.fromEntries(used.map(([name, us]) => [name, us / operations])),
    othersShare: Math.max(0, after.busyUs - before.busyUs - ours) / wallUs,
    walBytes: walBytes / operations,
  };
  return { run, report };
}

export function summary(
  workload: string,
  what: string,
  runs: readonly { readonly run: Run; readonly report: LoadReport }[],
): Cell {
  const of = (pick: (run: Run) => number): Spread => spread(runs.map(({ run }) => pick(run)));
  const names = Object.keys(runs[0]?.run.cpuUs ?? {});
  return {
    workload,
    what,
    opsPerSecond: of((run) => run.opsPerSecond),
    p50Ms: of((run) => run.p50Ms),
    p99Ms: of((run) => run.p99Ms),
    maxMs: of((run) => run.maxMs).max,
    cpuUs: Object.fromEntries(names.map((name) => [name, of((run) => run.cpuUs[name] ?? 0).median])),
    othersShare: of((run) => run.othersShare).median,
    walBytes: of((run) => run.walBytes).median,
    operations: runs.reduce((sum, { report }) => sum + report.operations, 0),
    failures: runs.reduce((sum, { report }) => sum + report.failures, 0),
    failure: runs.find(({ report }) => report.failure !== undefined)?.report.failure,
  };
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}
