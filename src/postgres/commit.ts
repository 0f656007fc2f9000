/**
 * A batch of chains as the parameters of `commit_turns`, and its answer as outcomes.
 *
 * The order of `COMMIT_CASTS` and of `commitValues` is that of the function's parameters in `migrations/0001_init.sql`.
 */
import { formatAddress } from "../core/address.ts";
import { assertNever } from "../core/errors.ts";
import type { Chain, TurnOutcome } from "../ports/store.ts";
import { arrayLiteral, float8Array, int4Array, int8Array, textArray, timestampArray } from "./codec.ts";

/** Of an object or a row of its chain: what an array element is made of. */
interface Placed<T> {
  /** Position of the chain in the batch, from 1. */
  readonly object: number;
  readonly chain: Chain;
  readonly of: T;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const SCALARS = words("text bigint");
const OBJECTS = words("int bigint text text bigint bigint bigint int text text text text text text text");
const TURNS = words("int int text text text text timestamptz text text text text text");
const LINKS = words("int int text text text text bigint int");
const OUTBOX = words("int int text text int text text text text");
const TIMERS_SET = words("int text text text bigint float8");
const TIMERS_CLEARED = words("int text text text");
const INVOCATIONS_STARTED = words("int text text text text text");
const INVOCATIONS_ENDED = words("int text text text");

export const COMMIT_CASTS: readonly string[] = [
  ...SCALARS,
  ...[OBJECTS, TURNS, LINKS, OUTBOX, TIMERS_SET, TIMERS_CLEARED, INVOCATIONS_STARTED, INVOCATIONS_ENDED]
    .flat()
    .map((type) => `${type}[]`),
];

export function commitValues(group: string, horizonMs: number, batch: readonly Chain[]): unknown[] {
  return [
    group,
    horizonMs,
    ...objectColumns(batch),
    ...turnColumns(batch),
    ...outboxColumns(batch),
    ...timerColumns(batch),
    ...invocationColumns(batch),
  ];
}

function objectColumns(batch: readonly Chain[]): Buffer[] {
  return [
    int4Array(batch.map((chain) => chain.partition)),
    int8Array(batch.map((chain) => chain.epoch)),
    textArray(batch.map((chain) => chain.address.name)),
    textArray(batch.map((chain) => chain.address.key)),
    int8Array(batch.map((chain) => chain.base.revision)),
    int8Array(batch.map((chain) => chain.base.tag)),
    int8Array(batch.map((chain) => chain.tag)),
    int4Array(batch.map((chain) => chain.turns.length)),
    textArray(batch.map((chain) => chain.incarnation)),
    textArray(batch.map((chain) => chain.status)),
    textArray(batch.map((chain) => chain.value)),
    textArray(batch.map((chain) => arrayLiteral(chain.tags))),
    textArray(batch.map((chain) => chain.machineVersion)),
    textArray(batch.map((chain) => chain.turns.at(-1)?.history)),
    textArray(batch.map((chain) => chain.snapshot)),
  ];
}

function turnColumns(batch: readonly Chain[]): Buffer[] {
  const turns = place(batch, (chain) => chain.turns.map((turn, i) => ({ ...turn, step: i + 1 })));
  const linked = turns.flatMap(({ object, chain, of }, i) => {
    return of.source === undefined ? [] : { object, chain, of: { ...of.source, turn: i + 1 } };
  });
  return [
    int4Array(turns.map(({ object }) => object)),
    int4Array(turns.map(({ of }) => of.step)),
    ...addressColumns(turns),
    textArray(turns.map(({ of }) => of.messageId)),
    textArray(turns.map(({ of }) => of.hash)),
    timestampArray(turns.map(({ of }) => of.sentAtMs)),
    textArray(turns.map(({ of }) => of.kind)),
    textArray(turns.map(({ of }) => of.event)),
    textArray(turns.map(({ of }) => of.view)),
    textArray(turns.map(({ of }) => of.history)),
    textArray(turns.map(({ of }) => of.source && formatAddress(of.source.address))),

    int4Array(linked.map(({ of }) => of.turn)),
    int4Array(linked.map(({ object }) => object)),
    ...addressColumns(linked),
    textArray(linked.map(({ of }) => formatAddress(of.address))),
    textArray(linked.map(({ of }) => of.incarnation)),
    int8Array(linked.map(({ of }) => of.revision)),
    int4Array(linked.map(({ of }) => of.idx)),
  ];
}

function outboxColumns(batch: readonly Chain[]): Buffer[] {
  const rows = place(batch, (chain) => chain.turns.flatMap(({ outbox }, i) => outbox.map((row) => ({ ...row, i }))));
  return [
    int4Array(rows.map(({ object }) => object)),
    int4Array(rows.map(({ of }) => of.i + 1)),
    ...addressColumns(rows),
    int4Array(rows.map(({ of }) => of.idx)),
    textArray(rows.map(({ chain }) => chain.incarnation)),
    textArray(rows.map(({ of }) => of.kind)),
    textArray(rows.map(({ of }) => of.target)),
    textArray(rows.map(({ of }) => of.body)),
  ];
}

function timerColumns(batch: readonly Chain[]): Buffer[] {
  const set = place(batch, (chain) => chain.timersSet);
  const cleared = place(batch, (chain) => chain.timersCleared);
  return [
    int4Array(set.map(({ object }) => object)),
    ...addressColumns(set),
    textArray(set.map(({ of }) => of.timer)),
    int8Array(set.map(({ of }) => of.generation)),
    float8Array(set.map(({ of }) => of.delayMs)),
    int4Array(cleared.map(({ object }) => object)),
    ...addressColumns(cleared),
    textArray(cleared.map(({ of }) => of)),
  ];
}

function invocationColumns(batch: readonly Chain[]): Buffer[] {
  const started = place(batch, (chain) => chain.invocationsStarted);
  const ended = place(batch, (chain) => chain.invocationsEnded);
  return [
    int4Array(started.map(({ object }) => object)),
    ...addressColumns(started),
    textArray(started.map(({ of }) => of.id)),
    textArray(started.map(({ of }) => of.actor)),
    textArray(started.map(({ of }) => of.input)),
    int4Array(ended.map(({ object }) => object)),
    ...addressColumns(ended),
    textArray(ended.map(({ of }) => of)),
  ];
}

function place<T>(batch: readonly Chain[], rows: (chain: Chain) => readonly T[]): Placed<T>[] {
  return batch.flatMap((chain, i) => rows(chain).map((of) => ({ object: i + 1, chain, of })));
}

function addressColumns(rows: readonly Placed<unknown>[]): [Buffer, Buffer] {
  return [
    textArray(rows.map(({ chain }) => chain.address.name)),
    textArray(rows.map(({ chain }) => chain.address.key)),
  ];
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
