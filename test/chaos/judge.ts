/**
 * Judges one cycle of a chaos run: the checkers of the simulation over the same kind of history, taken from a real
 * database, and those for what only real processes have. Pure: evidence in, violations and figures out.
 */
import { formatAddress } from "../../src/core/address.ts";
import { effectId } from "../../src/core/effect.ts";
import type { Change } from "../../src/core/wire.ts";
import { START_MS } from "../simulation/agenda.ts";
import { check, type Violation } from "../simulation/check.ts";
import type { Call, FinalObject, History } from "../simulation/history.ts";
import type { ArmedTimer } from "./audit.ts";
import type { Recorded } from "./record.ts";
import { stepChaos } from "./rules.ts";
import type { SinkCall } from "./sink.ts";
import { OPENING_STOCK, type Stock } from "./stock.ts";

export interface Evidence extends Recorded {
  readonly orders: NonNullable<History["orders"]>;
  readonly objects: readonly FinalObject[];
  readonly changes: readonly Change[];
  /** Effect ids of emitted events. */
  readonly emitted: readonly string[];
  /** Calls that the endpoint outside got, in order. */
  readonly sink: readonly SinkCall[];
  readonly armed: readonly ArmedTimer[];
  readonly silent: readonly string[];
  readonly unsettled: readonly string[];
  /** Database time of the heal, and of the end. */
  readonly healedMs: number;
  readonly endedMs: number;
  readonly hasClockJumps: boolean;
  /** Messages of NATS were lost on purpose: subscribers may have missed something. */
  readonly losesMessages: boolean;
  /** Violations seen while it ran. */
  readonly seen: readonly Violation[];
}

/** A poll, and room for a small machine on which other things run. */
const TIMER_LATE_MS = 5_000;
/**
 * What is wrong with the message itself, whatever the state of its object. A refusal for the state, as
 * `EVENT_NOT_ACCEPTED`, speaks for its moment only: another copy of the message may still be on its way.
 */
const REFUSALS = ["EXPIRED_ID", "INVALID_REQUEST", "TOO_LARGE"];

export function judge(evidence: Evidence): Violation[] {
  return [
    ...evidence.seen,
    ...check(historyOf(evidence), { step: stepChaos, timerLateMs: TIMER_LATE_MS }),
    ...refusedButThere(evidence),
    ...sinkAgainstJournal(evidence),
    ...stockOutOfBounds(evidence.objects),
  ];
}

function historyOf(evidence: Evidence): History {
  const { calls, reads, misused, orders, objects, silent, unsettled, hasClockJumps, healedMs, endedMs } = evidence;
  const emitted = evidence.losesMessages ? [...evidence.emitted, ...allEmitted(objects)] : evidence.emitted;
  return {
    calls,
    reads,
    misused,
    orders,
    changes: evidence.changes.map((change) => ({ change, isCommitted: true })), // the journal is judge at the end
    emitted,
    delivered: evidence.sink.filter(({ path }) => path === "/deliver").map(({ id }) => id),
    objects,
    silent,
    unsettled,
    healedMs: healedMs - START_MS,
    endedMs,
    databaseMs: endedMs,
    hasClockJumps,
  };
}

function allEmitted(objects: readonly FinalObject[]): string[] {
  return objects.flatMap(({ address, incarnation, journal }) =>
    journal.flatMap(({ revision, turn }) =>
      turn.outbox.flatMap(({ kind, idx }) => (kind === "emit" ? [effectId(address, incarnation, revision, idx)] : [])),
    ),
  );
}

/** I22: a message that was refused, each time that it was answered, is not in any journal. */
function refusedButThere({ calls, objects }: Evidence): Violation[] {
  const journaled = new Set(objects.flatMap(({ journal }) => journal.map(({ turn }) => turn.messageId)));
  const isRefused = ({ attempts }: Call): boolean =>
    attempts.length > 0 && attempts.every(({ code }) => code !== undefined && REFUSALS.includes(code));
  return calls
    .filter((call) => journaled.has(call.id) && isRefused(call))
    .map(({ id, address, attempts }) => {
      const text = `${id} was refused (${attempts.map(({ code }) => code)}) and stands in the journal`;
      return { invariant: "I22", object: formatAddress(address), text };
    });
}

/** I10: the endpoint heard only of committed turns; I11: of one object's actions in order, if each counts when it first came. */
function sinkAgainstJournal({ sink, objects }: Evidence): Violation[] {
  const byAddress = new Map(objects.map((object) => [formatAddress(object.address), object]));
  const heard = new Set<string>();
  const last = new Map<string, { readonly revision: number; readonly idx: number }>();
  const found: Violation[] = [];
  for (const { path, id } of sink) {
    const [name, key, incarnation, revisionText, idxText] = id.split("/");
    const object = `${name}/${key}`;
    const [revision, idx] = [Number(revisionText), Number(idxText)];
    const of = byAddress.get(object);
    if (of?.incarnation !== incarnation || of?.journal[revision - 1] === undefined)
      found.push({ invariant: "I10", object, text: `the endpoint got ${id}, no such turn was committed` });
    if (path !== "/deliver" || heard.has(id)) continue;
    heard.add(id);
    const before = last.get(object);
    if (before !== undefined && (revision < before.revision || (revision === before.revision && idx < before.idx)))
      found.push({ invariant: "I11", object, text: `the endpoint got ${id} after a later one` });
    last.set(object, { revision, idx });
  }
  return found;
}

/** I16: never negative, nothing lost: in every state that ever was. */
function stockOutOfBounds(objects: readonly FinalObject[]): Violation[] {
  return objects
    .filter(({ address }) => address.name === "stock")
    .flatMap(({ address, journal }) =>
      journal.flatMap(({ revision, turn }) => {
        const { free, sold, held } = (JSON.parse(turn.view) as { context: Stock }).context;
        const sum = free + sold + Object.values(held).reduce((total, qty) => total + qty, 0);
        if (free >= 0 && sum === OPENING_STOCK) return [];
        return [{ invariant: "I16", object: formatAddress(address), text: `revision ${revision}: ${turn.view}` }];
      }),
    );
}
