/** `stator journal name/key` */
import type { JournalEntry } from "../client/index.ts";
import { MAX_PAGE } from "../core/wire.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import { DEFAULT_TIMEOUT, durationMs, positive } from "./options.ts";
import { showRows } from "./output.ts";
import { settingsOf } from "./settings.ts";
import { type Column, stateText } from "./table.ts";

const COLUMNS: readonly Column<JournalEntry>[] = [
  { title: "REVISION", align: "right", text: ({ revision }) => String(revision) },
  { title: "AT", text: ({ committedAt }) => committedAt },
  { title: "WHAT", text: (entry) => whatOf(entry) },
  { title: "STATE AFTER", text: ({ value }) => stateText(value) },
  { title: "STATUS", text: ({ status }) => status },
  { title: "FROM", text: ({ source }) => source ?? "" },
  { title: "MESSAGE", text: ({ messageId }) => messageId },
];

const HELP = `
Examples:
  $ stator journal order/o-1
  $ stator journal counter/c1 --after 100 --limit 20
  $ stator journal counter/c1 --all -o ndjson > c1.ndjson`;

export const journal: Configure = (command, io) => {
  command
    .argument("<object>", "as name/key")
    .option("--after <revision>", "entries above this revision", "0")
    .option("--limit <n>", "at most so many", "50")
    .option("--all", "to the end")
    .option("--timeout <duration>", "how long to try each page", DEFAULT_TIMEOUT)
    .addHelpText("after", HELP)
    .action(async (object: string, options: { after: string; limit: string; all?: true; timeout: string }) => {
      const settings = settingsOf(command, io);
      const address = addressOf(object);
      const limit = options.all ? Number.POSITIVE_INFINITY : positive(options.limit, "--limit");
      const timeoutMs = durationMs(options.timeout, "--timeout");
      const entries: JournalEntry[] = [];
      let after = Number(options.after);
      if (!Number.isSafeInteger(after) || after < 0) throw new UsageError(`--after must be a revision`);
      await withClient(settings, async (client) => {
        const of = client.object(address.name, address.key);
        while (entries.length < limit) {
          const page = await of.journal({ after, limit: Math.min(MAX_PAGE, limit - entries.length), timeoutMs });
          if (page.length === 0) return;
          entries.push(...page);
          after = page.at(-1)?.revision ?? after;
        }
      });
      showRows(entries, COLUMNS, settings, io, "no entry above that revision");
    });
};

/** The event, or what an operator did, with who and why. */
function whatOf({ kind, event }: JournalEntry): string {
  const { type, by, reason } = (event ?? {}) as { type?: unknown; by?: unknown; reason?: unknown };
  if (kind === "event" && typeof type === "string") return type;
  return typeof by === "string" ? `${kind} by ${by}: ${String(reason)}` : kind;
}
