/** The judges of a chaos run are judged: evidence that is right gets no complaint, damaged evidence gets exactly that one. */
import { expect, test } from "vitest";
import { nextHistory } from "../../src/core/message.ts";
import type { JournalRow } from "../../src/memory/database.ts";
import type { Call, FinalObject } from "../simulation/history.ts";
import { figuresOf } from "./figures.ts";
import { type Evidence, judge } from "./judge.ts";
import { type Line, replay } from "./record.ts";
import { moneyLost } from "./sampler.ts";
import { emptyStock, finish, reserve } from "./stock.ts";

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

const NOW = 1_800_000_000_000;

interface TurnPlan {
  readonly id: string;
  readonly event: object;
  readonly context: object;
  readonly kind?: string;
  readonly outbox?: JournalRow["turn"]["outbox"];
  readonly atMs?: number;
  readonly epoch?: number;
}

function object(name: string, key: string, turns: readonly TurnPlan[], rest: Partial<FinalObject> = {}): FinalObject {
  let history = "";
  const journal = turns.map(({ id, event, context, kind = "event", outbox = [], atMs = NOW, epoch = 1 }, i) => {
    history = nextHistory(history, id);
    const view = JSON.stringify({ status: "active", value: {}, tags: [], context, output: null });
    const turn = { messageId: id, hash: "", sentAtMs: undefined, kind, event: JSON.stringify(event), view, history };
    const stored = { ...turn, source: undefined, outbox, trail: "" };
    return { revision: i + 1, turn: stored, epoch, committedMs: atMs };
  });
  return {
    address: { name, key },
    revision: turns.length,
    status: "active",
    history,
    parked: undefined,
    incarnation: "inc",
    snapshot: '{"timers":[],"invocations":{}}',
    journal,
    outbox: [],
    timers: [],
    invocations: [],
    ...rest,
  };
}

const call = (id: string, name: string, key: string, body: object, revision: number): Call => ({
  id,
  address: { name, key },
  verb: "send",
  body,
  delayMs: undefined,
  isExpired: false,
  attempts: [
    {
      client: "c",
      invokedMs: revision,
      doneMs: revision + 0.5,
      receipt: { revision, duplicate: false, text: id },
      code: undefined,
    },
  ],
});

const reserved = reserve(emptyStock, { id: "r1", qty: 4 });
const RESERVE = { type: "RESERVE", id: "r1", qty: 4, delayMs: 200 };
const CONFIRM = { type: "CONFIRM", id: "r1" };
const SPREAD = { type: "SPREAD", effects: 2, to: "n", text: "t" };
const deliver = (idx: number) => ({ idx, kind: "action" as const, target: "deliver", body: '{"params":{}}' });

function evidence(): Mutable<Evidence> {
  const stock = object("stock", "s", [
    { id: "m1", event: RESERVE, context: reserved },
    { id: "m2", event: CONFIRM, context: finish(reserved, "r1", "confirmed"), atMs: NOW + 50 },
  ]);
  const sent = [
    deliver(0),
    deliver(1),
    { idx: 2, kind: "emit" as const, target: "SPREAD_DONE", body: "{}" },
    { idx: 3, kind: "send" as const, target: "notes/n", body: '{"event":{"type":"NOTE","text":"t"}}' },
  ];
  const effector = object("effector", "e", [{ id: "m3", event: SPREAD, context: { turns: 1 }, outbox: sent }]);
  const note = { type: "NOTE", text: "t" };
  const notes = object("notes", "n", [{ id: "effect/effector/e/inc/1/3", event: note, context: { texts: ["t"] } }]);
  const right: Evidence = {
    calls: [
      call("m1", "stock", "s", RESERVE, 1),
      call("m2", "stock", "s", CONFIRM, 2),
      call("m3", "effector", "e", SPREAD, 1),
    ],
    reads: [],
    misused: [],
    objects: [stock, effector, notes],
    orders: [],
    changes: [],
    emitted: ["effector/e/inc/1/2"],
    sink: [
      { path: "/deliver", id: "effector/e/inc/1/0" },
      { path: "/deliver", id: "effector/e/inc/1/1" },
      { path: "/deliver", id: "effector/e/inc/1/0" },
    ],
    armed: [{ name: "stock", key: "s", generation: 1, dueMs: NOW + 200 }],
    silent: [],
    unsettled: [],
    healedMs: NOW,
    endedMs: NOW + 10_000,
    hasClockJumps: false,
    losesMessages: false,
    seen: [],
  };
  return structuredClone(right) as Mutable<Evidence>;
}

