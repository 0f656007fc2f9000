/** Stores, part two: the rows that a turn leaves for relay, timers, promise actors and links. See `store.ts`. */
import { expect, test } from "vitest";
import type { MessageSource } from "../../src/core/message.ts";
import type { OutboxRow, PendingSend } from "../../src/ports/store.ts";
import { at, Bench, type OpenStore, UNBORN } from "./chains.ts";

export function storeRows(name: string, open: OpenStore): void {
  outbox(name, open);
  timers(name, open);
  timerRows(name, open);
  timersAhead(name, open);
  invocations(name, open);
  links(name, open);
}

const send = (idx: number, target = "stock/1"): OutboxRow => ({ idx, kind: "send", target, body: `{"idx":${idx}}` });
const placeOf = ({ address, revision, idx }: PendingSend): string => `${address.key}:${revision}.${idx}`;

function outbox(name: string, open: OpenStore): void {
  test(`${name}: what a turn sends is pending, with what the relay needs`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { incarnation: "life-9", turns: [{ messageId: "m1", outbox: [send(3)] }] });
    const row = { address: at("a"), incarnation: "life-9", revision: 1, ...send(3) };
    expect(await bench.store.pendingSends(bench.scope(), 10)).toEqual([row]);
  });

  test(`${name}: of each sender the oldest rows come first, and no sender starves another`, async () => {
    const bench = await Bench.open(open);
    const many = ["m1", "m2", "m3"].map((messageId) => ({ messageId, outbox: [send(0), send(1)] }));
    await bench.advance(at("busy"), { turns: many });
    await bench.advance(at("calm"), { turns: [{ messageId: "m1", outbox: [send(0)] }] });
    const all = (await bench.store.pendingSends(bench.scope(), 100)).map(placeOf);
    expect(all.filter((place) => place.startsWith("busy"))).toEqual(
      ["1.0", "1.1", "2.0", "2.1", "3.0", "3.1"].map((p) => `busy:${p}`),
    );
    const page = (await bench.store.pendingSends(bench.scope(), 3)).map(placeOf);
    expect(page.sort()).toEqual(["busy:1.0", "busy:1.1", "calm:1.0"]);
  });

  test(`${name}: rows stay until they are removed, and exactly those are removed`, async () => {
    const bench = await Bench.open(open);
    const turns = [
      { messageId: "m1", outbox: [send(0), send(1)] },
      { messageId: "m2", outbox: [send(0)] },
    ];
    await bench.advance(at("a"), { turns });
    await bench.advance(at("b"), { turns });
    await bench.store.sent([
      { address: at("a"), revision: 1, idx: 1 },
      { address: at("b"), revision: 2, idx: 0 },
      { address: at("nobody"), revision: 1, idx: 0 },
    ]);
    await bench.store.sent([{ address: at("a"), revision: 1, idx: 1 }]);
    await bench.store.sent([]);
    const left = (await bench.store.pendingSends(bench.scope(), 10)).map(placeOf);
    expect(left.sort()).toEqual(["a:1.0", "a:2.0", "b:1.0", "b:1.1"]);
  });

  test(`${name}: a row that commits later at a lower revision is found`, async () => {
    const bench = await Bench.open(open);
    const ids = Array.from({ length: 9 }, (_, i) => `m${i}`);
    await bench.advance(at("a"), { turns: [...ids, { messageId: "last", outbox: [send(0)] }] });
    const [first] = await bench.store.pendingSends(bench.scope(), 10);
    expect(first?.revision).toBe(10);
    if (first !== undefined) await bench.store.sent([first]);
    await bench.advance(at("b"), { turns: [{ messageId: "m1", outbox: [send(0)] }] });
    expect((await bench.store.pendingSends(bench.scope(), 10)).map(placeOf)).toEqual(["b:1.0"]);
  });

  test(`${name}: rows are found by partition and name`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: [{ messageId: "m1", outbox: [send(0)] }] });
    const elsewhere = bench.scope().partitions.filter((partition) => partition !== bench.partitionOf(at("a")));
    expect(await bench.store.pendingSends({ partitions: elsewhere, names: ["order"] }, 10)).toEqual([]);
    expect(await bench.store.pendingSends(bench.scope("cart"), 10)).toEqual([]);
    expect(await bench.store.pendingSends(bench.scope("cart", "order"), 10)).toHaveLength(1);
  });
}

