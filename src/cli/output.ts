/** Results in the form that `-o` asks for. `json` and `ndjson` hand on what a host said, byte for byte. */
import type { Receipt, SnapshotView } from "../core/message.ts";
import type { Io } from "./io.ts";
import type { Settings } from "./settings.ts";
import { type Column, colorsOf, list, stateText, table } from "./table.ts";

/** A receipt or a snapshot, from its text; in a table `more` follows the state. */
export function showState(
  text: string,
  settings: Settings,
  io: Io,
  more: readonly (readonly [string, string])[] = [],
): void {
  if (settings.output !== "table") {
    io.out(`${text}\n`);
    return;
  }
  const view: SnapshotView & Partial<Receipt> = JSON.parse(text);
  const colors = colorsOf(io);
  const pairs: (readonly [string, string])[] = [
    ["object", `${view.object}/${view.key}`],
    ["state", stateText(view.value)],
    ...more,
    ["status", view.status],
    ["revision", String(view.revision)],
    ["context", JSON.stringify(view.context)],
  ];
  if (view.tags.length > 0) pairs.push(["tags", view.tags.join(", ")]);
  if (view.output !== null && view.output !== undefined) pairs.push(["output", JSON.stringify(view.output)]);
  if (view.killed !== undefined) pairs.push(["killed", `by ${view.killed.by}: ${view.killed.reason}`]);
  if (view.messageId !== undefined) pairs.push(["message", view.messageId]);
  if (view.duplicate === true) pairs.push(["duplicate", "yes: this message had been applied before"]);
  io.out(list(pairs, colors));
}

/** Rows as a table, as one JSON array, or as one JSON object a line. */
export function showRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  settings: Settings,
  io: Io,
  ifNone: string,
): void {
  switch (settings.output) {
    case "json":
      io.out(`${JSON.stringify(rows)}\n`);
      return;
    case "ndjson":
      io.out(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      return;
    case "table":
      if (rows.length === 0) io.err(`${ifNone}\n`);
      else io.out(table(columns, rows, colorsOf(io), io.isTerminal ? io.columns : undefined));
  }
}