function broken(damage: (of: Mutable<Evidence>) => void): string[] {
  const of = evidence();
  damage(of);
  return [...new Set(judge(of).map(({ invariant }) => invariant))];
}

const turnOf = (of: Mutable<Evidence>, name: string, at: number): Mutable<JournalRow> => {
  const row = of.objects.find(({ address }) => address.name === name)?.journal[at];
  if (row === undefined) throw new Error(`no turn ${at} of ${name}`);
  return row as Mutable<JournalRow>;
};

test("evidence that is right gets no complaint", () => {
  expect(judge(evidence())).toEqual([]);
});

test("an effect that the sink never got, one of a turn that was never committed, and two out of order", () => {
  expect(broken((of) => void of.sink.splice(1, 1))).toEqual(["I9"]);
  expect(broken((of) => void of.sink.push({ path: "/deliver", id: "effector/e/inc/2/0" }))).toEqual(["I10"]);
  expect(broken((of) => void of.sink.push({ path: "/work", id: "job/j/inc/1/0" }))).toEqual(["I10"]);
  expect(broken((of) => void of.sink.reverse().shift())).toEqual(["I11"]);
});

test("goods that came from nowhere, and a reservation that ended twice", () => {
  const more = broken((of) => {
    turnOf(of, "stock", 1).turn.view = turnOf(of, "stock", 1).turn.view.replace('"free":36', '"free":40');
  });
  expect(more).toEqual(["I8", "I16"]);
  const twice = broken((of) => {
    const context = finish(reserved, "r1", "expired");
    const { turn } = turnOf(of, "stock", 1);
    turn.kind = "timer";
    turn.event = '{"timer":"r1","generation":9}';
    turn.view = JSON.stringify({ status: "active", value: {}, tags: [], context, output: null });
  });
  expect(twice).toContain("I12");
});

test("a message that is wrong in itself and was stored although it was refused", () => {
  const found = broken((of) => {
    const attempt = of.calls[0]?.attempts[0];
    if (attempt !== undefined) Object.assign(attempt, { receipt: undefined, code: "TOO_LARGE" });
  });
  expect(found).toEqual(["I22"]);
});

test("an emitted event that no subscriber heard, unless messages were lost on purpose", () => {
  expect(broken((of) => void of.emitted.pop())).toEqual(["I9"]);
  const lossy = broken((of) => {
    of.emitted.pop();
    of.losesMessages = true;
  });
  expect(lossy).toEqual([]);
});

test("a host that ended by itself, a silent object, work without end", () => {
  expect(broken((of) => void of.seen.push({ invariant: "I18", object: "host-0", text: "ended" }))).toEqual(["I18"]);
  expect(broken((of) => void of.silent.push("stock/s"))).toEqual(["I18"]);
  expect(broken((of) => void of.unsettled.push("stock/s timer r1"))).toEqual(["I9"]);
});

