/** `stator audit [object]` */
import type { AuditEntry, AuditRequest, AuditState } from "../client/index.ts";
import { MAX_PAGE } from "../core/wire.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { DEFAULT_TIMEOUT, durationMs, positive } from "./options.ts";
import { showRows } from "./output.ts";
import { settingsOf } from "./settings.ts";
import { type Column, stateText } from "./table.ts";

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: "SEQ", align: "right", text: ({ seq }) => String(seq) },
  { title: "AT", text: ({ at }) => at },
  { title: "BY", text: ({ by }) => by },
  { title: "VERB", text: ({ verb }) => verb },
  { title: "OBJECT", text: ({ object, key }) => `${object}/${key}` },
  { title: "RESULT", text: ({ result }) => result },
  { title: "BEFORE", text: ({ before }) => shown(before) },
  { title: "AFTER", text: ({ after }) => (after === null ? "-" : shown(after)) },
  { title: "REASON", text: ({ reason }) => reason },
];

function shown({ status, value, parked, paused }: AuditState): string {
  const flags = [status === "active" ? "" : status, parked ? "parked" : "", paused ? "paused" : ""];
  const told = flags.filter((flag) => flag !== "").join(", ");
  return `${stateText(value)}${told === "" ? "" : ` (${told})`}`;
}

const HELP = `
Every order of an operator, newest first: who, when, why, what it changed.

Examples:
  $ stator audit
  $ stator audit order/o-1
  $ stator audit order --limit 200 -o ndjson`;

export const audit: Configure = (command, io) => {
  command
    .argument("[object]", "of this name, or of one object as name/key")
    .option("--before <seq>", "entries below this one")
    .option("--limit <n>", "at most so many", "50")
    .option("--timeout <duration>", "how long to try each page", DEFAULT_TIMEOUT)
    .addHelpText("after", HELP)
    .action(async (object: string | undefined, given: { before?: string; limit: string; timeout: string }) => {
      const settings = settingsOf(command, io);
      const limit = positive(given.limit, "--limit");
      const timeoutMs = durationMs(given.timeout, "--timeout");
      const of = ofObject(object);
      let before = given.before === undefined ? undefined : positive(given.before, "--before");
      const entries: AuditEntry[] = [];
      await withClient(settings, async (client) => {
        while (entries.length < limit) {
          const size = Math.min(MAX_PAGE, limit - entries.length);
          const query = { ...of, limit: size, ...(before === undefined ? {} : { before }) };
          const page = await client.audit(query, { timeoutMs });
          entries.push(...page);
          before = page.at(-1)?.seq;
          if (page.length < size) return;
        }
      });
      showRows(entries, COLUMNS, settings, io, "no order of an operator");
    });
};

function ofObject(text: string | undefined): AuditRequest {
  if (text === undefined) return {};
  if (!text.includes("/")) return { object: text };
  const { name, key } = addressOf(text);
  return { object: name, key };
}
