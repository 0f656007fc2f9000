/**
 * `npm run simulate -- --seeds N --from S`: runs seeds, shows the way, and for one that fails prints what is wrong, the
 * smallest schedule found, the last events of the object and the command that repeats it.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { FAULTS, type FaultKind } from "./faults.ts";
import { PLANTS } from "./planted.ts";
import { addCounts, RARE, unseen } from "./rare.ts";
import { shrink } from "./shrink.ts";
import { type Run, type RunOptions, simulate } from "./world.ts";

const LAST_EVENTS = 50;
/** Below this a rare branch may be missing by chance. */
const ENOUGH_SEEDS = 200;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    planted: { type: "string" },
    /** Prints every event of this object, `name/key`. */
    trace: { type: "string" },
    /** Stops a run after this many events. */
    until: { type: "string" },
    /** Kinds of faults to leave out, separated by commas. */
    without: { type: "string" },
    "without-clients": { type: "string" },
    "virtual-ms": { type: "string" },
    /** Writes counts, rate and violations to this file, as JSON. */
    report: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function runOptions(): RunOptions {
  const { planted, without, until } = values;
  const plant = planted === undefined ? undefined : PLANTS[planted];
  if (planted !== undefined && plant === undefined)
    throw new RangeError(`nothing is planted under '${planted}'; there are: ${Object.keys(PLANTS).join(", ")}`);
  const kinds = (without ?? "").split(",").filter((kind) => kind !== "");
  const unknown = kinds.filter((kind) => !(FAULTS as readonly string[]).includes(kind));
  if (unknown.length > 0) throw new RangeError(`no such faults: ${unknown}; there are: ${FAULTS.join(", ")}`);
  return {
    ...(plant === undefined ? {} : { plant }),
    without: new Set(kinds as FaultKind[]),
    withoutClients: new Set((values["without-clients"] ?? "").split(",").filter((name) => name !== "")),
    ...(values["virtual-ms"] === undefined ? {} : { virtualMs: Number(values["virtual-ms"]) }),
    ...(until === undefined ? {} : { untilEvent: Number(until) }),
  };
}

function repeatCommand(seed: number, options: RunOptions): string {
  const parts = [`npm run simulate -- --seeds 1 --from ${seed}`];
  if (values.planted !== undefined) parts.push(`--planted '${values.planted}'`);
  if ((options.without?.size ?? 0) > 0) parts.push(`--without ${[...(options.without ?? [])].join(",")}`);
  if ((options.withoutClients?.size ?? 0) > 0)
    parts.push(`--without-clients ${[...(options.withoutClients ?? [])].join(",")}`);
  if (options.virtualMs !== undefined) parts.push(`--virtual-ms ${options.virtualMs}`);
  return parts.join(" ");
}

async function explain(failed: Run, options: RunOptions): Promise<void> {
  say(`\nseed ${failed.seed}: ${failed.violations.length} violations`);
  for (const { invariant, object, text } of failed.violations.slice(0, 10)) say(`  ${invariant} ${object}: ${text}`);
  say(`  ${repeatCommand(failed.seed, options)}`);
  const small = values["no-shrink"] ? { run: failed, options } : await shrink(failed, options);
  if ("faults" in small)
    say(`  smallest: clients ${small.clients}; faults ${small.faults}\n  ${repeatCommand(failed.seed, small.options)}`);
  const [first] = small.run.violations;
  const lines: string[] = [];
  await simulate(failed.seed, { ...small.options, trace: (line) => lines.push(line) });
  const name = first?.object.split(" ")[0] ?? "";
  say(`  the last events of ${name}:`);
  for (const line of lines.filter((line) => isAbout(line, name)).slice(-LAST_EVENTS)) say(`    ${line}`);
}

/** The object's own lines, and what happened to hosts and clocks. */
const isAbout = (line: string, object: string): boolean =>
  line.includes(object) || / {2}(?:host-\d+:? (?:host\.|starts|leaves|could)|the database|healed)/.test(line);

