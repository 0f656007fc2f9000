/** `stator watch [name[/key]]` */
import type { Change } from "../client/index.ts";
import { isObjectName } from "../core/address.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import { untilSignal } from "./io.ts";
import { settingsOf } from "./settings.ts";
import { type Colors, colorsOf, printable, stateText } from "./table.ts";

const HELP = `
Examples:
  $ stator watch                  every change
  $ stator watch order            of all orders
  $ stator watch order/o-1 -o ndjson

A live feed: changes may be missed while the connection is down. What happened is in 'stator journal'.`;

export const watch: Configure = (command, io) => {
  command
    .argument("[object]", "as name or name/key; all objects unless given")
    .addHelpText("after", HELP)
    .action(async (object: string | undefined) => {
      const settings = settingsOf(command, io);
      const colors = colorsOf(io);
      const show = (change: Change): void =>
        io.out(settings.output === "table" ? lineOf(change, colors) : `${JSON.stringify(change)}\n`);
      const stopped = untilSignal(io);
      await withClient(settings, async (client) => {
        if (object?.includes("/")) {
          const { name, key } = addressOf(object);
          client.object(name, key).changes(show);
        } else {
          if (object !== undefined && !isObjectName(object))
            throw new UsageError(`'${object}' is no name of an object`);
          client.changes(object, show);
        }
        io.err(`watching ${object ?? "every object"} of namespace ${settings.namespace}; Ctrl-C ends it\n`);
        await stopped;
      });
    });
};

function lineOf({ object, key, revision, event, before, after, status, at }: Change, colors: Colors): string {
  const address = printable(`${object}/${key}`);
  const states = `${before === null ? "" : `${stateText(before)} → `}${stateText(after)}`;
  const end = status === "active" ? "" : ` (${status})`;
  return `${colors.dim(at)}  ${address}  ${printable(event)}  ${printable(states)}${end}  ${colors.dim(`revision ${revision}`)}\n`;
}
