/** What the clients of a chaos run ask for, workload by workload. Pure: all chance is handed in. */
import type { Chance } from "../simulation/faults.ts";

export const WORKLOADS = ["append", "bank", "counters", "timers", "stock", "effects", "programs", "lifecycle"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** An ask of a client, before it has an id. */
export interface Ask {
  readonly name: string;
  readonly key: string;
  readonly body: unknown;
  readonly verb?: "create";
  readonly delayMs?: number;
  readonly isExpired?: boolean;
}

/** Special asks that a nemesis wants among the others. */
export type Spice = "poison" | "hot" | "oversize";

export interface Place {
  /** Of this ask, and of no other. */
  readonly id: string;
  /** A key of the present generation; keys are left behind so that no object grows without end. */
  key(limit: number): string;
  readonly spices: ReadonlySet<Spice>;
}

/** An event that holds it is refused by Postgres (see `audit.ts`). */
export const POISON = "POISON";
/** More than any host takes. */
const TOO_MANY_BYTES = 256 * 1_024 + 1;
/** More than a turn may ask for. */
const TOO_MANY_EFFECTS = 1_001;

type Make = (chance: Chance, place: Place) => Ask;

const append: Make = (chance, { id, key }) => {
  const roll = chance.below(100);
  if (roll < 60) return { name: "list", key: key(4), body: { type: "APPEND", id } };
  if (roll < 95) return { name: "list", key: key(4), body: { type: "TELL", id, to: key(2) } };
  if (roll < 97) return { name: "list", key: key(4), body: { type: "FAIL" } };
  return { name: "list", key: key(4), body: { type: "APPEND", id }, isExpired: true };
};

/** `from` and `to` are of one generation, so that the sum over its accounts does not change. */
const bank: Make = (chance, { id, key }) => {
  const from = key(4);
  const [, generation = ""] = from.split("g");
  const to = `${(Number.parseInt(from, 10) + 1 + chance.below(3)) % 4}g${generation}`;
  const body = {
    id,
    from,
    to,
    amount: chance.between(1, 60),
    refuse: chance.fraction() < 0.3,
    patienceMs: chance.between(200, 4_000),
  };
  return { name: "transfer", key: id, verb: "create", body };
};

const counters: Make = (chance, { key }) => {
  const counter = key(3);
  const add = { name: "counter", key: counter, body: { type: "ADD", amount: 1 } };
  switch (chance.below(5)) {
    case 0:
      return add;
    case 1:
      return { ...add, delayMs: chance.between(1, 5_000) };
    case 2:
      return { name: "courier", key: key(3), body: { type: "FORWARD", counter, amount: 1 } };
    case 3:
      return {
        name: "courier",
        key: key(3),
        body: { type: "LATER", counter, amount: 1, delayMs: chance.between(0, 4_000) },
      };
    default:
      return { name: "courier", key: key(3), body: { type: "CALL", counter, amount: 1 } };
  }
};

/** Armed for a moment or for seconds, once in a while for an hour; armed again and canceled at any time. */
const timers: Make = (chance, { key }) => {
  const delayMs = chance.pick([0, 1, 20, 200, 1_000, 3_000, 5_000, 3_600_000]);
  const body = chance.fraction() < 0.65 ? { type: "ARM", delayMs } : { type: "CANCEL" };
  return { name: "alarm", key: key(5), body };
};

const stock: Make = (chance, { id, key }) => {
  const roll = chance.fraction();
  const of = `r${chance.below(12)}`;
  if (roll < 0.3) return { name: "stock", key: key(3), body: { type: "CONFIRM", id: of } };
  if (roll < 0.5) return { name: "stock", key: key(3), body: { type: "RELEASE", id: of } };
  const reservation = roll < 0.9 ? of : id;
  const body = { type: "RESERVE", id: reservation, qty: chance.between(1, 6), delayMs: chance.between(50, 3_000) };
  return { name: "stock", key: key(3), body };
};

const effects: Make = (chance, { id, key }) => {
  const body = { type: "SPREAD", effects: chance.below(6), to: key(2), text: id };
  return { name: "effector", key: key(3), body };
};

const PLANS = ["ok", "ok", "slow", "flaky", "throw", "hang", "late", "terminal"];

const programs: Make = (chance, { id, key }) => {
  const roll = chance.below(100);
  if (roll < 40) {
    const body = chance.fraction() < 0.75 ? { type: "START", plan: chance.pick(PLANS) } : { type: "STOP" };
    return { name: "job", key: key(4), body };
  }
  if (roll < 42) return { name: "fragile", key: key(3), body: { type: "LIGHT" } };
  return { name: "clerk", key: key(4), body: question(chance, id, key) };
};

function question(chance: Chance, id: string, key: Place["key"]): unknown {
  const roll = chance.fraction();
  if (roll < 0.35) return { type: "COUNT", key: key(3), amount: 1 };
  if (roll < 0.6) return { type: "SILENCE", key: key(5) };
  if (roll < 0.85) return { type: "HIRE", key: id, amount: chance.between(1, 1_500) };
  return { type: "RESET" };
}

/** Objects that are born, end, are asked again when they have ended, and whose creator has gone on meanwhile. */
const lifecycle: Make = (chance, { id, key }) => {
  const roll = chance.below(100);
  const old = `v${key(6)}`;
  if (roll < 25) return { name: "visit", key: old, verb: "create", body: { delayMs: 500 } };
  if (roll < 45) return { name: "visit", key: id, verb: "create", body: { delayMs: chance.between(1, 1_500) } };
  if (roll < 70) return { name: "visit", key: old, body: { type: "HURRY" } };
  if (roll < 85)
    return { name: "clerk", key: key(4), body: { type: "HIRE", key: id, amount: chance.between(1, 1_500) } };
  return { name: "clerk", key: key(4), body: { type: "RESET" } };
};

const MAKE: Readonly<Record<Workload, Make>> = {
  append,
  bank,
  counters,
  timers,
  stock,
  effects,
  programs,
  lifecycle,
};

/** One ask of one of the workloads, or a special one. */
export function makeAsk(workloads: readonly Workload[], chance: Chance, place: Place): Ask {
  const { id, key, spices } = place;
  if (spices.has("hot") && chance.fraction() < 0.5)
    return { name: "counter", key: "hot", body: { type: "ADD", amount: 1 } };
  if (spices.has("poison")) {
    const roll = chance.fraction();
    if (roll < 0.02) return { name: "list", key: key(4), body: { type: "APPEND", id: `${id}-${POISON}` } };
    if (roll < 0.03) return { name: "list", key: key(4), body: { type: "FAIL" } };
    if (roll < 0.04) return { name: "fragile", key: key(3), body: { type: "LIGHT" } };
  }
  if (spices.has("oversize") && chance.fraction() < 0.05) return oversize(chance, place);
  return MAKE[chance.pick(workloads)](chance, place);
}

/** Everything here is refused, and may leave no trace. */
function oversize(chance: Chance, { id, key }: Place): Ask {
  switch (chance.below(3)) {
    case 0:
      return { name: "list", key: key(4), body: { type: "APPEND", id: "x".repeat(TOO_MANY_BYTES) } };
    case 1:
      return {
        name: "effector",
        key: key(3),
        body: { type: "SPREAD", effects: TOO_MANY_EFFECTS, to: key(2), text: id },
      };
    default:
      return { name: "list", key: key(4), body: { type: "APPEND", id: 7 } };
  }
}
