/** What operators did: which turns are theirs, which messages they took out, and that a pause holds. */
import { formatAddress } from "../../src/core/address.ts";
import { effectMessageId } from "../../src/core/message.ts";
import type { JournalRow } from "../../src/memory/database.ts";
import { START_MS } from "./agenda.ts";
import type { FinalObject, Order } from "./history.ts";
import type { Indexed, Report } from "./indexed.ts";

/** A statement whose connection was lost may land so much later. */
const LATE_MS = 10_000;

/** An operator's order is a turn of its own; a skip stands under the id of what it took out. */
export function isOrdered({ address }: FinalObject, { kind, messageId }: JournalRow["turn"], of: Indexed): boolean {
  const name = formatAddress(address);
  const given = (of.history.orders ?? []).filter((order) => formatAddress(order.address) === name);
  if (kind === "skipped") return given.some((order) => order.verb === "skip");
  const verb = ORDERS[kind];
  return verb !== undefined && given.some((order) => order.verb === verb && order.messageId === messageId);
}

const ORDERS: Readonly<Record<string, Order["verb"]>> = { canceled: "cancel", killed: "kill", purged: "purge" };

/** An operator took the row out. */
export function isSkipped({ journal }: FinalObject, id: string): boolean {
  return journal.some(({ turn }) => {
    if (turn.kind !== "skipped") return false;
    const { skipped } = JSON.parse(turn.event) as { skipped: { messageId: string } };
    return skipped.messageId === effectMessageId(id);
  });
}

/** Turns of a paused object as well. */
const ORDERED: ReadonlySet<string> = new Set(["killed", "skipped", "purged"]);

/** I20: between an acknowledged pause and the order that ends it, the object takes no turn but what an operator ordered. */
export function checkPauses(of: Indexed, report: Report): void {
  const { history } = of;
  if (history.hasClockJumps) return;
  const orders = history.orders ?? [];
  for (const { verb, address, invokedMs, doneMs: sinceMs, changed } of orders) {
    if (verb !== "pause" || changed !== true || sinceMs === undefined) continue;
    const name = formatAddress(address);
    const resumes = orders.filter((order) => order.verb === "resume" && formatAddress(order.address) === name);
    // one that was given before may still land
    if (resumes.some((order) => order.invokedMs < sinceMs && (order.doneMs ?? Infinity) + LATE_MS > invokedMs))
      continue;
    const untilMs = Math.min(history.endedMs, ...resumes.map((order) => order.invokedMs));
    for (const { turn, committedMs, revision } of of.objects.get(name)?.journal ?? []) {
      const atMs = committedMs - START_MS;
      const isLate = atMs > sinceMs && atMs < untilMs - 1;
      if (isLate && !ORDERED.has(turn.kind))
        report("I20", name, `revision ${revision} was committed at ${atMs} ms, it was paused since ${sinceMs} ms`);
    }
  }
}
