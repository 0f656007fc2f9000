/** `stator diagram <object>`: the chart of an object's machine, as Mermaid text. */
import { chosen } from "./check.ts";
import type { Configure } from "./command.ts";
import { DEFAULT_MODULE, findModule, loadObjects } from "./module.ts";
import { settingsOf } from "./settings.ts";

const HELP = `
Prints a Mermaid stateDiagram-v2, which most Markdown viewers draw. Compensating and parked states are marked.

Example:
  $ stator diagram streaming > streaming.mmd`;

export const diagram: Configure = (command, io) => {
  command
    .argument("<object>", "its name")
    .option("--module <file>", "what a host would serve", DEFAULT_MODULE)
    .addHelpText("after", HELP)
    .action(async (name: string, options: { readonly module: string }) => {
      const { output } = settingsOf(command, io);
      const objects = await loadObjects(findModule(options.module, io.cwd), io.cwd);
      const { toMermaid } = await import("../saga/index.ts");
      for (const object of chosen(objects, [name])) {
        const mermaid = toMermaid(object.machine);
        io.out(output === "table" ? `${mermaid}\n` : `${JSON.stringify({ object: object.name, mermaid })}\n`);
      }
    });
};
