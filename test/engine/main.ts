/**
 * The equivalence suite at any length: `npm run equivalence -- --scripts N --seed S`.
 *
 * Runs under both builds of xstate, side by side, each in a process of its own: `production` is what plain node loads,
 * `development` what `--conditions=development` does. `--build` runs one of them in this process.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tortureObject } from "./equivalence.ts";
import { report, runScripts } from "./scripts.ts";

const BUILDS = ["production", "development"] as const;
const { values } = parseArgs({
  options: {
    scripts: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    build: { type: "string" },
  },
});
const scripts = Number(values.scripts);
const seed = Number(values.seed);
if (!Number.isInteger(scripts) || scripts < 1 || !Number.isInteger(seed)) {
  process.stderr.write("usage: npm run equivalence -- --scripts N --seed S\n");
  process.exit(2);
}

if (values.build === undefined) {
  const codes = await Promise.all(BUILDS.map(runBuild));
  process.exit(Math.max(...codes));
}

console.warn = () => undefined; // plain XState warns of events to actors that have stopped
const { figures, difference } = await runScripts(tortureObject(), seed, scripts);
const { turns, restores, crashes, repeats, entries } = figures;
const text = `${turns} turns, ${restores} restores, ${crashes} crashes, ${repeats} repeats, ${entries} entries compared`;
if (difference === undefined) {
  process.stdout.write(`${values.build}: ${scripts} scripts from seed ${seed} identical: ${text}\n`);
} else {
  process.stdout.write(`${values.build}: ${report(difference)}\n`);
  process.exit(1);
}

function runBuild(build: (typeof BUILDS)[number]): Promise<number> {
  const conditions = build === "development" ? ["--conditions=development"] : [];
  const given = ["--scripts", String(scripts), "--seed", String(seed), "--build", build];
  const self = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [...conditions, "--import", "tsx", self, ...given], { stdio: "inherit" });
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}