test("money is counted on its way: debited and not yet credited or given back", () => {
  const transfers = [{ key: "t1", amount: 30 }];
  const from = (balance: number, seen: Record<string, string>) => ({ key: "a", balance, seen });
  const to = (balance: number, seen: Record<string, string>) => ({ key: "b", balance, seen });
  expect(moneyLost([from(70, { t1: "debited" }), to(100, {})], transfers)).toBe(0);
  expect(moneyLost([from(70, { t1: "debited" }), to(130, { "t1:credit": "credited" })], transfers)).toBe(0);
  expect(moneyLost([from(100, { t1: "refunded" }), to(100, { "t1:credit": "refused" })], transfers)).toBe(0);
  expect(moneyLost([from(70, { t1: "debited" }), to(100, { "t1:credit": "credited" })], transfers)).toBe(30);
  expect(moneyLost([from(100, { t1: "refunded" }), to(130, { "t1:credit": "credited" })], transfers)).toBe(-30);
});

test("the record of the clients becomes calls with their attempts, and an answer to nothing is refused", () => {
  const lines: Line[] = [
    {
      t: "call",
      id: "m1",
      address: { name: "list", key: "k" },
      verb: "send",
      body: {},
      delayMs: undefined,
      isExpired: false,
    },
    { t: "invoke", n: 0, id: "m1", client: "c", atMs: 1 },
    { t: "invoke", n: 1, id: "m1", client: "d", atMs: 2 },
    { t: "fail", n: 0, atMs: 3, code: "OUTCOME_UNKNOWN" },
    { t: "ok", n: 1, atMs: 4, revision: 1, duplicate: true, text: "r" },
  ];
  const [{ attempts } = { attempts: [] }] = replay(lines).calls;
  expect(attempts.map(({ doneMs, code, receipt }) => [doneMs, code, receipt?.duplicate])).toEqual([
    [3, "OUTCOME_UNKNOWN", undefined],
    [4, undefined, true],
  ]);
  const { unknown, unknownButCommitted, duplicates } = figuresOf({ ...evidence(), ...replay(lines) });
  expect({ unknown, unknownButCommitted, duplicates }).toEqual({ unknown: 1, unknownButCommitted: 1, duplicates: 1 });
  expect(() => replay([{ t: "fail", n: 7, atMs: 1, code: "TIMEOUT" }])).toThrow("an answer to nothing");
});

/** Came, left, was purged: what each turn showed. */
function purgedVisit(of: Mutable<Evidence>, late: readonly TurnPlan[] = []): void {
  const context = { delayMs: 9 };
  const turns = [
    { id: "v1", kind: "create", event: context, context },
    { id: "v2", event: { type: "HURRY" }, context },
    { id: "order/p1", kind: "purged", event: {}, context: {} },
    ...late,
  ];
  const visit = structuredClone(object("visit", "v", turns, { status: "purged" })) as Mutable<FinalObject>;
  const shown = [
    { status: "active", value: "there" },
    { status: "done", value: "gone" },
    { status: "purged", value: null },
  ];
  visit.journal.forEach((row, i) => {
    row.turn.view = JSON.stringify({ ...JSON.parse(row.turn.view), ...(shown[i] ?? shown[2]) });
  });
  of.objects.push(visit);
  of.calls.push(call("v2", "visit", "v", { type: "HURRY" }, 2) as Mutable<Call>);
  of.calls.push({ ...call("v1", "visit", "v", context, 1), verb: "create" } as Mutable<Call>);
}

test("a purge that an operator ordered is right; one that nobody ordered, and a turn after it, are found", () => {
  const ordered = (of: Mutable<Evidence>): void => {
    of.orders.push({ verb: "purge", address: { name: "visit", key: "v" }, messageId: "order/p1", invokedMs: 1 });
  };
  const found = (late: readonly TurnPlan[], isOrdered: boolean): string[] =>
    broken((of) => {
      purgedVisit(of, late);
      if (isOrdered) ordered(of);
    });
  expect(found([], true)).toEqual([]);
  expect(found([], false)).toEqual(["I3"]);
  const late = { id: "timer/due/1", kind: "timer", event: { generation: 1 }, context: {} };
  expect(found([late], true)).toContain("I12");
});
