/** Counts of one cycle that follow from its evidence: what happened, how often, how late. Pure. */
import type { FinalObject } from "../simulation/history.ts";
import { groupBy } from "./audit.ts";
import type { Evidence } from "./judge.ts";

export interface Figures {
  /** Attempts of callers by what they were told: `ok`, or an error code. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly reads: number;
  readonly turns: number;
  /** Attempts whose caller did not learn the outcome, and how many of their messages had been applied by then. */
  readonly unknown: number;
  readonly unknownButCommitted: number;
  /** `ok` answers that were the first receipt again. */
  readonly duplicates: number;
  /** Commits that held turns of several objects. */
  readonly sharedBatches: number;
  readonly timersFired: number;
  /** Fired under another epoch than the one that armed them. */
  readonly timersBySecondOwner: number;
  readonly timerLateMs: readonly number[];
  /** Transfers by how they ended. */
  readonly sagas: Readonly<Record<string, number>>;
  readonly sinkCalls: number;
  readonly sinkRepeats: number;
  readonly parkedObjects: number;
  readonly emittedMissed: number;
}

export function figuresOf(evidence: Evidence): Figures {
  const { calls, reads, objects, sink } = evidence;
  const rows = objects.flatMap(({ journal }) => journal);
  const timers = timersOf(evidence);
  const attempts = calls.flatMap((call) => call.attempts);
  const ended = objects.filter(({ address }) => address.name === "transfer").map(stateOf);
  return {
    attempts: countBy(attempts, ({ receipt, code }) => (receipt === undefined ? (code ?? "no answer") : "ok")),
    calls: calls.length,
    reads: reads.length,
    turns: rows.length,
    ...unknownOf(evidence),
    duplicates: attempts.filter(({ receipt }) => receipt?.duplicate).length,
    sharedBatches: sharedBatches(objects),
    timersFired: timers.length,
    timersBySecondOwner: timers.filter(({ isSecondOwner }) => isSecondOwner).length,
    timerLateMs: timers.map(({ lateMs }) => lateMs),
    sagas: countBy(ended, (value) => value),
    sinkCalls: sink.length,
    sinkRepeats: sink.length - new Set(sink.map(({ path, id }) => `${path} ${id}`)).size,
    parkedObjects: objects.filter(({ parked }) => parked !== undefined).length,
    emittedMissed: emittedMissed(evidence),
  };
}

export function countBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

function stateOf({ journal }: FinalObject): string {
  const { value } = JSON.parse(journal.at(-1)?.turn.view ?? "{}") as { readonly value?: string };
  return String(value);
}

const UNKNOWN = ["OUTCOME_UNKNOWN", "UNAVAILABLE", "TIMEOUT"];

/** A caller that was not told, and whose next attempt, or the journal, shows that it had happened. */
function unknownOf({ calls, objects }: Evidence): Pick<Figures, "unknown" | "unknownButCommitted"> {
  const journaled = new Set(objects.flatMap(({ journal }) => journal.map(({ turn }) => turn.messageId)));
  let unknown = 0;
  let committed = 0;
  for (const { id, attempts } of calls) {
    attempts.forEach(({ code }, i) => {
      if (code === undefined || !UNKNOWN.includes(code)) return;
      unknown++;
      const next = attempts[i + 1];
      if (next === undefined ? journaled.has(id) : next.receipt?.duplicate === true) committed++;
    });
  }
  return { unknown, unknownButCommitted: committed };
}

/** Turns of one commit have one time, to the microsecond. */
function sharedBatches(objects: readonly FinalObject[]): number {
  const commits = new Map<number, Set<FinalObject>>();
  for (const object of objects)
    for (const { committedMs } of object.journal)
      commits.set(committedMs, (commits.get(committedMs) ?? new Set()).add(object));
  return [...commits.values()].filter((members) => members.size > 1).length;
}

interface Fired {
  readonly lateMs: number;
  readonly isSecondOwner: boolean;
}

function timersOf({ objects, armed }: Evidence): Fired[] {
  const due = groupBy(armed, ({ name, key, generation }) => `${name}/${key}@${generation}`);
  return objects.flatMap(({ address, journal }) =>
    journal.flatMap(({ turn, committedMs, epoch }) => {
      if (turn.kind !== "timer") return [];
      const { generation } = JSON.parse(turn.event) as { readonly generation: number };
      const [timer] = due.get(`${address.name}/${address.key}@${generation}`) ?? [];
      if (timer === undefined) return [];
      const isSecondOwner = journal[generation - 1]?.epoch !== epoch;
      return [{ lateMs: committedMs - timer.dueMs, isSecondOwner }];
    }),
  );
}

function emittedMissed({ objects, emitted }: Evidence): number {
  const sent = objects.reduce(
    (sum, { journal }) =>
      sum + journal.reduce((of, { turn }) => of + turn.outbox.filter(({ kind }) => kind === "emit").length, 0),
    0,
  );
  return Math.max(0, sent - new Set(emitted).size);
}
