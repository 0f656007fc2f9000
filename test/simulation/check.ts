/**
 * Judges of a run, by invariant (I1 no loss, I2 no duplicate, I3 no invention, I4 one order, …: each check says its
 * own). Pure: a history in, violations out. Complete and linear in time, because the journal records the order of every
 * object: nothing is searched.
 */
import { formatAddress } from "../../src/core/address.ts";
import { effectId } from "../../src/core/effect.ts";
import { effectMessageId, nextHistory } from "../../src/core/message.ts";
import type { JournalRow } from "../../src/memory/database.ts";
import { START_MS } from "./agenda.ts";
import { OPENING_BALANCE } from "./bank.ts";
import { checkPauses, isOrdered, isSkipped } from "./check-orders.ts";
import { checkReads, checkWait } from "./check-reads.ts";
import type { Call, FinalObject, History } from "./history.ts";
import { doneMs, type Indexed, invokedMs, type Judge, RECOVERY_MS, type Report, type Violation } from "./indexed.ts";
import { type Model, step } from "./oracle.ts";

export type { Judge, Violation } from "./indexed.ts";

/** Most that a timer may be late while nothing is wrong: one poll, and the way there. */
const TIMER_LATE_MS = 1_500;
const SIMULATED: Judge = { step, timerLateMs: TIMER_LATE_MS };

export function check(history: History, judge: Judge = SIMULATED): Violation[] {
  const found: Violation[] = [];
  const report: Report = (invariant, object, text) => found.push({ invariant, object, text });
  const objects = new Map(history.objects.map((object) => [formatAddress(object.address), object]));
  const rows = new Map(
    [...objects].map(([name, { journal }]) => [name, new Map(journal.map((row) => [row.turn.messageId, row]))]),
  );
  const calls = new Map(history.calls.map((call) => [call.id, call]));
  const of: Indexed = { history, judge, objects, rows, calls, delivered: new Set(history.delivered) };
  for (const object of history.objects) {
    checkOrder(object, report);
    checkOrigins(object, of, report);
    checkLinks(object, report);
    checkRows(object, report);
    checkFold(object, of, report);
    checkTimers(object, of, report);
  }
  for (const call of history.calls) checkReceipts(call, of, report);
  for (const { address, id, code } of history.misused)
    if (code === undefined) report("I3", formatAddress(address), `other content was accepted under the id ${id}`);
  checkRealTime(of, report);
  checkReads(of, report);
  for (const wait of history.waits ?? []) checkWait(wait, of, report);
  checkPauses(of, report);
  checkArrivals(of, report);
  checkFeed(of, report);
  checkMoney(of, report);
  for (const silent of history.silent) report("I18", silent, "did not answer within lease + 3 s after the last heal");
  for (const open of history.unsettled) report("I9", open, "had not come to rest when the quiet tail ended");
  return found;
}

/** I2 each message once, I4 revisions and hashes are one chain, I8 the row counts them, I17 the epoch never falls. */
function checkOrder(object: FinalObject, report: Report): void {
  const name = formatAddress(object.address);
  const seen = new Set<string>();
  let hash = "";
  let epoch = 0;
  object.journal.forEach(({ revision, turn, epoch: written }, i) => {
    if (seen.has(turn.messageId)) report("I2", name, `message ${turn.messageId} stands twice`);
    seen.add(turn.messageId);
    if (revision !== i + 1) report("I4", name, `revision ${revision} stands where ${i + 1} should`);
    hash = nextHistory(hash, turn.messageId);
    if (turn.history !== hash) report("I4", name, `the history hash of revision ${revision} is off the chain`);
    hash = turn.history;
    if (written < epoch) report("I17", name, `epoch ${written} of revision ${revision} follows epoch ${epoch}`);
    epoch = written;
  });
  if (object.revision !== object.journal.length)
    report("I8", name, `the row has revision ${object.revision}, the journal ${object.journal.length} turns`);
  if (object.history !== hash) report("I8", name, "the row's history hash is not the journal's");
}

