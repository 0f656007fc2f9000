/** `stator check [object…]`: proves of the machines of a module that they end well however their steps fail. */
import { relative } from "node:path";
import type { ObjectDefinition } from "../core/define.ts";
import type { CheckReport } from "../saga/index.ts";
import type { Configure } from "./command.ts";
import { EXIT, Exit, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { DEFAULT_MODULE, findModule, loadObjects } from "./module.ts";
import { positive } from "./options.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { siteOf } from "./site.ts";

interface Options {
  readonly module: string;
  readonly failures: string;
  readonly limit: string;
}

const HELP = `
Explores every configuration of a machine that results, failures, timeouts and cancels can lead to. A clean result holds
for the sampled inputs and up to the given number of failures; it says nothing of the code of promise actors.

Examples:
  $ stator check
  $ stator check streaming trip --failures 3
  $ stator check -o json | jq '.[].findings'`;

export const check: Configure = (command, io) => {
  command
    .argument("[objects...]", "names of objects; all of them unless given")
    .option("--module <file>", "what a host would serve", DEFAULT_MODULE)
    .option("--failures <n>", "failures that one run may contain", "2")
    .option("--limit <n>", "most configurations of one object", "20000")
    .addHelpText("after", HELP)
    .action(async (names: readonly string[], options: Options) => {
      const settings = settingsOf(command, io);
      const limits = { failures: positive(options.failures, "--failures"), limit: positive(options.limit, "--limit") };
      const module = findModule(options.module, io.cwd);
      const objects = chosen(await loadObjects(module, io.cwd), names);
      const { checkMachine } = await import("../saga/index.ts");
      const now = (): number => performance.now();
      const reports = objects.map(({ name, machine, unhandled }) => {
        const report = checkMachine(machine, { ...limits, unhandled, now });
        if (report.ok) return { ...report, machine: name };
        const file = relative(io.cwd, siteOf(machine.id, module));
        return { ...report, machine: name, findings: report.findings.map((finding) => ({ ...finding, file })) };
      });
      await show(reports, settings, io);
      if (reports.some(({ ok }) => !ok)) throw new Exit(EXIT.problemsFound);
    });
};

/** The definitions of these names, in this order. */
export function chosen(objects: readonly ObjectDefinition[], names: readonly string[]): readonly ObjectDefinition[] {
  if (names.length === 0) return objects;
  return names.map((name) => {
    const object = objects.find((each) => each.name === name);
    if (object !== undefined) return object;
    throw new UsageError(`there is no object '${name}'; there are: ${objects.map((each) => each.name).join(", ")}`);
  });
}

async function show(reports: readonly CheckReport[], { output }: Settings, io: Io): Promise<void> {
  if (output === "json") return io.out(`${JSON.stringify(reports, null, 2)}\n`);
  if (output === "ndjson") return io.out(reports.map((report) => `${JSON.stringify(report)}\n`).join(""));
  const { reportText } = await import("../saga/index.ts");
  const width = Math.max(...reports.map(({ machine }) => machine.length));
  for (const report of reports) io.out(`${reportText(report, width)}\n`);
  const bad = reports.filter(({ ok }) => !ok).length;
  if (bad > 0) io.out(`\n${bad} of ${reports.length} machines ${bad === 1 ? "has" : "have"} problems\n`);
}
