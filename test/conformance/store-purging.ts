/** Stores, part six: objects that were purged. The tombstone, what is cleared beside it, and its end. See `store.ts`. */
import { expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { NOTHING_LEFT, viewText } from "../../src/core/message.ts";
import type { ListQuery, OutboxRow, StoredObject } from "../../src/ports/store.ts";
import { at, Bench, type OpenStore, UNBORN } from "./chains.ts";

const HORIZON_MS = 1_500;
const TOMBSTONE = { status: "purged", value: "null", isStateChanged: false, snapshot: `{"purged":{}}` } as const;
const PURGE = {
  messageId: "order/p",
  kind: "purged",
  event: `{"by":"ann","reason":"ticket 7"}`,
  view: viewText(NOTHING_LEFT),
};
const EVERYTHING: ListQuery = {
  name: undefined,
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 100,
};

async function purged(bench: Bench, of: Address, outbox: readonly OutboxRow[] = []): Promise<StoredObject> {
  await bench.advance(of, { turns: ["m1", { messageId: "m2", outbox }], status: "done", isStateChanged: true });
  return bench.advance(of, { turns: [PURGE], ...TOMBSTONE });
}

const prune = (bench: Bench, of: Address, keepMs = 3_600_000) =>
  bench.store.prune(bench.partitionOf(of), undefined, keepMs);

async function pruneAll(bench: Bench, of: Address): Promise<void> {
  for (let step = 0; step < 20; step++) if (!(await prune(bench, of)).isMore) return;
  throw new Error("pruning does not end");
}

export function storePurging(name: string, open: OpenStore): void {
  clearing(name, open);
  burying(name, open);
  bornAgain(name, open);
}

function clearing(name: string, open: OpenStore): void {
  test(`${name}: of a purged object the content goes, and ids, hashes and revisions stay`, async () => {
    const bench = await Bench.open(open);
    const tombstone = await purged(bench, at("a"));
    await bench.store.park(at("a"), "why");
    await bench.store.clear(at("a"));
    const entries = await bench.store.journal(at("a"), 0, 9);
    expect(
      entries.map(({ revision, messageId, event, context, trail }) => [revision, messageId, event, context, trail]),
    ).toEqual([
      [1, "m1", null, null, undefined],
      [2, "m2", null, null, undefined],
      [3, "order/p", { by: "ann", reason: "ticket 7" }, null, expect.anything()],
    ]);
    expect(await bench.store.replies([{ address: at("a"), messageId: "m2" }])).toMatchObject([
      { revision: 2, hash: "hash of m2" },
    ]);
    expect(await bench.load(at("a"))).toEqual({ ...tombstone, parked: undefined });
    expect(await bench.commit(at("a"), tombstone, { turns: ["m1"], ...TOMBSTONE })).toEqual(["duplicate"]);
    const other = { messageId: "m1", hash: "another" };
    expect(await bench.commit(at("a"), tombstone, { turns: [other], ...TOMBSTONE })).toEqual(["mismatch"]);
  });

  test(`${name}: an object that is not purged keeps its content`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { status: "done" });
    await bench.store.park(at("a"), "why");
    const before = [await bench.load(at("a")), await bench.store.journal(at("a"), 0, 9)];
    expect(await bench.store.clear(at("a"))).toBe(false);
    expect(await bench.store.clear(at("nobody"))).toBe(false);
    expect([await bench.load(at("a")), await bench.store.journal(at("a"), 0, 9)]).toEqual(before);
  });

  test(`${name}: a timer and an invocation that the object had forgotten go as well`, async () => {
    const bench = await Bench.open(open);
    const timersSet = [{ timer: "t", generation: 1, delayMs: 0 }];
    const invocationsStarted = [{ id: "i", actor: "charge", input: "{}" }];
    await bench.advance(at("a"), { turns: ["m0"], timersSet, invocationsStarted });
    await bench.advance(at("a"), { turns: [PURGE], ...TOMBSTONE });
    await bench.store.clear(at("a"));
    expect(await bench.store.dueTimers(bench.scope(), 9, 0)).toEqual({ due: [], nextMs: undefined });
    expect(await bench.store.pendingInvocations(bench.scope(), 9)).toEqual([]);
  });

  laterClearing(name, open);
}

