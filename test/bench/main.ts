/** The benchmark suite: `npm run bench -- --help`. Compiled and started by `scripts/bench.mjs`. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Bench, Workload } from "./bench.ts";
import { ceiling, chain, hotKey, keyedCounter, lifecycle, read, saga, scaling } from "./closed.ts";
import { openServers } from "./cluster.ts";
import { footprint } from "./footprint.ts";
import type { Settings } from "./measure.ts";
import { recovery } from "./recovery.ts";
import { cellText, factText, type PeersReport, type Report, reportOf, writeTable } from "./report.ts";
import { smoke } from "./smoke.ts";
import { soak } from "./soak.ts";
import { timers } from "./timers.ts";

const HELP = `usage: npm run bench -- [workload …] [--quick] [--runs n] [--json file]
       npm run bench -- --readme file.json [--peers file.json] [--soak file.json]

  W1 keyed counter   W2 one hot key    W3 saga              W4 subscription                    W5 timers
  W6 recovery        W7 footprint      W8 object to object  W9 more hosts, more NATS nodes     W10 read
  ceiling            the parts of W1 without the product, measured beside it
  soak               load for --minutes (5), with the sizes of the tables
  smoke              one second of several, to see that all of it works

  Without a workload: ceiling and W1 to W10. DATABASE_URL and NATS_URL: these servers instead of new ones.
  --readme writes the tables of a run that was kept with --json into README.md, and of one of bench:peers and of a soak,
  and measures nothing.
`;

const WORKLOADS: Readonly<Record<string, Workload>> = {
  ceiling,
  W1: keyedCounter,
  W2: hotKey,
  W3: saga,
  W4: lifecycle,
  W5: timers,
  W6: recovery,
  W7: footprint,
  W8: chain,
  W9: scaling,
  W10: read,
};
const FULL: Settings = { warmUpMs: 3_000, runMs: 5_000, runs: 5, quick: false };
const QUICK: Settings = { warmUpMs: 1_500, runMs: 2_000, runs: 3, quick: true };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    readme: { type: "string" },
    peers: { type: "string" },
    soak: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string", default: "5" },
    help: { type: "boolean", default: false },
  },
});

const parsed = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;

async function main(): Promise<number> {
  const named: Readonly<Record<string, Workload>> = { ...WORKLOADS, soak: soak(Number(values.minutes)), smoke };
  const unknown = positionals.filter((name) => named[name] === undefined);
  if (values.help || unknown.length > 0) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (values.readme !== undefined) {
    const peers = values.peers === undefined ? undefined : parsed<PeersReport>(values.peers);
    const soak = values.soak === undefined ? undefined : parsed<Report>(values.soak);
    writeTable(parsed<Report>(values.readme), { peers, soak }, "README.md");
    return 0;
  }
  const wished = positionals.length > 0 ? positionals : Object.keys(WORKLOADS);
  return run(wished.map((name) => named[name] as Workload));
}

async function run(workloads: readonly Workload[]): Promise<number> {
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
  const base = values.quick ? QUICK : FULL;
  const settings = values.runs === undefined ? base : { ...base, runs: Number(values.runs) };
  const servers = await openServers({ ...(databaseUrl && { databaseUrl }), ...(natsUrl && { natsUrl }) });
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  const bench: Bench = { servers, settings, results: { cells: [], facts: [] }, say };
  let hasFailed = false;
  try {
    for (const workload of workloads) {
      const { cells, facts } = bench.results;
      const seen = { cells: cells.length, facts: facts.length };
      await workload(bench).catch((cause: unknown) => {
        hasFailed = true; // what the others say is worth knowing all the same
        say(`a workload FAILED: ${cause instanceof Error ? cause.message : String(cause)}`);
      });
      for (const cell of cells.slice(seen.cells)) say(cellText(cell));
      for (const fact of facts.slice(seen.facts)) say(factText(fact));
    }
    const report = reportOf(bench.results, servers, settings, ["bench", ...process.argv.slice(2)]);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
    return hasFailed || bench.results.cells.some(({ failures }) => failures > 0) ? 1 : 0;
  } finally {
    await servers.stop();
  }
}

process.exitCode = await main();
