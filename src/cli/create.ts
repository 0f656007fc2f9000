/** `stator create name/key [field=value …]` */
import { HEADER } from "../core/wire.ts";
import type { Headers } from "../ports/transport.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { bodyOf } from "./fields.ts";
import { DEFAULT_TIMEOUT, durationMs } from "./options.ts";
import { showState } from "./output.ts";
import { settingsOf } from "./settings.ts";

interface Options {
  readonly json?: string;
  readonly id?: string;
  readonly timeout: string;
}

const HELP = `
Examples:
  $ stator create order/o-1 total=10
  $ stator create subscription/alice plan=pro pricePerMonth=12 method=card
  $ stator create order/o-2 --json '{"total":10,"deadlineMs":60000}'

The same input again is a duplicate and changes nothing; another input is refused (ALREADY_EXISTS, exit code 4).`;

export const create: Configure = (command, io) => {
  command
    .argument("<object>", "as name/key")
    .argument("[fields...]", "the input: name=value, or name:=json")
    .option("--json <json>", "the input as JSON")
    .option("--id <id>", "message id: the same id is applied once")
    .option("--timeout <duration>", "how long to try", DEFAULT_TIMEOUT)
    .addHelpText("after", HELP)
    .action(async (object: string, fields: string[], { json, id, timeout }: Options) => {
      const settings = settingsOf(command, io);
      const address = addressOf(object);
      const input = bodyOf(json, fields);
      const headers: Headers = id === undefined ? {} : { [HEADER.messageId]: id };
      const timeoutMs = durationMs(timeout, "--timeout");
      const body = input === undefined ? "" : JSON.stringify(input);
      const text = await withClient(settings, (client) =>
        client.request("create", address, body, headers, { timeoutMs }),
      );
      showState(text, settings, io);
    });
};
