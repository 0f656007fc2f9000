/** `stator bench object TYPE [field=value …]`: how fast a running cluster takes one kind of event, from this process. */
import { availableParallelism } from "node:os";
import type { Client } from "../client/client.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { EXIT, Exit } from "./exit.ts";
import { eventOf } from "./fields.ts";
import { Histogram } from "./histogram.ts";
import type { Io } from "./io.ts";
import { durationMs, positive } from "./options.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { colorsOf, list } from "./table.ts";

interface Options {
  readonly json?: string;
  readonly keys: string;
  readonly callers: string;
  readonly duration: string;
  readonly warmUp: string;
  readonly runs: string;
}

interface Plan {
  readonly name: string;
  readonly body: string;
  readonly keys: number;
  readonly callers: number;
}

interface Run {
  readonly operations: number;
  readonly tookMs: number;
  readonly latency: Histogram;
  readonly failures: number;
  readonly failure: string | undefined;
  /** Of this process, µs an operation. */
  readonly cpuUs: number;
}

const HELP = `
Sends the event over and over to objects with the keys bench-0 to bench-<keys - 1>, each caller waiting for its receipt.
The objects stay. What the suite of the repository measures beside this (CPU by process, WAL, other systems): npm run bench.

Examples:
  $ stator bench counter ADD amount=1
  $ stator bench counter ADD amount=1 --keys 1 --callers 256       one hot key
  $ stator bench counter ADD amount=1 --callers 1 -o json`;

export const bench: Configure = (command, io) => {
  command
    .argument("<object>", "name of the objects")
    .argument("[type]", "type of the event")
    .argument("[fields...]", "of the event: name=value, or name:=json")
    .option("--json <json>", "the event as JSON, with or without its type")
    .option("--keys <n>", "objects to spread over", "1000")
    .option("--callers <n>", "operations on their way at once", "64")
    .option("--duration <duration>", "of one run", "5s")
    .option("--warm-up <duration>", "before the first run", "2s")
    .option("--runs <n>", "median and spread are over these", "3")
    .addHelpText("after", HELP)
    .action(async (name: string, type: string | undefined, fields: string[], options: Options) => {
      const settings = settingsOf(command, io);
      const keys = positive(options.keys, "--keys");
      const callers = positive(options.callers, "--callers");
      const plan = { name, body: JSON.stringify(eventOf(type, options.json, fields)), keys, callers };
      const runMs = durationMs(options.duration, "--duration");
      const warmUpMs = durationMs(options.warmUp, "--warm-up");
      const count = positive(options.runs, "--runs");
      const runs = await withClient(settings, async (client) => {
        await runFor(client, plan, warmUpMs);
        const done: Run[] = [];
        while (done.length < count) done.push(await runFor(client, plan, runMs));
        return done;
      });
      show(plan, runs, settings, io);
      if (runs.some(({ failures }) => failures > 0)) throw new Exit(EXIT.failed);
    });
};

/** An operation that is under way when the time is up is waited for and counts. */
async function runFor(client: Client, { name, body, keys, callers }: Plan, durationMs: number): Promise<Run> {
  const latency = new Histogram();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let failures = 0;
  let failure: string | undefined;
  const caller = async (): Promise<void> => {
    let beginMs = performance.now();
    while (beginMs - startedMs < durationMs) {
      try {
        await client.request("send", { name, key: `bench-${Math.floor(Math.random() * keys)}` }, body);
      } catch (cause) {
        failures++;
        failure ??= cause instanceof Error ? cause.message : String(cause);
      }
      const endMs = performance.now();
      latency.record(endMs - beginMs);
      beginMs = endMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(cpu);
  const operations = latency.total;
  const tookMs = performance.now() - startedMs;
  return { operations, tookMs, latency, failures, failure, cpuUs: (user + system) / operations };
}

function show(plan: Plan, runs: readonly Run[], { output }: Settings, io: Io): void {
  const figures = {
    perSecond: spread(runs.map(({ operations, tookMs }) => (operations / tookMs) * 1_000)),
    p50Ms: spread(runs.map(({ latency }) => latency.percentile(0.5))),
    p99Ms: spread(runs.map(({ latency }) => latency.percentile(0.99))),
    maxMs: spread(runs.map(({ latency }) => latency.percentile(1))),
    clientCpuUs: spread(runs.map(({ cpuUs }) => cpuUs)),
  };
  const failures = runs.reduce((sum, run) => sum + run.failures, 0);
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  const { name: object, keys, callers } = plan;
  if (output !== "table") {
    const machine = { cores: availableParallelism(), node: process.versions.node };
    const all = { object, keys, callers, runs: runs.length, ...figures, failures, failure: failure ?? null, machine };
    return io.out(`${JSON.stringify(all)}\n`);
  }
  const pairs: [string, string][] = [
    ["operations/s", text(figures.perSecond)],
    ["p50 ms", text(figures.p50Ms)],
    ["p99 ms", text(figures.p99Ms)],
    ["longest ms", text(figures.maxMs)],
    ["CPU of this process", `${text(figures.clientCpuUs)} µs an operation`],
    ["failed", failure === undefined ? "0" : `${failures}: ${failure}`],
  ];
  io.out(list(pairs, colorsOf(io)));
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b).map((value) => Number(value.toPrecision(4)));
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}

const text = ({ median, min, max }: Spread): string => `${median} (${min}–${max})`;
