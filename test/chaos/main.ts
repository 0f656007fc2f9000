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
import { parseArgs } from "node:util";
import { run } from "../../src/dev/command.ts";
import { WORKLOADS } from "./asks.ts";
import { NEMESIS_NAMES } from "./nemesis.ts";
import { DEFAULT_PLAN, pickNames, type RunPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { type Machine, toJson, toText, verdictOf } from "./report.ts";
import { runChaos } from "./run.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));
const EXIT = { ok: 0, violated: 1, invalid: 2 } as const;

function readPlan(): RunPlan {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: `${DEFAULT_PLAN.minutes}` },
      seed: { type: "string", default: `${DEFAULT_PLAN.seed}` },
      nemesis: { type: "string" },
      workload: { type: "string" },
      hosts: { type: "string", default: `${DEFAULT_PLAN.hosts}` },
      /** Messages a second. */
      rate: { type: "string", default: `${DEFAULT_PLAN.perSecond}` },
      /** Seconds of faults in each cycle. */
      faults: { type: "string", default: `${DEFAULT_PLAN.faultsMs / 1_000}` },
      "no-pairs": { type: "boolean", default: false },
    },
  });
  return {
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    nemeses: pickNames(values.nemesis, NEMESIS_NAMES, "nemesis"),
    workloads: pickNames(values.workload, WORKLOADS, "workload"),
    hosts: Number(values.hosts),
    perSecond: Number(values.rate),
    faultsMs: Number(values.faults) * 1_000,
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