const set = (timer: string, delayMs: number, generation = 1) => ({ timer, generation, delayMs });

function timers(name: string, open: OpenStore): void {
  test(`${name}: a timer is due when its delay has passed on the store's clock`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("soon", 800), set("late", 3_600_000)] });
    const early = await bench.store.dueTimers(bench.scope(), 10, 0);
    expect(early.due).toEqual([]);
    expect(early.nextMs).toBeGreaterThan(0);
    expect(early.nextMs).toBeLessThanOrEqual(800);
    await bench.under.pass(810);
    const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 10, 0);
    expect(due).toEqual([{ address: at("a"), timer: "soon", generation: 1, waitMs: 0 }]);
    expect(nextMs).toBeGreaterThan(3_500_000);
  });

  test(`${name}: due timers come oldest first; what the limit left out is next at once`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("b"), { timersSet: [set("third", 3), set("first", 1)] });
    await bench.advance(at("a"), { timersSet: [set("later", 60)] });
    await bench.under.pass(70);
    const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 2, 0);
    expect(due.map(({ timer }) => timer)).toEqual(["first", "third"]);
    expect(nextMs).toBe(0);
    const all = await bench.store.dueTimers(bench.scope(), 3, 0);
    expect(all.due.map(({ timer }) => timer)).toEqual(["first", "third", "later"]);
    expect(all.nextMs).toBeUndefined();
  });

  test(`${name}: a due timer stays until the turn of its firing clears it`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("t", 0)] });
    await bench.under.pass(5);
    expect((await bench.store.dueTimers(bench.scope(), 10, 0)).due).toHaveLength(1);
    expect((await bench.store.dueTimers(bench.scope(), 10, 0)).due).toHaveLength(1);
    await bench.advance(at("a"), { turns: ["timer/t/1"], timersCleared: ["t"] });
    expect(await bench.store.dueTimers(bench.scope(), 10, 0)).toEqual({ due: [], nextMs: undefined });
  });

  test(`${name}: a timer that is set again moves to its new generation and due time`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("t", 0), set("u", 0)] });
    await bench.advance(at("a"), { turns: ["m2"], timersSet: [set("t", 3_600_000, 2), set("u", 0, 2)] });
    await bench.under.pass(5);
    const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 10, 0);
    expect(due).toEqual([{ address: at("a"), timer: "u", generation: 2, waitMs: 0 }]);
    expect(nextMs).toBeGreaterThan(3_500_000);
  });
}

function timerRows(name: string, open: OpenStore): void {
  test(`${name}: clearing a timer that is not armed is nothing; those of other objects stay`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("b"), { timersSet: [set("t", 0)] });
    await bench.advance(at("a"), { timersCleared: ["t", "u"] });
    await bench.under.pass(5);
    expect((await bench.store.dueTimers(bench.scope(), 10, 0)).due).toHaveLength(1);
  });

  test(`${name}: timers of a chain that was not written are not armed, and not cleared`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"), { timersSet: [set("t", 0)] });
    await bench.commit(at("a"), before, { timersCleared: ["t"], timersSet: [set("u", 0)] });
    await bench.under.pass(5);
    expect((await bench.store.dueTimers(bench.scope(), 10, 0)).due.map(({ timer }) => timer)).toEqual(["t"]);
  });

  test(`${name}: a delay of ten years, and one of a fraction of a millisecond, are ordinary`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("far", 10 * 365 * 86_400_000), set("near", 0.25)] });
    await bench.under.pass(5);
    const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 10, 0);
    expect(due.map(({ timer }) => timer)).toEqual(["near"]);
    expect(nextMs).toBeGreaterThan(2 ** 31);
  });

  test(`${name}: timers are found by partition and name`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("t", 0)] });
    await bench.under.pass(5);
    const nothing = { due: [], nextMs: undefined };
    expect(await bench.store.dueTimers(bench.scope("cart"), 10, 0)).toEqual(nothing);
    expect(await bench.store.dueTimers({ partitions: [], names: ["order"] }, 10, 0)).toEqual(nothing);
  });
}

