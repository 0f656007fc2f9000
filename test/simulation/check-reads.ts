/** I7 and the part of I18 that is about waits: what callers are shown, whoever owned the object meanwhile. */
import { formatAddress } from "../../src/core/address.ts";
import { viewText } from "../../src/core/message.ts";
import type { JournalRow } from "../../src/memory/database.ts";
import { START_MS } from "./agenda.ts";
import type { Call, Wait } from "./history.ts";
import { doneMs, type Indexed, invokedMs, RECOVERY_MS, type Report } from "./indexed.ts";

/** I7: a read sees all that was acknowledged before it, nothing that was sent after it, and a state of the journal. */
export function checkReads(of: Indexed, report: Report): void {
  const byObject = callsByObject(of.history.calls);
  for (const read of of.history.reads) {
    const name = formatAddress(read.address);
    const journal = of.objects.get(name)?.journal ?? [];
    if (shown(journal[read.revision - 1]) !== read.view)
      report("I7", name, `a read of revision ${read.revision} shows another state than the journal`);
    for (const call of byObject.get(name) ?? []) {
      const revision = of.rows.get(name)?.get(call.id)?.revision;
      if (revision === undefined) continue;
      if (revision > read.revision && doneMs(call) < read.invokedMs)
        report(
          "I7",
          name,
          `a read at ${read.invokedMs} ms shows revision ${read.revision}, ${revision} was acknowledged`,
        );
      if (revision <= read.revision && invokedMs(call) > read.doneMs)
        report("I7", name, `a read at ${read.doneMs} ms shows ${call.id}, which was sent later`);
    }
  }
}

/** I7: who waits is shown a state that was waited for. I18: once nothing is wrong, it does not wait beyond that state. */
export function checkWait(
  { address, until, doneMs: endedMs, shown: answer, code }: Wait,
  of: Indexed,
  report: Report,
): void {
  const name = formatAddress(address);
  const journal = of.objects.get(name)?.journal ?? [];
  const isThere = (view: string): boolean => {
    const { status, value } = JSON.parse(view) as { status: string; value: unknown };
    return "status" in until ? status === until.status : value === until.matches;
  };
  if (answer !== undefined && (shown(journal[answer.revision - 1]) !== answer.view || !isThere(answer.view)))
    report("I7", name, `a wait for ${JSON.stringify(until)} was shown revision ${answer.revision}: ${answer.view}`);
  const end = journal.at(-1);
  if (code !== "TIMEOUT" || of.history.hasClockJumps || end === undefined || !isThere(end.turn.view)) return;
  const sinceMs = Math.max(of.history.healedMs, end.committedMs - START_MS);
  if (sinceMs + RECOVERY_MS < endedMs)
    report(
      "I18",
      name,
      `a wait for ${JSON.stringify(until)} ran out ${endedMs - sinceMs} ms after the object was there`,
    );
}

/** What a reader sees of a turn; the row of a refused question holds the refusal, too. */
function shown(row: JournalRow | undefined): string | undefined {
  return row?.turn.kind === "refused" ? viewText(JSON.parse(row.turn.view)) : row?.turn.view;
}

function callsByObject(calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> {
  const byObject = new Map<string, Call[]>();
  for (const call of calls) {
    const name = formatAddress(call.address);
    byObject.set(name, [...(byObject.get(name) ?? []), call]);
  }
  return byObject;
}
