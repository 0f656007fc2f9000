/** `stator send name/key TYPE [field=value …]`, or `stator send --from events.ndjson` */
import type { Command } from "commander";
import { HEADER } from "../core/wire.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import { eventOf } from "./fields.ts";
import type { Io } from "./io.ts";
import { DEFAULT_TIMEOUT, durationMs } from "./options.ts";
import { showState } from "./output.ts";
import { settingsOf } from "./settings.ts";

interface Options {
  readonly json?: string;
  readonly id?: string;
  readonly sentAt?: string;
  readonly delay?: string;
  readonly timeout: string;
  readonly from?: string;
  readonly concurrency: string;
}

const HELP = `
Fields: amount=2 and ok=true are a number and a boolean, method=card is text, list:='[1,2]' is JSON.

Examples:
  $ stator send counter/c1 ADD amount=2
  $ stator send order/o-1 PAY method=card --id pay-o-1        a second time changes nothing
  $ stator send order/o-1 CANCEL --delay 5m                   accepted now, delivered then
  $ stator send counter/c1 --json '{"type":"ADD","amount":2}'
  $ stator send --from events.ndjson

A file of events has one JSON object a line: {"object":"counter","key":"c1","event":{"type":"ADD","amount":2},"id":"…"}
Lines for one object are sent in order, others side by side. Refused lines do not stop the rest: they are written with
their errors to <file>.refused.ndjson, which can be sent again. A line of a file that has
no id gets one made of the file's path and of all lines up to it, first sent when the file was last changed. So the
same file can be sent again, also after an interruption or when lines were appended: nothing is applied twice. A file
older than the dedupe horizon (7 days unless set) is refused (EXPIRED_ID); if it was never sent, touch it. Lines of
standard input get fresh ids.`;

export const send: Configure = (command, io) => {
  command
    .argument("[object]", "as name/key")
    .argument("[type]", "type of the event")
    .argument("[fields...]", "of the event: name=value, or name:=json")
    .option("--json <json>", "the event as JSON, with or without its type")
    .option("--id <id>", "message id: the same id is applied once")
    .option("--sent-at <date>", "when an id that is no UUIDv7 was first sent")
    .option("--delay <duration>", "deliver later: 5m, 1500ms, or an ISO date")
    .option("--timeout <duration>", "how long to try", DEFAULT_TIMEOUT)
    .option("--from <file>", "send a file of events, - for standard input")
    .option("--concurrency <n>", "with --from: messages on their way at once", "64")
    .addHelpText("after", HELP)
    .action(async (object: string | undefined, type: string | undefined, fields: string[], options: Options) => {
      if (options.from !== undefined) await sendFile(options.from, options, object, command, io);
      else await sendOne(object, type, fields, options, command, io);
    });
};

async function sendOne(
  object: string | undefined,
  type: string | undefined,
  fields: readonly string[],
  { json, id, sentAt, delay, timeout }: Options,
  command: Command,
  io: Io,
): Promise<void> {
  if (object === undefined) throw new UsageError("which object? Write stator send name/key TYPE, or --from <file>");
  const settings = settingsOf(command, io);
  const address = addressOf(object);
  const event = eventOf(type, json, fields);
  const headers = {
    ...(id === undefined ? {} : { [HEADER.messageId]: id }),
    ...(sentAt === undefined ? {} : { [HEADER.sentAt]: sentAt }),
    ...(delay === undefined ? {} : { [HEADER.delay]: delay }),
  };
  const timeoutMs = durationMs(timeout, "--timeout");
  const body = JSON.stringify(event);
  const text = await withClient(settings, (client) => client.request("send", address, body, headers, { timeoutMs }));
  showState(text, settings, io);
}

async function sendFile(
  file: string,
  options: Options,
  object: string | undefined,
  command: Command,
  io: Io,
): Promise<void> {
  const own = (["json", "id", "delay", "sentAt"] as const).filter((name) => options[name] !== undefined);
  if (object !== undefined || own.length > 0) {
    const given = object ?? own.map((name) => `--${name === "sentAt" ? "sent-at" : name}`).join(", ");
    throw new UsageError(`--from takes objects, events and ids from the file: leave out ${given}`);
  }
  const concurrency = Number(options.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 10_000) {
    throw new UsageError(`--concurrency must be 1 to 10000, got ${options.concurrency}`);
  }
  const { sendFrom } = await import("./bulk.ts");
  const timeoutMs = durationMs(options.timeout, "--timeout");
  await sendFrom({ file, concurrency, timeoutMs }, settingsOf(command, io), io);
}
