/** `stator get name/key` */
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { DEFAULT_TIMEOUT, durationMs } from "./options.ts";
import { showState } from "./output.ts";
import { settingsOf } from "./settings.ts";
import { verdictRows } from "./verdict.ts";

export const get: Configure = (command, io) => {
  command
    .argument("<object>", "as name/key")
    .option("--timeout <duration>", "how long to try", DEFAULT_TIMEOUT)
    .addHelpText("after", "\nExamples:\n  $ stator get counter/c1\n  $ stator get order/o-1 -o json | jq .context")
    .action(async (object: string, options: { timeout: string }) => {
      const settings = settingsOf(command, io);
      const address = addressOf(object);
      const timeoutMs = durationMs(options.timeout, "--timeout");
      const text = await withClient(settings, (client) => client.request("get", address, "", {}, { timeoutMs }));
      showState(text, settings, io, settings.output === "table" ? await verdictRows(address, settings) : []);
    });
};
