/** `stator ls [name]` */
import type { ListRequest, ObjectStatus, ObjectSummary } from "../client/index.ts";
import { MAX_PAGE } from "../core/wire.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { DEFAULT_TIMEOUT, durationMs, positive } from "./options.ts";
import { showRows } from "./output.ts";
import { settingsOf } from "./settings.ts";
import { type Column, stateText } from "./table.ts";

interface Options {
  readonly status?: string;
  readonly matches?: string;
  readonly tag?: string;
  readonly parked?: true;
  readonly paused?: true;
  readonly prefix?: string;
  readonly after?: string;
  readonly limit: string;
  readonly timeout: string;
}

const COLUMNS: readonly Column<ObjectSummary>[] = [
  { title: "OBJECT", text: ({ object, key }) => `${object}/${key}` },
  { title: "STATE", text: ({ value }) => stateText(value) },
  { title: "STATUS", text: statusOf },
  { title: "TAGS", text: ({ tags }) => tags.join(",") },
  { title: "REVISION", align: "right", text: ({ revision }) => String(revision) },
  { title: "UPDATED", text: ({ updatedAt }) => updatedAt },
];

function statusOf({ status, parked, paused, parkedSends }: ObjectSummary): string {
  const flags = [
    status === "stopped" ? "stopped (killed)" : status,
    paused ? `paused by ${paused}` : "",
    parked ? `parked: ${parked}` : "",
    parkedSends > 0 ? `${parkedSends} outgoing parked` : "",
  ];
  return flags.filter((flag) => flag !== "").join(", ");
}

const HELP = `
Examples:
  $ stator ls order --matches unpaid.paying
  $ stator ls subscription --status active --prefix a
  $ stator ls -o ndjson --limit 1000`;

export const ls: Configure = (command, io) => {
  command
    .argument("[name]", "objects of this name")
    .option("--matches <state>", "in this state, or inside of it: paid, active.overdue")
    .option("--tag <tag>", "in a state with this tag")
    .option("--status <status>", "active, done, error, stopped or purged, which is listed only so")
    .option("--parked", "only what waits for an operator: see retry, skip")
    .option("--paused", "only what an operator paused: see resume")
    .option("--prefix <text>", "with keys that begin like this")
    .option("--after <object>", "begin after this one, as name/key")
    .option("--limit <n>", "at most so many", "50")
    .option("--timeout <duration>", "how long to try", DEFAULT_TIMEOUT)
    .addHelpText("after", HELP)
    .action(async (name: string | undefined, options: Options) => {
      const settings = settingsOf(command, io);
      const limit = positive(options.limit, "--limit");
      const timeoutMs = durationMs(options.timeout, "--timeout");
      const { status, matches, tag, parked, paused, prefix, after } = options;
      const query: ListRequest = {
        ...(name === undefined ? {} : { object: name }),
        ...(status === undefined ? {} : { status: status as ObjectStatus }),
        ...(matches === undefined ? {} : { matches }),
        ...(tag === undefined ? {} : { tag }),
        ...(parked === undefined ? {} : { parked }),
        ...(paused === undefined ? {} : { paused }),
        ...(prefix === undefined ? {} : { q: prefix }),
      };
      let from = after === undefined ? null : addressOf(after);
      const objects: ObjectSummary[] = [];
      await withClient(settings, async (client) => {
        do {
          const page = { ...query, limit: Math.min(MAX_PAGE, limit - objects.length) };
          const found = await client.list(from === null ? page : { ...page, after: from }, { timeoutMs });
          objects.push(...found.objects);
          from = found.next;
        } while (from !== null && objects.length < limit);
      });
      showRows(objects, COLUMNS, settings, io, "no such object");
      if (from !== null) io.err(`more: --after ${from.name}/${from.key}, or a higher --limit\n`);
    });
};
