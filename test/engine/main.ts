/**
 * The equivalence suite at any length: `npm run equivalence -- --scripts N --seed S`.
 *
 * Runs under both builds of xstate, side by side, each in a process of its own: `production` is what plain node loads,
 * `development` what `--conditions=development` does. `--build` runs one of them in this process.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readOptions, wholeNumber } from "../support/options.ts";
import { tortureObject } from "./equivalence.ts";
import { report, runScripts } from "./scripts.ts";

const BUILDS = ["production", "development"] as const;
const HELP = `usage: npm run equivalence -- [--scripts n] [--seed s]

  --scripts n   how many scripts of random events, each run by the engine and by plain XState (1000)
  --seed s      the first of them (1)

  Ends with 0 when all went alike under both builds of xstate, else with 1.
`;

const values = readOptions(HELP, {
  scripts: { type: "string", default: "1000" },
  seed: { type: "string", default: "1" },
  build: { type: "string" },
});
const [scripts, seed] = [wholeNumber("scripts", values.scripts, 1), wholeNumber("seed", values.seed, 0)];

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