/** I3: each row was sent, with this content; I24: an expired id never ran. */
function checkOrigins(object: FinalObject, of: Indexed, report: Report): void {
  const name = formatAddress(object.address);
  for (const { revision, turn } of object.journal) {
    const { messageId, kind } = turn;
    if (kind === "timer" || kind === "result") continue; // the oracle judges what was armed and started
    const call = of.calls.get(messageId);
    if (call !== undefined) {
      const isSame = formatAddress(call.address) === name && carries(turn.event, call);
      if (!isSame) report("I3", name, `revision ${revision} has ${messageId} with other content`);
      if (call.isExpired) report("I24", name, `message ${messageId} ran, its id had expired`);
    } else if (!isSent(object, turn, of)) report("I3", name, `nobody sent ${messageId} of revision ${revision}`);
  }
}

function carries(event: string, { verb, body, delayMs }: Call): boolean {
  if (verb === "create" || delayMs === undefined) return event === JSON.stringify(body);
  return JSON.stringify((JSON.parse(event) as { event: unknown }).event) === JSON.stringify(body);
}

/** A message between objects stands in the outbox of a committed turn of its sender; so does a named action's. */
function isSent(object: FinalObject, turn: JournalRow["turn"], of: Indexed): boolean {
  if (isOrdered(object, turn, of)) return true;
  const id = turn.messageId.replace(/^action\//, "effect/");
  const [, name, key, , revision, idx] = id.split("/");
  const sender = of.objects.get(`${name}/${key}`);
  const sent = sender?.journal[Number(revision) - 1]?.turn.outbox.find((row) => row.idx === Number(idx));
  if (sender === undefined || sent === undefined) return false;
  if (id !== effectMessageId(effectId(sender.address, sender.incarnation, Number(revision), Number(idx)))) return false;
  if (sent.kind === "action") return true;
  if (sent.kind === "kill") return turn.kind === "killed" && sent.target === formatAddress(object.address);
  const { event: carried, input } = JSON.parse(sent.body) as { event: unknown; input: unknown };
  const event = JSON.stringify(sent.kind === "create" ? input : carried);
  return sent.target === formatAddress(object.address) && event === turn.event;
}

/** I11: messages of one sender come in the order sent. */
function checkLinks(object: FinalObject, report: Report): void {
  const last = new Map<string, { readonly revision: number; readonly idx: number }>();
  for (const { turn } of object.journal) {
    const { source } = turn;
    if (source === undefined) continue;
    const link = `${formatAddress(source.address)} ${source.incarnation}`;
    const before = last.get(link);
    const isRising =
      before === undefined ||
      source.revision > before.revision ||
      (source.revision === before.revision && source.idx > before.idx);
    if (!isRising) report("I11", formatAddress(object.address), `${turn.messageId} came after a later one of its link`);
    last.set(link, source);
  }
}

/** I8: rows beside the object are those that its snapshot knows. */
function checkRows(object: FinalObject, report: Report): void {
  const name = formatAddress(object.address);
  const { timers = [], invocations = {} } = JSON.parse(object.snapshot) as {
    timers?: readonly { timer: string; generation: number }[];
    invocations?: Record<string, { id: string; actor: string }>;
  };
  const text = (items: readonly string[]): string => [...items].sort().join(" ");
  const armed = text(timers.map(({ timer, generation }) => `${timer}@${generation}`));
  const stored = text(object.timers.map(({ timer, generation }) => `${timer}@${generation}`));
  if (armed !== stored) report("I8", name, `timer rows [${stored}], the snapshot has [${armed}]`);
  const running = text(Object.values(invocations).flatMap(({ id, actor }) => (actor === "work" ? [id] : [])));
  const rows = text(object.invocations.map(({ id }) => id));
  if (running !== rows) report("I8", name, `invocation rows [${rows}], the snapshot has [${running}]`);
}

/** I8, I12: state and effects are the fold of the journal; a timer fires once and only while it is armed. */
function checkFold(object: FinalObject, of: Indexed, report: Report): void {
  const name = formatAddress(object.address);
  let model: Model | undefined;
  for (const { revision, turn } of object.journal) {
    const next = of.judge.step(object.address.name, model, {
      revision,
      kind: turn.kind,
      event: JSON.parse(turn.event),
    });
    model = next.model;
    if (next.fault !== undefined) return report("I12", name, `revision ${revision}: ${next.fault}`);
    const view = JSON.parse(turn.view) as { status: string; value: unknown; context: unknown };
    const value = typeof view.value === "string" ? view.value : "";
    const stored = canonical({ status: view.status, value, context: view.context ?? {} });
    const expected = canonical({ status: model.status, value: model.value, context: model.context });
    if (stored !== expected) return report("I8", name, `revision ${revision} is ${stored}, it must be ${expected}`);
    const out = turn.outbox.map((row) => `${row.kind} ${row.kind === "result" ? "clerk/*" : row.target}`).join(", ");
    if (out !== next.out.join(", ")) report("I10", name, `revision ${revision} sent [${out}], not [${next.out}]`);
  }
  const armed = [...(model?.armed.keys() ?? [])].sort((a, b) => a - b).join(" ");
  const rows = object.timers.map((timer) => timer.generation).sort((a, b) => a - b);
  if (armed !== rows.join(" ")) report("I13", name, `timers of [${rows}] are stored, [${armed}] must be armed`);
  const waits = model?.running;
  if (object.address.name === "clerk") {
    const asked = waits === undefined ? undefined : object.journal[waits - 1]?.turn.outbox[0];
    const isAtWork = of.objects.get(asked?.target ?? "")?.timers.length === 1;
    if (waits !== undefined && !isAtWork) report("I9", name, `the question of revision ${waits} was never answered`);
  } else if ((waits === undefined) !== (object.invocations.length === 0))
    report("I9", name, `${object.invocations.length} invocations are stored, ${waits ?? "none"} must run`);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** I13 nothing due is left, I14 none fires early, and none late once all is well. By the database's clock. */
function checkTimers(object: FinalObject, of: Indexed, report: Report): void {
  const name = formatAddress(object.address);
  const { history } = of;
  const { timerLateMs } = of.judge;
  for (const timer of object.timers) {
    if (timer.dueMs + timerLateMs < history.databaseMs && object.parked === undefined)
      report("I13", name, `${timer.timer} was due ${history.databaseMs - timer.dueMs} ms before the end`);
  }
  if (history.hasClockJumps) return;
  for (const { turn, committedMs, revision } of object.journal) {
    if (turn.kind !== "timer") continue;
    const { generation } = JSON.parse(turn.event) as { generation: number };
    const delayMs = delayOf(object, generation);
    const armed = object.journal[generation - 1];
    if (armed === undefined || delayMs === undefined) continue;
    const dueMs = armed.committedMs + delayMs;
    if (committedMs + 1 < dueMs) report("I14", name, `revision ${revision} fired ${dueMs - committedMs} ms early`);
    const wellMs = START_MS + history.healedMs + RECOVERY_MS;
    if (dueMs > wellMs && committedMs > dueMs + timerLateMs && object.parked === undefined)
      report("I14", name, `revision ${revision} fired ${committedMs - dueMs} ms late, with nothing wrong`);
  }
}

function delayOf({ address, journal }: FinalObject, generation: number): number | undefined {
  const row = journal[generation - 1];
  const event = row === undefined ? {} : (JSON.parse(row.turn.event) as Record<string, unknown>);
  if (address.name === "fragile") return 500;
  const delay = address.name === "transfer" ? event["patienceMs"] : event["delayMs"];
  return typeof delay === "number" ? delay : undefined;
}

/** I1 what was acknowledged is there, I6 each receipt of a message is the same. */
function checkReceipts(call: Call, of: Indexed, report: Report): void {
  const name = formatAddress(call.address);
  const row = of.rows.get(name)?.get(call.id);
  let first: string | undefined;
  for (const { receipt, client } of call.attempts) {
    if (receipt === undefined) continue;
    if (call.verb === "send" && row?.revision !== receipt.revision)
      report(
        "I1",
        name,
        `${call.id} was acknowledged as revision ${receipt.revision}, it is ${row?.revision ?? "lost"}`,
      );
    if (first !== undefined && first !== receipt.text) report("I6", name, `${call.id}: ${client} got another receipt`);
    first ??= receipt.text;
  }
}

/** I5: what completed before another was invoked stands before it. One pass with a running maximum. */
function checkRealTime(of: Indexed, report: Report): void {
  for (const [name, { journal }] of of.objects) {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { turn } of journal) {
      const call = of.calls.get(turn.messageId);
      if (call === undefined) continue;
      const done = doneMs(call);
      if (done < latest) report("I5", name, `${call.id} completed before one that stands before it was sent`);
      latest = Math.max(latest, invokedMs(call));
    }
  }
}

/** I9, I10: what committed turns sent has arrived, each once (I2), or waits for a receiver that is parked. */
function checkArrivals(of: Indexed, report: Report): void {
  const emitted = new Set(of.history.emitted);
  for (const [name, sender] of of.objects) {
    const waiting = new Set(sender.outbox.map((row) => `${row.revision}/${row.idx}`));
    for (const { revision, turn } of sender.journal) {
      for (const row of turn.outbox) {
        if (waiting.has(`${revision}/${row.idx}`)) continue;
        const id = effectId(sender.address, sender.incarnation, revision, row.idx);
        if (row.kind === "ask" && !isAnswered(name, id, of)) continue; // refused by an object that is not born
        if (isSkipped(sender, id)) continue;
        if (!hasArrived(row, id, of, emitted)) report("I9", name, `${row.kind} ${id} to ${row.target} did not arrive`);
      }
    }
  }
  for (const id of emitted) {
    const [name, key, , revision] = id.split("/");
    if (of.objects.get(`${name}/${key}`)?.journal[Number(revision) - 1] === undefined)
      report("I10", `${name}/${key}`, `${id} was emitted by a turn that is not in the journal`);
  }
}

function isAnswered(asker: string, id: string, of: Indexed): boolean {
  const result = of.rows.get(asker)?.get(`result/${id}`);
  return result !== undefined && (JSON.parse(result.turn.event) as { ok: boolean }).ok;
}

function hasArrived(
  row: JournalRow["turn"]["outbox"][number],
  id: string,
  of: Indexed,
  emitted: ReadonlySet<string>,
): boolean {
  if (row.kind === "emit") return emitted.has(id);
  if (row.kind === "result") return true; // ignored where the creator does not wait any more; the fold knows who waits
  if (row.kind === "action") {
    if (of.delivered.has(id)) return true;
    const { params } = JSON.parse(row.body) as { params: { counter?: string } };
    return of.rows.get(`counter/${params.counter}`)?.has(`action/${id}`) === true;
  }
  if (of.rows.get(row.target)?.has(effectMessageId(id)) === true) return true;
  return hasEnded(of.objects.get(row.target)); // an object that has ended ignores messages
}

/** A kill may come before what it is to end was made: there is nothing to do then. */
const hasEnded = (object: FinalObject | undefined): boolean => object !== undefined && object.status !== "active";

/** The output gate: nothing of a turn is heard before its commit. */
function checkFeed(of: Indexed, report: Report): void {
  for (const { change, isCommitted } of of.history.changes) {
    const name = `${change.object}/${change.key}`;
    if (!isCommitted) report("I10", name, `revision ${change.revision} was announced before its commit`);
    const row = of.objects.get(name)?.journal[change.revision - 1];
    if (row?.turn.messageId !== change.messageId)
      report("I10", name, `${change.messageId} was announced as revision ${change.revision}`);
  }
}

/** I16, I15: at rest all transfers have ended and no money came or went. */
function checkMoney(of: Indexed, report: Report): void {
  let balance = 0;
  let expected = 0;
  let isAtRest = true;
  for (const { address, journal, status } of of.history.objects) {
    if (address.name === "transfer" && status !== "done") isAtRest = false;
    if (address.name !== "account") continue;
    const view = journal.at(-1)?.turn.view ?? "{}";
    balance += (JSON.parse(view) as { context: { balance: number } }).context.balance;
    expected += OPENING_BALANCE;
  }
  if (isAtRest && balance !== expected)
    report("I16", "account/*", `${balance} in all accounts, ${expected} were paid in`);
  if (!isAtRest && of.history.unsettled.length === 0) report("I15", "transfer/*", "a transfer is not at rest");
}