function timersAhead(name: string, open: OpenStore): void {
  test(`${name}: a look ahead also brings what is due soon, with its wait`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { timersSet: [set("now", 0), set("soon", 30_000), set("late", 600_000)] });
    await bench.under.pass(5);
    const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 10, 60_000);
    expect(due.map(({ timer }) => timer)).toEqual(["now", "soon"]);
    expect(due[0]?.waitMs).toBe(0);
    expect(due[1]?.waitMs).toBeGreaterThan(0);
    expect(due[1]?.waitMs).toBeLessThanOrEqual(30_000);
    expect(nextMs).toBeGreaterThan(500_000);
  });

  test(`${name}: a partition that has most of the timers holds up no other, and none of its own is left out`, async () => {
    const bench = await Bench.open(open);
    const many = Array.from({ length: 90 }, (_, i) => set(`t${i}`, i));
    await bench.advance(at("crowded"), { timersSet: many });
    await bench.advance(at("other"), { timersSet: [set("last", 100)] });
    await bench.under.pass(110);
    const seen: string[] = [];
    while (seen.length < 91) {
      const { due, nextMs } = await bench.store.dueTimers(bench.scope(), 30, 0);
      expect(due.length).toBeGreaterThan(0);
      if (seen.length + due.length < 91) expect(nextMs).toBe(0);
      for (const { address, timer } of due) {
        await bench.advance(address, { turns: [`timer/${timer}/1`], timersCleared: [timer] });
        seen.push(timer);
      }
    }
    expect(seen.filter((timer) => timer !== "last")).toEqual(many.map(({ timer }) => timer));
    expect(await bench.store.dueTimers(bench.scope(), 30, 0)).toEqual({ due: [], nextMs: undefined });
  });

  test(`${name}: what a parked or paused object waits for is left out until it is released`, async () => {
    const bench = await Bench.open(open);
    for (const key of ["parked", "paused", "free"]) await bench.advance(at(key), { timersSet: [set("t", 0)] });
    const waiting = async () =>
      (await bench.store.dueTimers(bench.scope(), 10, 0)).due.map(({ address }) => address.key).sort();
    await bench.under.pass(5);
    await bench.store.park(at("parked"), "why");
    await bench.store.pause(at("paused"), "why", "77");
    expect(await waiting()).toEqual(["free"]);
    await bench.store.park(at("parked"), undefined);
    await bench.store.pause(at("paused"), undefined, "78");
    expect(await waiting()).toEqual(["free", "parked", "paused"]);
  });
}

