/** Results as text: for the terminal, as JSON, and as the README's table. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import type { Fact, Results } from "./bench.ts";
import type { Servers } from "./cluster.ts";
import { type Cell, type Settings, type Spread, spread } from "./measure.ts";

export interface Report extends Results {
  readonly at: string;
  readonly command: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly settings: Settings;
}

/** `script` is the one of package.json, `args` what it was given. */
export function reportOf(
  results: Results,
  servers: Servers,
  settings: Settings,
  [script, ...args]: readonly [script: string, ...args: string[]],
): Report {
  return {
    at: new Date().toISOString(),
    command: `npm run ${script} -- ${args.join(" ")}`.trim(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${arch()} ${release()}`,
    },
    versions: { node: process.versions.node, postgres: servers.postgresVersion, nats: servers.natsVersion },
    commit: COMMIT,
    settings,
    ...results,
  };
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+changes");
  } catch {
    return "unknown";
  }
}

/** When the run begins: what it measures was compiled then. */
const COMMIT = commit();

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toLocaleString("en", { maximumSignificantDigits: 3 });
const spreadText = ({ median, min, max }: Spread): string => `${number(median)} (${number(min)}–${number(max)})`;

export function cellText(cell: Cell): string {
  const { workload, what, opsPerSecond, p50Ms, p99Ms, cpuUs, othersShare, walBytes, failures, failure } = cell;
  const total = Object.values(cpuUs).reduce((sum, us) => sum + us, 0);
  const split = Object.entries(cpuUs).map(([name, us]) => `${name} ${number(us)}`);
  const failed = failures === 0 ? "" : `  ${failures} FAILED: ${failure}`;
  return (
    `${workload.padEnd(8)}${what.padEnd(44)} ${spreadText(opsPerSecond)}/s  p50 ${number(p50Ms.median)} p99 ${number(p99Ms.median)} ms\n` +
    `${" ".repeat(8)}${number(total)} µs CPU/op: ${split.join(" + ")}; others ${Math.round(othersShare * 100)} %; WAL ${number(walBytes)} B/op${failed}`
  );
}

export const factText = ({ workload, what, value, unit }: Fact): string =>
  `${workload.padEnd(8)}${what}: ${number(value)} ${unit}`;

/** Stator beside one other system, in neighbouring runs. */
export interface Ratio {
  readonly workload: string;
  readonly what: string;
  readonly peer: string;
  /** Stator's operations a second by the peer's. */
  readonly throughput: Spread;
  /** The peer's latencies by Stator's. */
  readonly p50: Spread;
  readonly p99: Spread;
}

export const timesText = ({ median, min, max }: Spread): string =>
  `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;

/** Of `bench:peers`. */
export interface PeersReport extends Report {
  readonly ratios: readonly Ratio[];
  /** Versions by package. */
  readonly peers: Readonly<Record<string, string>>;
}

function ratioTable({ ratios, command, commit: at, peers }: PeersReport): readonly string[] {
  const packages = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const rows = ratios.map(
    ({ workload, what, peer, throughput, p50, p99 }) =>
      `| ${workload} | ${what} | ${peer} | ${timesText(throughput)} | ${timesText(p50)} | ${timesText(p99)} |`,
  );
  const said = `\`${command}\` at ${at}, in turns on the same machine: ${packages.join(", ")}.`;
  const head = "| | workload | beside | × throughput | × shorter p50 | × shorter p99 |";
  return ["", said, "", head, "|---|---|---|---|---|---|", ...rows];
}

const SLICE = / slice \d+$/;

/** Of a soak: a sixth of it at its beginning and at its end, and what became of the tables. */
function soakTable({ facts, command, commit: at }: Report): readonly string[] {
  const series = new Map<string, number[]>();
  for (const { what, value, unit } of facts.filter((fact) => SLICE.test(fact.what))) {
    const name = `${what.replace(SLICE, "")}, ${unit}`;
    series.set(name, [...(series.get(name) ?? []), value]);
  }
  const rows = [...series].map(([name, values]) => {
    const part = Math.max(1, Math.round(values.length / 6));
    return `| ${name} | ${spreadText(spread(values.slice(0, part)))} | ${spreadText(spread(values.slice(-part)))} |`;
  });
  const tables = facts
    .filter(({ what }) => !SLICE.test(what))
    .map(({ what, value, unit }) => `| ${what} | | ${number(value)} ${unit} |`);
  return ["", `\`${command}\` at ${at}:`, "", "| | first sixth | last sixth |", "|---|---|---|", ...rows, ...tables];
}

/** What was measured beside the suite. */
export interface Others {
  readonly peers: PeersReport | undefined;
  readonly soak: Report | undefined;
}

/** Replaces what stands between the README's markers. */
export function writeTable(report: Report, { peers, soak }: Others, file: string): void {
  const { machine, versions, commit: at, settings, cells, facts } = report;
  const rows = cells.map(
    ({ workload, what, opsPerSecond, p50Ms, p99Ms, walBytes }) =>
      `| ${workload} | ${what} | ${spreadText(opsPerSecond)} | ${number(p50Ms.median)} | ${number(p99Ms.median)} | ${number(walBytes)} |`,
  );
  const others = facts.map(({ workload, what, value, unit }) => `| ${workload} | ${what} | ${number(value)} ${unit} |`);
  const table = [
    `\`${report.command}\` at ${at} on ${machine["cores"]} cores (${machine["cpu"]}), Node ${versions["node"]}, Postgres ${versions["postgres"]},`,
    `nats-server ${versions["nats"]}, durability on, everything on one machine. Median (lowest–highest) of ${settings.runs} runs of ${settings.runMs / 1_000} s.`,
    "",
    "| | workload | operations/s | p50 ms | p99 ms | WAL bytes/op |",
    "|---|---|---|---|---|---|",
    ...rows,
    ...(others.length === 0 ? [] : ["", "| | | |", "|---|---|---|", ...others]),
    ...(soak === undefined ? [] : soakTable(soak)),
    ...(peers === undefined ? [] : ratioTable(peers)),
  ].join("\n");
  const text = readFileSync(file, "utf8");
  const marked = /<!-- figures -->[\s\S]*<!-- \/figures -->/;
  if (!marked.test(text)) throw new Error(`${file} has no <!-- figures --> markers`);
  writeFileSync(file, text.replace(marked, `<!-- figures -->\n${table}\n<!-- /figures -->`));
}