interface Totals {
  readonly from: number;
  seeds: number;
  calls: number;
  faults: number;
  events: number;
  readonly counts: Map<string, number>;
  readonly failed: { readonly seed: number; readonly violations: Run["violations"] }[];
  readonly startedMs: number;
}

function add(totals: Totals, run: Run): void {
  totals.seeds++;
  totals.calls += run.history.calls.length;
  totals.events += run.events;
  totals.faults += FAULTS.reduce((sum, kind) => sum + (run.counts.get(`fault.${kind}`) ?? 0), 0);
  addCounts(totals.counts, run.counts);
  if (run.violations.length > 0) totals.failed.push({ seed: run.seed, violations: run.violations });
}

/** On a terminal one line that is written over; else a line now and then. */
function progress(totals: Totals, seeds: number): void {
  const { seeds: done, failed } = totals;
  const isTerminal = process.stdout.isTTY;
  if (done % (isTerminal ? 25 : 1_000) !== 0 || done === seeds) return;
  const left = Math.round((seeds - done) / perMinute(totals));
  const line = `${done} of ${seeds} seeds, ${failed.length} failed, ${Math.round(perMinute(totals))} a minute, ${left} min to go`;
  process.stdout.write(isTerminal ? `\r${line} ` : `${line}\n`);
}

async function main(): Promise<number> {
  const options = runOptions();
  const from = Number(values.from);
  const seeds = Number(values.seeds);
  const { trace } = values;
  const startedMs = performance.now();
  const totals: Totals = { from, seeds: 0, calls: 0, faults: 0, events: 0, counts: new Map(), failed: [], startedMs };
  for (let seed = from; seed < from + seeds; seed++) {
    const traced = trace === undefined ? {} : { trace: (line: string) => isAbout(line, trace) && say(line) };
    const run = await simulate(seed, { ...options, ...traced } as RunOptions);
    add(totals, run);
    if (run.violations.length > 0 && totals.failed.length <= 3) await explain(run, options);
    progress(totals, seeds);
  }
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(reported(totals), undefined, 2)}\n`);
  return report(totals);
}

/** What a report file holds. */
function reported({ from, seeds, calls, faults, events, counts, failed, ...rest }: Totals): object {
  return {
    command: `npm run simulate -- ${process.argv.slice(2).join(" ")}`,
    seeds: { from, to: from + seeds - 1, failed: failed.length },
    seconds: Math.round((performance.now() - rest.startedMs) / 1_000),
    perMinute: Math.round(perMinute({ seeds, ...rest })),
    calls,
    faults,
    events,
    rare: Object.fromEntries(RARE.map((name) => [name, counts.get(name) ?? 0])),
    unseen: unseen(counts),
    violations: failed,
  };
}

function report(totals: Totals): number {
  const { from, seeds, calls, faults, events, counts, failed, startedMs } = totals;
  const seconds = (performance.now() - startedMs) / 1_000;
  say(`\nseeds ${from} to ${from + seeds - 1}: ${seeds - failed.length} without a violation, ${failed.length} with`);
  say(
    `${calls} calls, ${faults} faults, ${events} events in ${seconds.toFixed(1)} s: ${Math.round(perMinute(totals))} seeds/minute`,
  );
  if (failed.length > 0)
    say(
      `failed: ${failed
        .slice(0, 50)
        .map(({ seed }) => seed)
        .join(" ")}`,
    );
  for (const name of RARE) say(`  ${name.padEnd(30)} ${counts.get(name) ?? 0}`);
  const missing = unseen(counts);
  if (missing.length > 0) say(`never occurred: ${missing.join(", ")}`);
  return failed.length > 0 || (missing.length > 0 && seeds >= ENOUGH_SEEDS) ? 1 : 0;
}

const perMinute = ({ seeds, startedMs }: Pick<Totals, "seeds" | "startedMs">): number =>
  (seeds * 60_000) / (performance.now() - startedMs);

process.exitCode = await main();
