/**
 * A batch of chains as the parameters of `commit_turns`, and its answer as outcomes.
 *
 * The order of `COMMIT_CASTS` and of `commitValues` is that of the function's parameters in the last migration that makes it.
 */
import { formatAddress } from "../core/address.ts";
import { assertNever } from "../core/errors.ts";
import type { Chain, OutboxRow, TurnOutcome } from "../ports/store.ts";
import { arrayLiteral, float8Array, int4Array, int8Array, textArray, timestampArray } from "./codec.ts";

/** Of an object or a row of its chain: what an array element is made of. */
interface Placed<T> {
  /** Position of the chain in the batch, from 1. */
  readonly object: number;
  readonly chain: Chain;
  /** Position of the row in its chain, from 1. */
  readonly step: number;
  readonly of: T;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const SCALARS = words("text bigint");
const OBJECTS = words("int bigint text text bigint bigint bigint int text text text text text text text");
const STATES = words("int text text");
const TURNS = words("int int text text text text timestamptz text text text text text text");
const LINKS = words("int int text text text text bigint int");
const OUTBOX = words("int int text text int text text text text");
const TIMERS_SET = words("int text text text bigint float8");
const TIMERS_CLEARED = words("int text text text");
const INVOCATIONS_STARTED = words("int text text text text text");
const INVOCATIONS_ENDED = words("int text text text");

export const COMMIT_CASTS: readonly string[] = [
  ...SCALARS,
  ...[OBJECTS, STATES, TURNS, LINKS, OUTBOX, TIMERS_SET, TIMERS_CLEARED, INVOCATIONS_STARTED, INVOCATIONS_ENDED]
    .flat()
    .map((type) => `${type}[]`),
];

/** Of the session. The call of a function has one plan; made anew each time it would take a copy of all that is written. */
export const COMMIT_SETTINGS: readonly string[] = ["plan_cache_mode=force_generic_plan"];

export function commitValues(group: string, horizonMs: number, batch: readonly Chain[]): unknown[] {
  return [
    group,
    horizonMs,
    ...objectColumns(batch),
    ...stateColumns(batch),
    ...turnColumns(batch),
    ...outboxColumns(batch),
    ...timerColumns(batch),
    ...invocationColumns(batch),
  ];
}

function objectColumns(batch: readonly Chain[]): Buffer[] {
  return [
    int4Array(batch, (chain) => chain.partition),
    int8Array(batch, (chain) => chain.epoch),
    textArray(batch, (chain) => chain.address.name),
    textArray(batch, (chain) => chain.address.key),
    int8Array(batch, (chain) => chain.base.revision),
    int8Array(batch, (chain) => chain.base.tag),
    int8Array(batch, (chain) => chain.tag),
    int4Array(batch, (chain) => chain.turns.length),
    textArray(batch, (chain) => chain.incarnation),
    textArray(batch, (chain) => chain.status),
    textArray(batch, (chain) => chain.value),
    textArray(batch, (chain) => arrayLiteral(chain.tags)),
    textArray(batch, (chain) => chain.machineVersion),
    textArray(batch, (chain) => chain.turns.at(-1)?.history),
    textArray(batch, (chain) => chain.snapshot),
  ];
}

function stateColumns(batch: readonly Chain[]): Buffer[] {
  const changed = place(batch, (chain) => (chain.isStateChanged ? [undefined] : []));
  return [int4Array(changed, ({ object }) => object), ...addressColumns(changed)];
}

function turnColumns(batch: readonly Chain[]): Buffer[] {
  const turns = place(batch, (chain) => chain.turns);
  const linked = turns.flatMap(({ object, chain, step, of }, i) =>
    of.source === undefined ? [] : { object, chain, step, of: { ...of.source, turn: i + 1 } },
  );
  return [
    int4Array(turns, ({ object }) => object),
    int4Array(turns, ({ step }) => step),
    ...addressColumns(turns),
    textArray(turns, ({ of }) => of.messageId),
    textArray(turns, ({ of }) => of.hash),
    timestampArray(turns, ({ of }) => of.sentAtMs),
    textArray(turns, ({ of }) => of.kind),
    textArray(turns, ({ of }) => of.event),
    textArray(turns, ({ of }) => of.view),
    textArray(turns, ({ of }) => of.history),
    textArray(turns, ({ of }) => of.source && formatAddress(of.source.address)),
    textArray(turns, ({ of }) => of.trail),

    int4Array(linked, ({ of }) => of.turn),
    int4Array(linked, ({ object }) => object),
    ...addressColumns(linked),
    textArray(linked, ({ of }) => formatAddress(of.address)),
    textArray(linked, ({ of }) => of.incarnation),
    int8Array(linked, ({ of }) => of.revision),
    int4Array(linked, ({ of }) => of.idx),
  ];
}

/** With the step of its turn. */
function outboxOf({ turns }: Chain): readonly (OutboxRow & { readonly turn: number })[] {
  return turns.flatMap(({ outbox }, i) => outbox.map((row) => ({ ...row, turn: i + 1 })));
}

function outboxColumns(batch: readonly Chain[]): Buffer[] {
  const rows = place(batch, outboxOf);
  return [
    int4Array(rows, ({ object }) => object),
    int4Array(rows, ({ of }) => of.turn),
    ...addressColumns(rows),
    int4Array(rows, ({ of }) => of.idx),
    textArray(rows, ({ chain }) => chain.incarnation),
    textArray(rows, ({ of }) => of.kind),
    textArray(rows, ({ of }) => of.target),
    textArray(rows, ({ of }) => of.body),
  ];
}

function timerColumns(batch: readonly Chain[]): Buffer[] {
  const set = place(batch, (chain) => chain.timersSet);
  const cleared = place(batch, (chain) => chain.timersCleared);
  return [
    int4Array(set, ({ object }) => object),
    ...addressColumns(set),
    textArray(set, ({ of }) => of.timer),
    int8Array(set, ({ of }) => of.generation),
    float8Array(set, ({ of }) => of.delayMs),
    int4Array(cleared, ({ object }) => object),
    ...addressColumns(cleared),
    textArray(cleared, ({ of }) => of),
  ];
}

function invocationColumns(batch: readonly Chain[]): Buffer[] {
  const started = place(batch, (chain) => chain.invocationsStarted);
  const ended = place(batch, (chain) => chain.invocationsEnded);
  return [
    int4Array(started, ({ object }) => object),
    ...addressColumns(started),
    textArray(started, ({ of }) => of.id),
    textArray(started, ({ of }) => of.actor),
    textArray(started, ({ of }) => of.input),
    int4Array(ended, ({ object }) => object),
    ...addressColumns(ended),
    textArray(ended, ({ of }) => of),
  ];
}

function place<T>(batch: readonly Chain[], rows: (chain: Chain) => readonly T[]): Placed<T>[] {
  const placed: Placed<T>[] = [];
  batch.forEach((chain, i) => {
    let step = 0;
    for (const of of rows(chain)) placed.push({ object: i + 1, chain, step: ++step, of });
  });
  return placed;
}

function addressColumns(rows: readonly Placed<unknown>[]): [Buffer, Buffer] {
  return [textArray(rows, ({ chain }) => chain.address.name), textArray(rows, ({ chain }) => chain.address.key)];
}

/** One letter per turn, chain after chain. */
export function commitOutcomes(batch: readonly Chain[], letters: string): TurnOutcome[][] {
  let at = 0;
  return batch.map((chain) => chain.turns.map(() => outcomeOf(letters.charAt(at++) as Letter)));
}

type Letter = "c" | "d" | "m" | "e" | "x" | "f";

function outcomeOf(letter: Letter): TurnOutcome {
  switch (letter) {
    case "c":
      return "committed";
    case "d":
      return "duplicate";
    case "m":
      return "mismatch";
    case "e":
      return "expired";
    case "x":
      return "conflict";
    case "f":
      return "fenced";
    default:
      return assertNever(letter);
  }
}
