/** What `stator retry` and `stator skip` have in common. */
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import { settingsOf } from "./settings.ts";

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly message?: string;
}

export function operation(verb: "retry" | "skip", help: string): Configure {
  return (command, io) => {
    command
      .argument("<object>", "as name/key")
      .option("--reason <text>", "why; kept with what is done")
      .option("--by <name>", "who (USER)")
      .option("--message <id>", "which message, where several are parked")
      .addHelpText("after", help)
      .action(async (object: string, options: Options) => {
        const settings = settingsOf(command, io);
        const address = addressOf(object);
        const by = options.by ?? io.env["USER"] ?? "";
        if (by === "") throw new UsageError("--by must say who does this");
        if (options.reason === undefined) throw new UsageError("--reason must say why");
        const order = { by, reason: options.reason, ...(options.message && { messageId: options.message }) };
        const released = await withClient(settings, (client) => client.object(address.name, address.key)[verb](order));
        if (settings.output !== "table") io.out(`${JSON.stringify(released)}\n`);
        else if (released.released.length === 0) io.err(`nothing of ${object} is parked\n`);
        else io.out(released.released.map((id) => `${verb} ${id}\n`).join(""));
      });
  };
}
