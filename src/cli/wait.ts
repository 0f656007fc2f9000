/** `stator wait name/key --matches state` */
import type { ObjectStatus, Until } from "../client/index.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import { parseJson } from "./fields.ts";
import { durationMs } from "./options.ts";
import { showState } from "./output.ts";
import { settingsOf } from "./settings.ts";

interface Options {
  readonly matches?: string;
  readonly tag?: string;
  readonly status?: string;
  readonly timeout: string;
}

const HELP = `
Examples:
  $ stator wait order/o-1 --matches paid
  $ stator wait subscription/alice --matches active.paid --timeout 30s
  $ stator wait order/o-1 --status done -o json

Exit code 7 when the time is up, 4 when it can no longer come true.`;

export const wait: Configure = (command, io) => {
  command
    .argument("<object>", "as name/key")
    .option("--matches <state>", "a state by its path, or a state value as JSON")
    .option("--tag <tag>", "a state with this tag")
    .option("--status <status>", "active, done, error or stopped")
    .option("--timeout <duration>", "how long to wait", "5m")
    .addHelpText("after", HELP)
    .action(async (object: string, options: Options) => {
      const settings = settingsOf(command, io);
      const address = addressOf(object);
      const until = untilOf(options);
      const timeoutMs = durationMs(options.timeout, "--timeout");
      const view = await withClient(settings, (client) =>
        client.object(address.name, address.key).waitFor(until, { timeoutMs }),
      );
      showState(JSON.stringify(view), settings, io);
    });
};

function untilOf({ matches, tag, status }: Options): Until {
  if ([matches, tag, status].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError("wait for what? Give one of --matches, --tag, --status");
  }
  if (matches !== undefined) return { matches: matches.startsWith("{") ? parseJson(matches, "--matches") : matches };
  return tag === undefined ? { status: status as ObjectStatus } : { tag };
}
