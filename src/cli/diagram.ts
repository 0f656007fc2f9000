/** `stator diagram <object>`: the chart of an object's machine, as Mermaid text or as a picture. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Option } from "commander";
import type { ObjectDefinition } from "../core/define.ts";
import { chosen } from "./check.ts";
import type { Configure } from "./command.ts";
import type { Io } from "./io.ts";
import { DEFAULT_MODULE, findModule, loadObjects } from "./module.ts";
import { type Output, settingsOf } from "./settings.ts";

const HELP = `
Prints a Mermaid stateDiagram-v2, which most Markdown viewers draw. Compensating and parked states are marked.
With --svg, a picture: the same that the inspector shows, for light and dark, in one file that loads nothing.

Examples:
  $ stator diagram streaming > streaming.mmd
  $ stator diagram streaming --svg streaming.svg`;

interface Options {
  readonly module: string;
  readonly svg?: string | true;
  readonly theme: "auto" | "light" | "dark";
  readonly detail: "full" | "compact";
}

export const diagram: Configure = (command, io) => {
  command
    .argument("<object>", "its name")
    .option("--module <file>", "what a host would serve", DEFAULT_MODULE)
    .option("--svg [file]", "a picture, to the file or printed")
    .addOption(
      new Option("--theme <theme>", "colors of the picture").choices(["auto", "light", "dark"]).default("auto"),
    )
    .addOption(new Option("--detail <detail>", "how much it says").choices(["full", "compact"]).default("full"))
    .addHelpText("after", HELP)
    .action(async (name: string, options: Options) => {
      const { output } = settingsOf(command, io);
      const objects = await loadObjects(findModule(options.module, io.cwd), io.cwd);
      for (const object of chosen(objects, [name])) {
        if (options.svg === undefined) await printMermaid(object, output, io);
        else await writePicture(object, options.svg, options, output, io);
      }
    });
};

async function printMermaid({ name, machine }: ObjectDefinition, output: Output, io: Io): Promise<void> {
  const { toMermaid } = await import("../saga/index.ts");
  const mermaid = toMermaid(machine);
  io.out(output === "table" ? `${mermaid}\n` : `${JSON.stringify({ object: name, mermaid })}\n`);
}

async function writePicture(
  { name, machine }: ObjectDefinition,
  file: string | true,
  { theme, detail }: Options,
  output: Output,
  io: Io,
): Promise<void> {
  const { chartOf, layoutChart, renderSvg } = await import("../inspector/chart/index.ts");
  const svg = renderSvg(await layoutChart(chartOf(machine), { detail }), {}, { theme });
  if (file === true) {
    io.out(output === "table" ? svg : `${JSON.stringify({ object: name, svg })}\n`);
    return;
  }
  await writeFile(resolve(io.cwd, file), svg);
  io.out(output === "table" ? `${file}\n` : `${JSON.stringify({ object: name, file })}\n`);
}
