/**
 * The same work on Stator, Restate and DBOS Transact, taking turns within one run: `npm run bench:peers -- --help`.
 *
 * Ratios are of neighbouring runs, so that what else the machine does falls on all alike; their spread is told. Every
 * system stores what it answers: Stator and DBOS in the same Postgres, Restate in its own log. Stator's client sends a
 * message id with each call, so that a repeat of it is found; the others are called without one.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { targetOf } from "./bench.ts";
import { Cluster, openServers, type Servers } from "./cluster.ts";
import type { LoadReport } from "./load.ts";
import {
  type Cell,
  type Order,
  oneRun,
  type Run,
  type Settings,
  type Spread,
  spread,
  summary,
  type Target,
} from "./measure.ts";
import { installPeers, openDbos, openRestate, PEER_PACKAGES, type Peer } from "./peer.ts";
import { cellText, type PeersReport, type Ratio, reportOf, timesText } from "./report.ts";
import { ringing } from "./ringing.ts";

const HELP = `usage: npm run bench:peers -- [W1 … W5] [--quick] [--runs n] [--json file]
`;

interface Comparison {
  readonly workload: string;
  readonly what: string;
  readonly order: Order;
}

const COMPARISONS: readonly Comparison[] = [
  { workload: "W1", what: "1,000 keys, 256 callers", order: { operation: "add", keys: 1_000, callers: 256 } },
  { workload: "W1", what: "1,000 keys, 1 caller", order: { operation: "add", keys: 1_000, callers: 1 } },
  { workload: "W2", what: "one key, 256 callers", order: { operation: "add", keys: 1, callers: 256 } },
  {
    workload: "W3",
    what: "saga of 3 steps, completing, 64 callers",
    order: { operation: "book", keys: 0, callers: 64 },
  },
  {
    workload: "W3",
    what: "saga of 3 steps, rolling back, 64 callers",
    order: { operation: "fail", keys: 0, callers: 64 },
  },
  {
    workload: "W4",
    what: "subscription lifecycle, 64 callers",
    order: { operation: "subscribe", keys: 0, callers: 64 },
  },
];

/** One system under comparison. */
export interface System {
  readonly name: string;
  readonly target: Target;
}

type Ran = { readonly run: Run; readonly report: LoadReport };

async function compare(systems: readonly System[], { workload, what, order }: Comparison, settings: Settings) {
  const name = Date.now().toString(36);
  const ran = new Map<System, Ran[]>(systems.map((system) => [system, []]));
  for (const { target } of systems) {
    await target.load.ask<LoadReport>({ ...order, durationMs: settings.warmUpMs, run: `${name}w` });
  }
  for (let i = 0; i < settings.runs; i++) {
    for (const [{ target }, runs] of ran) {
      runs.push(await oneRun(target, { ...order, durationMs: settings.runMs, run: `${name}r${i}` }));
    }
  }
  const cells = [...ran].map(([system, runs]) => summary(workload, `${system.name}: ${what}`, runs));
  const [ours = [], ...theirs] = [...ran.values()];
  const ratios = theirs.map((runs, i): Ratio => {
    const of = (pick: (ours: Run, theirs: Run) => number): Spread =>
      spread(runs.flatMap(({ run }, n) => (ours[n] === undefined ? [] : pick(ours[n].run, run))));
    return {
      workload,
      what,
      peer: systems[i + 1]?.name ?? "",
      throughput: of((a, b) => a.opsPerSecond / b.opsPerSecond),
      p50: of((a, b) => b.p50Ms / a.p50Ms),
      p99: of((a, b) => b.p99Ms / a.p99Ms),
    };
  });
  return { cells, ratios };
}

const ratioText = ({ workload, what, peer, throughput, p50, p99 }: Ratio): string =>
  `${workload.padEnd(8)}Stator : ${peer}, ${what}: ${timesText(throughput)} × the throughput; p50 ${timesText(p50)}, p99 ${timesText(p99)} × shorter`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    runs: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Both peers, or those that start; why one does not is said. */
async function openPeers(servers: Servers): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const [name, open] of Object.entries({ Restate: openRestate, DBOS: () => openDbos(servers) })) {
    try {
      peers.push(await open());
    } catch (cause) {
      say(`${name} does not run here: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  return peers;
}

async function main(): Promise<void> {
  const settings: Settings = {
    ...(values.quick
      ? { warmUpMs: 2_000, runMs: 3_000, quick: true }
      : { warmUpMs: 3_000, runMs: 5_000, quick: false }),
    runs: Number(values.runs ?? (values.quick ? 3 : 5)),
  };
  installPeers(say);
  const servers = await openServers({});
  const cluster = await Cluster.open(servers, 1, { maxActivations: 120_000 });
  const peers = await openPeers(servers);
  const systems: readonly System[] = [{ name: "Stator", target: targetOf(cluster) }, ...peers];
  const wanted = (workload: string): boolean => positionals.length === 0 || positionals.includes(workload);
  const cells: Cell[] = [];
  const ratios: Ratio[] = [];
  const facts = [];
  try {
    for (const comparison of COMPARISONS.filter(({ workload }) => wanted(workload))) {
      const found = await compare(systems, comparison, settings);
      for (const cell of found.cells) say(cellText(cell));
      for (const ratio of found.ratios) say(ratioText(ratio));
      cells.push(...found.cells);
      ratios.push(...found.ratios);
    }
    if (wanted("W5")) facts.push(...(await ringing(cluster, peers, say)));
    const results = { cells, facts };
    const made = reportOf(results, servers, settings, ["bench:peers", ...process.argv.slice(2)]);
    const report: PeersReport = { ...made, ratios, peers: PEER_PACKAGES };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
  } finally {
    for (const peer of peers) await peer.close();
    await cluster.close();
    await servers.stop();
  }
}

if (values.help) say(HELP);
else await main();
