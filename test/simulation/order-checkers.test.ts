/** The judges of waits and of operators' orders are judged: a damaged history gets exactly that complaint. */
import { beforeAll, expect, test } from "vitest";
import { check } from "./check.ts";
import type { FinalObject, History, Order, Wait } from "./history.ts";
import { simulate } from "./world.ts";

type Mutable<T> = T extends ReadonlyMap<unknown, unknown> ? T : { -readonly [K in keyof T]: Mutable<T[K]> };

/** Seeds of which at least one has everything that is damaged here. */
const SEEDS = [5, 6, 7, 8];
const histories: History[] = [];

beforeAll(async () => {
  for (const seed of SEEDS) {
    const { history, violations } = await simulate(seed, { without: new Set(["database.clock"]) });
    expect(violations).toEqual([]);
    histories.push(history);
  }
}, 60_000);

/** The invariants that are broken once the first history that can be damaged so was. */
function broken(damage: (history: Mutable<History>) => boolean): string[] {
  for (const clean of histories) {
    const history = structuredClone(clean) as Mutable<History>;
    if (damage(history)) return [...new Set(check(history).map((violation) => violation.invariant))];
  }
  throw new Error("no history has what was to be damaged");
}

const done = (history: Mutable<History>): Mutable<FinalObject> | undefined =>
  history.objects.find(({ address, status }) => address.name === "transfer" && status === "done");

function waited(history: Mutable<History>, change: (transfer: Mutable<FinalObject>) => Partial<Wait>): boolean {
  const transfer = done(history);
  if (transfer === undefined) return false;
  const wait: Wait = {
    address: transfer.address,
    until: { status: "done" },
    invokedMs: 0,
    doneMs: history.endedMs,
    shown: undefined,
    code: undefined,
    ...change(transfer),
  };
  (history.waits as Wait[]).push(wait);
  return true;
}

test("a wait that was shown a state that is not the one, or that never was", () => {
  const early = broken((history) =>
    waited(history, ({ journal: [first] }) => ({ shown: { revision: 1, view: first?.turn.view ?? "" } })),
  );
  expect(early).toEqual(["I7"]);
  const dreamt = broken((history) =>
    waited(history, ({ revision }) => ({ shown: { revision, view: '{"status":"done"}' } })),
  );
  expect(dreamt).toEqual(["I7"]);
});

test("a wait that ran out although the object was there, with nothing wrong", () => {
  expect(broken((history) => waited(history, () => ({ code: "TIMEOUT", doneMs: history.endedMs + 1e6 })))).toEqual([
    "I18",
  ]);
});

test("a turn of an object that was paused", () => {
  const found = broken((history) => {
    const object = history.objects.find(({ address }) => address.name === "counter");
    if (object === undefined) return false;
    const pause: Order = {
      verb: "pause",
      address: object.address,
      messageId: "",
      invokedMs: -2,
      doneMs: -1,
      changed: true,
    };
    history.orders = [pause];
    return true;
  });
  expect(found).toContain("I20");
});

test("an operator's turn that nobody ordered", () => {
  const found = broken((history) => {
    const rows = history.objects.flatMap(({ journal }) => journal);
    const row = rows.find(({ turn }) => turn.kind === "killed" && turn.source === undefined);
    if (row === undefined) return false;
    (history.orders as Order[]).splice(0);
    return true;
  });
  expect(found).toContain("I3");
});

test("a killed object that takes another turn", () => {
  const found = broken((history) => {
    const job = history.objects.find(({ address, journal }) => address.name === "job" && journal.length > 1);
    const row = job?.journal[0];
    if (job === undefined || row === undefined) return false;
    row.turn.kind = "killed";
    return true;
  });
  expect(found).toContain("I8");
});
