/**
 * `npm run chaos -- --minutes M --seed S [--nemesis a,b] [--workload x,y] [--hosts 3]`: real processes, real faults.
 *
 * Ends with 0 when nothing was violated and everything rare was met, 1 when something was violated, 2 when the run
 * proves nothing. The report is left under `test/chaos/reports/`, files of cycles with violations under the folder named.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../src/dev/command.ts";
import { compileProcesses } from "../support/compiled.ts";
import { readOptions, wholeNumber } from "../support/options.ts";
import { WORKLOADS } from "./asks.ts";
import { NEMESIS_NAMES } from "./nemesis.ts";
import { DEFAULT_PLAN, pickNames, type RunPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { type Machine, toJson, toText, verdictOf } from "./report.ts";
import { runChaos } from "./run.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));
const EXIT = { ok: 0, violated: 1, invalid: 2 } as const;

const HELP = `usage: npm run chaos -- [--minutes m] [--seed s] …

  --minutes m           how long (${DEFAULT_PLAN.minutes})
  --seed s              of what is drawn by chance (${DEFAULT_PLAN.seed})
  --nemesis a,b         which (all): ${NEMESIS_NAMES.join(", ")}
  --workload a,b        which (all): ${WORKLOADS.join(", ")}
  --hosts n             (${DEFAULT_PLAN.hosts})
  --rate n              messages of clients a second (${DEFAULT_PLAN.perSecond})
  --faults s            seconds of faults in each cycle (${DEFAULT_PLAN.faultsMs / 1_000})
  --no-pairs            never two nemeses at once

  Leaves its report in test/chaos/reports. Ends with 0 when nothing was violated and everything rare was met, 1 when
  something was violated, 2 when the run proves nothing.
`;

function readPlan(): RunPlan {
  const values = readOptions(HELP, {
    minutes: { type: "string", default: `${DEFAULT_PLAN.minutes}` },
    seed: { type: "string", default: `${DEFAULT_PLAN.seed}` },
    nemesis: { type: "string" },
    workload: { type: "string" },
    hosts: { type: "string", default: `${DEFAULT_PLAN.hosts}` },
    rate: { type: "string", default: `${DEFAULT_PLAN.perSecond}` },
    faults: { type: "string", default: `${DEFAULT_PLAN.faultsMs / 1_000}` },
    "no-pairs": { type: "boolean", default: false },
  });
  return {
    minutes: wholeNumber("minutes", values.minutes, 1),
    seed: wholeNumber("seed", values.seed, 0),
    nemeses: pickNames(values.nemesis, NEMESIS_NAMES, "nemesis"),
    workloads: pickNames(values.workload, WORKLOADS, "workload"),
    hosts: wholeNumber("hosts", values.hosts, 1),
    perSecond: wholeNumber("rate", values.rate, 1),
    faultsMs: wholeNumber("faults", values.faults, 1) * 1_000,
    hasPairs: !values["no-pairs"],
  };
}

async function machineOf(): Promise<Machine> {
  const git = (...args: string[]) => run(["git", ...args], { cwd: repo });
  const [head, status] = [
    await git("rev-parse", "HEAD"),
    await git("status", "--porcelain", "--", "src", "test/chaos"),
  ];
  return {
    commit: head.isOk ? head.stdout.trim() : (process.env["CHAOS_COMMIT"] ?? "unknown"),
    isDirty: status.stdout.trim() !== "",
    node: process.version,
    cpus: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
  };
}

async function main(): Promise<number> {
  const plan = readPlan();
  const machine = await machineOf();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  compileProcesses();
  const result = await runChaos(plan, new Progress(), interrupted);
  const text = toText(result, machine);
  const folder = join(repo, "test/chaos/reports");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.startedAt.slice(0, 10)}-${plan.seed}`);
  writeFileSync(`${file}.txt`, `${text}\n`);
  writeFileSync(`${file}.json`, `${JSON.stringify(toJson(result, machine), undefined, 1)}\n`);
  process.stdout.write(`\n${text}\n\nreport: ${file}.txt\n`);
  const { is } = verdictOf(result);
  if (is !== "violated") rmSync(result.folder, { recursive: true, force: true });
  return EXIT[is];
}

process.exit(await main()); // what a cycle left on its way must not keep us
