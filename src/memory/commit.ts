/**
 * The commit of the memory store, with the semantics of the SQL function `commit_turns`: judge every chain against the
 * rows as they are, refuse the whole batch where Postgres would, then write the chains without a verdict.
 *
 * One step of the event loop from end to end: nothing can come between the look and the write.
 */
import { formatAddress, keyProblem } from "../core/address.ts";
import type { MessageSource } from "../core/message.ts";
import { BatchRefusedError, type Chain, type TurnOutcome, type TurnRecord } from "../ports/store.ts";
import type { JournalRow, MemoryDatabase, ObjectRows } from "./database.ts";

type Verdict = Exclude<TurnOutcome, "committed">;

export function commitChains(database: MemoryDatabase, group: string, batch: readonly Chain[]): TurnOutcome[][] {
  batch.forEach(refuseUnstorable);
  const outcomes = batch.map((chain) => judge(database, group, chain));
  const written = new Set<string>();
  return batch.map((chain, i) => {
    const said = outcomes[i] ?? [];
    if (said.some((outcome) => outcome !== "committed")) return said;
    // A second chain of one object meets the first one's tag.
    if (written.has(formatAddress(chain.address))) return said.map(() => "conflict");
    written.add(formatAddress(chain.address));
    write(database, chain);
    return said;
  });
}

/** The first four verdicts are a turn's own; any of them, or another base, makes the rest of the chain a conflict. */
function judge(database: MemoryDatabase, group: string, chain: Chain): TurnOutcome[] {
  const rows = database.find(chain.address);
  const fenced = database.group(group).leases.get(chain.partition)?.epoch !== chain.epoch;
  const seen = new Set<string>();
  const verdicts = chain.turns.map((turn) => {
    const repeated = seen.has(turn.messageId);
    seen.add(turn.messageId);
    if (fenced) return "fenced";
    return verdictOf(database, rows, turn) ?? (repeated ? "conflict" : undefined);
  });
  const object = rows?.object;
  const onBase = (object?.revision ?? 0) === chain.base.revision && (object?.tag ?? "0") === chain.base.tag;
  const rest: TurnOutcome = onBase && verdicts.every((verdict) => verdict === undefined) ? "committed" : "conflict";
  return verdicts.map((verdict) => verdict ?? rest);
}

function verdictOf(database: MemoryDatabase, rows: ObjectRows | undefined, turn: TurnRecord): Verdict | undefined {
  const row = rows?.byMessage.get(turn.messageId);
  if (row?.turn.hash === turn.hash) return "duplicate";
  const watermark = turn.source && rows?.links.get(linkOf(turn.source));
  if (turn.source && watermark && !isAfter(turn.source, watermark)) return "duplicate";
  if (row !== undefined) return "mismatch";
  const marginMs = Math.min(3_600_000, database.horizonMs / 2);
  const oldestMs = database.nowMs() - (database.horizonMs - marginMs);
  return turn.sentAtMs !== undefined && turn.sentAtMs < oldestMs ? "expired" : undefined;
}

const linkOf = (source: MessageSource): string => `${formatAddress(source.address)}\n${source.incarnation}`;

function isAfter(a: Pick<MessageSource, "revision" | "idx">, b: Pick<MessageSource, "revision" | "idx">): boolean {
  return a.revision > b.revision || (a.revision === b.revision && a.idx > b.idx);
}

function write(database: MemoryDatabase, chain: Chain): void {
  const rows = database.rows(chain.address);
  const nowMs = database.nowMs();
  rows.object = {
    address: chain.address,
    revision: chain.base.revision + chain.turns.length,
    tag: chain.tag,
    last: chain,
    history: chain.turns.at(-1)?.history ?? "",
    parked: rows.object?.parked,
    paused: rows.object?.paused,
    updatedMs: nowMs,
  };
  chain.turns.forEach((turn, i) => {
    const revision = chain.base.revision + 1 + i;
    const row: JournalRow = { revision, turn, epoch: chain.epoch, committedMs: nowMs };
    rows.journal.push(row);
    rows.byMessage.set(turn.messageId, row);
    const { address, incarnation } = chain;
    rows.outbox.push(...turn.outbox.map((row) => ({ ...row, address, incarnation, revision })));
    if (turn.source !== undefined) raise(rows, turn.source, nowMs);
  });
  for (const timer of chain.timersCleared) rows.timers.delete(timer);
  for (const { timer, generation, delayMs } of chain.timersSet) {
    rows.timers.set(timer, { address: chain.address, timer, generation, dueMs: nowMs + delayMs });
  }
  for (const { id, actor, input } of chain.invocationsStarted) {
    const fresh = { address: chain.address, id, actor, input, attempts: 0, nextMs: nowMs, lastError: undefined };
    if (!rows.invocations.has(id)) rows.invocations.set(id, fresh);
  }
  for (const id of chain.invocationsEnded) rows.invocations.delete(id);
}

function raise(rows: ObjectRows, source: MessageSource, nowMs: number): void {
  const watermark = rows.links.get(linkOf(source));
  if (watermark === undefined || isAfter(source, watermark)) {
    rows.links.set(linkOf(source), { revision: source.revision, idx: source.idx, updatedMs: nowMs });
  }
}

/** What Postgres cannot store: it takes the batch down with it there, so it does here. */
function refuseUnstorable(chain: Chain): void {
  const problem = keyProblem(chain.address.key);
  if (problem !== undefined) throw new BatchRefusedError(`key ${problem}`, "23514");
  for (const text of texts(chain)) {
    if (text?.includes("\u0000")) throw new BatchRefusedError("a text holds U+0000", "22021");
  }
  if (chain.value.includes("\\u0000")) throw new BatchRefusedError("the state value holds U+0000", "23514");
}

function* texts(chain: Chain): Iterable<string | undefined> {
  yield* [chain.incarnation, chain.value, chain.machineVersion, chain.snapshot, ...chain.tags];
  for (const { messageId, hash, kind, event, view, history, source, outbox } of chain.turns) {
    yield* [messageId, hash, kind, event, view, history, source?.address.key, source?.incarnation];
    for (const { target, body } of outbox) yield* [target, body];
  }
  for (const { timer } of chain.timersSet) yield timer;
  for (const { id, actor, input } of chain.invocationsStarted) yield* [id, actor, input];
}