function laterClearing(name: string, open: OpenStore): void {
  test(`${name}: purged objects are listed only under their status`, async () => {
    const bench = await Bench.open(open);
    await purged(bench, at("a"));
    await bench.advance(at("b"));
    const keys = async (query: Partial<ListQuery>) =>
      (await bench.store.list({ ...EVERYTHING, ...query })).map(({ key }) => key);
    expect(await keys({})).toEqual(["b"]);
    expect(await keys({ name: "order" })).toEqual(["b"]);
    expect(await keys({ status: "purged" })).toEqual(["a"]);
    expect(await keys({ status: "done" })).toEqual([]);
    expect(await keys({ parked: true })).toEqual([]);
  });

  test(`${name}: the host that purged died before it cleared: the next look of the retention does`, async () => {
    const bench = await Bench.open(open);
    await purged(bench, at("a"));
    await pruneAll(bench, at("a"));
    const [first] = await bench.store.journal(at("a"), 0, 9);
    expect(first).toMatchObject({ revision: 1, messageId: "m1", event: null, context: null });
    expect(await prune(bench, at("a"))).toMatchObject({ removed: 0, isMore: false });
  });

  test(`${name}: a long journal is cleared in bounded steps, to the end`, async () => {
    const bench = await Bench.open(open);
    for (let round = 0; round < 40; round++) {
      const ids = Array.from({ length: 64 }, (_, i) => `${round}.${i}`);
      await bench.advance(at("a"), { turns: ids, status: "done" });
    }
    await bench.advance(at("a"), { turns: [PURGE], ...TOMBSTONE });
    let steps = 1;
    while (await bench.store.clear(at("a"))) steps++;
    expect(steps).toBeLessThan(4);
    const entries = await bench.store.journal(at("a"), 0, 10_000);
    expect(entries.filter(({ event }) => event !== null).map(({ messageId }) => messageId)).toEqual(["order/p"]);
    expect(entries).toHaveLength(2_561);
  });
}

function burying(name: string, open: OpenStore): void {
  test(`${name}: the tombstone stays until the horizon has passed; then nothing is left of the object`, async () => {
    const bench = await Bench.open(open, { horizonMs: HORIZON_MS });
    const source = { address: at("s"), incarnation: "life-1", revision: 7, idx: 0 };
    await bench.advance(at("a"), { turns: [{ messageId: "m0", source }], isStateChanged: true });
    await purged(bench, at("a"));
    await pruneAll(bench, at("a"));
    expect(await bench.load(at("a"))).toMatchObject({ status: "purged", revision: 4 });
    await bench.under.pass(HORIZON_MS + 50);
    await pruneAll(bench, at("a"));
    expect(await bench.load(at("a"))).toBeUndefined();
    expect(await bench.store.journal(at("a"), 0, 9)).toEqual([]);
    expect(await bench.store.list({ ...EVERYTHING, status: "purged" })).toEqual([]);
    expect(await bench.commit(at("a"), UNBORN, { turns: [{ messageId: "m0", source }] })).toEqual(["committed"]);
  });

  test(`${name}: the tombstone stays while something of it is in the outbox`, async () => {
    const bench = await Bench.open(open, { horizonMs: HORIZON_MS });
    const row = { idx: 0, kind: "send" as const, target: "stock/1", body: "{}" };
    await purged(bench, at("a"), [row]);
    await bench.under.pass(HORIZON_MS + 50);
    await pruneAll(bench, at("a"));
    expect(await bench.load(at("a"))).toMatchObject({ status: "purged" });
    expect(await bench.store.pendingSends(bench.scope(), 9)).toMatchObject([{ address: at("a"), body: "{}" }]);
    await bench.store.sent([{ address: at("a"), revision: 2, idx: 0 }]);
    await pruneAll(bench, at("a"));
    expect(await bench.load(at("a"))).toBeUndefined();
  });

  test(`${name}: an object that has ended and was not purged is not touched by the horizon`, async () => {
    const bench = await Bench.open(open, { horizonMs: HORIZON_MS });
    await bench.advance(at("a"), { status: "stopped" });
    await bench.under.pass(HORIZON_MS + 50);
    await pruneAll(bench, at("a"));
    expect(await bench.load(at("a"))).toMatchObject({ status: "stopped", revision: 1 });
  });
}

function bornAgain(name: string, open: OpenStore): void {
  test(`${name}: a zombie that remembers the revision of the old life is refused by the tag`, async () => {
    const bench = await Bench.open(open, { horizonMs: HORIZON_MS });
    const zombie = await bench.advance(at("a"), { turns: ["m1", "m2", "m3"], status: "done" });
    await bench.advance(at("a"), { turns: [PURGE], ...TOMBSTONE });
    expect(await bench.commit(at("a"), zombie, { turns: ["late"] })).toEqual(["conflict"]);
    await bench.under.pass(HORIZON_MS + 50);
    await pruneAll(bench, at("a"));
    expect(await bench.commit(at("a"), zombie, { turns: ["late"] })).toEqual(["conflict"]);
    const reborn = await bench.advance(at("a"), { turns: ["n1", "n2", "n3"], incarnation: "life-2" });
    expect(reborn.revision).toBe(zombie.revision);
    expect(await bench.commit(at("a"), zombie, { turns: ["late"] })).toEqual(["conflict"]);
    expect(await bench.load(at("a"))).toEqual(reborn);
  });
}
