/**
 * `npm run simulate -- --seeds N --from S`: runs seeds, shows the way, and for one that fails prints what is wrong, the
 * smallest schedule found, the last events of the object and the command that repeats it.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { readOptions, wholeNumber } from "../support/options.ts";
import { explain, isAbout } from "./explain.ts";
import { FAULTS, type FaultKind } from "./faults.ts";
import { type Slice, type SliceResult, serveSlices, spread } from "./jobs.ts";
import { PLANTS } from "./planted.ts";
import { RARE, unseen } from "./rare.ts";
import { Totals } from "./totals.ts";
import { type RunOptions, simulate } from "./world.ts";

/** Below this a rare branch may be missing by chance. */
const ENOUGH_SEEDS = 200;
const MAX_EXPLAINED = 3;

const HELP = `usage: npm run simulate -- [--seeds n] [--from seed] …

  --seeds n             how many schedules (1000)
  --from seed           the first of them (1)
  --jobs n              processes (one a core)
  --report file         writes counts, rate and violations as JSON
  --no-shrink           does not look for the smallest schedule of one that fails

  Of one seed:
  --trace name/key      prints every event of this object
  --until n             stops after n events
  --without a,b         leaves out kinds of faults
  --without-clients a,b leaves out clients
  --virtual-ms n        length of the schedule (30000)
  --planted name        with a bug planted in the product, to see that it is found

  Ends with 0 when nothing was violated and every rare branch was met, else with 1.
`;

const values = readOptions(HELP, {
  seeds: { type: "string", default: "1000" },
  from: { type: "string", default: "1" },
  jobs: { type: "string", default: String(availableParallelism()) },
  planted: { type: "string" },
  trace: { type: "string" },
  until: { type: "string" },
  without: { type: "string" },
  "without-clients": { type: "string" },
  "virtual-ms": { type: "string" },
  report: { type: "string" },
  "no-shrink": { type: "boolean", default: false },
  /** Runs slices of seeds for the process that started it. */
  worker: { type: "boolean", default: false },
});
const [from, seeds] = [wholeNumber("from", values.from, 0), wholeNumber("seeds", values.seeds, 1)];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function runOptions(): RunOptions {
  const { planted, without, until, trace } = values;
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
    ...(trace === undefined ? {} : { trace: (line: string) => void (isAbout(line, trace) && say(line)) }),
  };
}

async function runSlice(slice: Slice, options: RunOptions): Promise<SliceResult> {
  const totals = new Totals();
  const lines: string[] = [];
  const { trace, ...quiet } = options;
  const explaining = { options: quiet, planted: values.planted, mayShrink: !values["no-shrink"] };
  for (let seed = slice.from; seed < slice.from + slice.seeds; seed++) {
    const run = await simulate(seed, options);
    totals.add(run);
    const mustExplain = run.violations.length > 0 && totals.failed.length <= slice.explained;
    if (mustExplain) lines.push(...(await explain(run, explaining)));
  }
  return { part: totals.part, lines };
}

/** On a terminal one line that is written over; else a line now and then. */
function progress(totals: Totals, before: number): void {
  const { seeds: done, failed, perMinute } = totals;
  const isTerminal = process.stdout.isTTY;
  const every = isTerminal ? 20 : 1_000;
  if (Math.floor(done / every) === Math.floor(before / every) || done === seeds) return;
  const left = Math.round((seeds - done) / perMinute);
  const line = `${done} of ${seeds} seeds, ${failed.length} failed, ${Math.round(perMinute)} a minute, ${left} min to go`;
  process.stdout.write(isTerminal ? `\r${line} ` : `${line}\n`);
}

async function main(): Promise<number> {
  const options = runOptions();
  const totals = new Totals();
  const done = ({ part, lines }: SliceResult): void => {
    const before = totals.seeds;
    totals.merge(part);
    for (const line of lines) say(line);
    progress(totals, before);
  };
  const jobs = values.trace === undefined ? wholeNumber("jobs", values.jobs, 1) : 1;
  if (jobs > 1 && seeds > 1) {
    await spread({ from, seeds, jobs, explained: MAX_EXPLAINED, done });
    totals.failed.sort((a, b) => a.seed - b.seed);
  } else
    for (let seed = from; seed < from + seeds; seed++) {
      const explained = MAX_EXPLAINED - totals.failed.length;
      done(await runSlice({ from: seed, seeds: 1, explained }, options));
    }
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(reported(totals), undefined, 2)}\n`);
  return report(totals);
}

/** What a report file holds. */
function reported({ seeds: done, calls, faults, events, counts, failed, seconds, perMinute }: Totals): object {
  return {
    command: `npm run simulate -- ${process.argv.slice(2).join(" ")}`,
    seeds: { from, to: from + done - 1, failed: failed.length },
    seconds: Math.round(seconds),
    perMinute: Math.round(perMinute),
    calls,
    faults,
    events,
    rare: Object.fromEntries(RARE.map((name) => [name, counts.get(name) ?? 0])),
    unseen: unseen(counts),
    violations: failed,
  };
}

function report({ seeds: done, calls, faults, events, counts, failed, seconds, perMinute }: Totals): number {
  say(`\nseeds ${from} to ${from + done - 1}: ${done - failed.length} without a violation, ${failed.length} with`);
  say(
    `${calls} calls, ${faults} faults, ${events} events in ${seconds.toFixed(1)} s: ${Math.round(perMinute)} seeds/minute`,
  );
  const numbers = failed.slice(0, 50).map(({ seed }) => seed);
  if (failed.length > 0) say(`failed: ${numbers.join(" ")}`);
  for (const name of RARE) say(`  ${name.padEnd(30)} ${counts.get(name) ?? 0}`);
  const missing = unseen(counts);
  if (missing.length > 0) say(`never occurred: ${missing.join(", ")}`);
  return failed.length > 0 || (missing.length > 0 && done >= ENOUGH_SEEDS) ? 1 : 0;
}

if (values.worker) serveSlices((slice) => runSlice(slice, runOptions()));
else process.exitCode = await main();