function invocations(name: string, open: OpenStore): void {
  const start = (id: string) => ({ id, actor: "pay", input: `{"id":"${id}"}` });

  test(`${name}: an invocation is pending from the turn that starts it to the turn that ends it`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { invocationsStarted: [start("i1"), start("i2")] });
    const pending = await bench.store.pendingInvocations(bench.scope(), 10);
    expect(pending).toEqual(["i1", "i2"].map((id) => ({ address: at("a"), ...start(id), attempts: 0, waitMs: 0 })));
    await bench.advance(at("a"), { turns: ["result/i1"], invocationsEnded: ["i1", "unknown"] });
    const left = await bench.store.pendingInvocations(bench.scope(), 10);
    expect(left.map(({ id }) => id)).toEqual(["i2"]);
  });

  test(`${name}: a failed attempt is counted and waits; it does not move the revision`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"), { invocationsStarted: [start("i1"), start("i2")] });
    await bench.store.attemptFailed(at("a"), "i1", 2, 60_000, "503 from the bank");
    const [first, second] = await bench.store.pendingInvocations(bench.scope(), 10);
    expect(first).toMatchObject({ id: "i2", attempts: 0, waitMs: 0 });
    expect(second).toMatchObject({ id: "i1", attempts: 2 });
    expect(second?.waitMs).toBeGreaterThan(50_000);
    expect(second?.waitMs).toBeLessThanOrEqual(60_000);
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: a failed attempt of an invocation that has ended is nothing`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { invocationsStarted: [start("i1")] });
    await bench.advance(at("a"), { turns: ["m2"], invocationsEnded: ["i1"] });
    await bench.store.attemptFailed(at("a"), "i1", 1, 0, "late");
    await bench.store.attemptFailed(at("nobody"), "i1", 1, 0, "late");
    expect(await bench.store.pendingInvocations(bench.scope(), 10)).toEqual([]);
  });

  test(`${name}: an invocation that starts and ends in one chain leaves nothing`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { invocationsStarted: [start("i1")], invocationsEnded: ["i1"] });
    expect(await bench.store.pendingInvocations(bench.scope(), 10)).toEqual([]);
  });

  test(`${name}: invocations are found by partition and name, up to the limit`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { invocationsStarted: [start("i1"), start("i2"), start("i3")] });
    expect(await bench.store.pendingInvocations(bench.scope(), 2)).toHaveLength(2);
    expect(await bench.store.pendingInvocations(bench.scope("cart"), 2)).toEqual([]);
  });
}

function links(name: string, open: OpenStore): void {
  const from = (revision: number, idx: number, given: Partial<MessageSource> = {}): MessageSource => {
    return { address: at("sender", "cart"), incarnation: "life-1", revision, idx, ...given };
  };

  test(`${name}: what a link's watermark has passed is a duplicate, under whatever id and however old`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: [{ messageId: "m1", source: from(5, 1) }] });
    const before = await bench.must(at("a"));
    for (const [i, source] of [from(5, 1), from(5, 0), from(4, 9)].entries()) {
      const turns = [{ messageId: `again-${i}`, source, sentAtMs: 0 }];
      expect(await bench.commit(at("a"), before, { turns })).toEqual(["duplicate"]);
    }
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: the next message of a link raises its watermark, over the whole chain`, async () => {
    const bench = await Bench.open(open);
    const turns = [
      { messageId: "m1", source: from(5, 1) },
      { messageId: "m2", source: from(5, 2) },
      { messageId: "m3", source: from(6, 0) },
    ];
    await bench.advance(at("a"), { turns });
    const before = await bench.advance(at("a"), { turns: [{ messageId: "m4", source: from(6, 1) }] });
    const passed = [{ messageId: "x", source: from(6, 1) }];
    expect(await bench.commit(at("a"), before, { turns: passed })).toEqual(["duplicate"]);
    const next = [{ messageId: "x", source: from(7, 0) }];
    expect(await bench.commit(at("a"), before, { turns: next })).toEqual(["committed"]);
  });

  test(`${name}: another sender, another life of the sender and another receiver are other links`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: [{ messageId: "m1", source: from(5, 1) }] });
    const others = [from(1, 0, { incarnation: "life-2" }), from(1, 0, { address: at("other", "cart") })];
    for (const [i, source] of others.entries()) {
      await bench.advance(at("a"), { turns: [{ messageId: `other-${i}`, source }] });
    }
    expect(await bench.commit(at("b"), UNBORN, { turns: [{ messageId: "m1", source: from(1, 0) }] })).toEqual([
      "committed",
    ]);
  });

  test(`${name}: a chain that was not written leaves the watermark where it was`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    const turns = ["m1", { messageId: "m2", source: from(9, 0) }];
    expect(await bench.commit(at("a"), before, { turns })).toEqual(["duplicate", "conflict"]);
    expect(await bench.commit(at("a"), before, { turns: [{ messageId: "m2", source: from(9, 0) }] })).toEqual([
      "committed",
    ]);
  });

  test(`${name}: the watermark goes before mismatch and expired, the fence before it`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"), { turns: [{ messageId: "m1", source: from(5, 1) }] });
    const turns = [{ messageId: "m1", hash: "other", source: from(5, 1), sentAtMs: 0 }];
    expect(await bench.commit(at("a"), before, { turns })).toEqual(["duplicate"]);
    expect(await bench.commit(at("a"), before, { turns, epoch: 2 })).toEqual(["fenced"]);
  });

  test(`${name}: the journal names the sender`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: ["m1", { messageId: "m2", source: from(1, 0) }] });
    const entries = await bench.store.journal(at("a"), 0, 10);
    expect(entries.map(({ source }) => source)).toEqual([undefined, "cart/sender"]);
  });
}
