/** Stores, part four: what is parked, what heartbeats leave, and messages of every kind. See `store.ts`. */
import { expect, test } from "vitest";
import type { ListQuery, OutboxRow } from "../../src/ports/store.ts";
import { at, Bench, type OpenStore } from "./chains.ts";

const KINDS: readonly OutboxRow["kind"][] = ["send", "ask", "create", "result", "emit", "action"];
const row = (idx: number, kind: OutboxRow["kind"] = "send"): OutboxRow => ({
  idx,
  kind,
  target: "stock/1",
  body: "{}",
});
const EVERYTHING: ListQuery = {
  name: undefined,
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 100,
};

export function storeParking(name: string, open: OpenStore): void {
  test(`${name}: outgoing rows of every kind come back as they went`, async () => {
    const bench = await Bench.open(open);
    const outbox = KINDS.map((kind, i) => row(i, kind));
    await bench.advance(at("a"), { turns: [{ messageId: "m1", outbox }] });
    const pending = await bench.store.pendingSends(bench.scope(), 10);
    expect(pending.map(({ kind }) => kind)).toEqual(KINDS);
  });

  test(`${name}: a parked row stays pending and says why, until it is released or removed`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: [{ messageId: "m1", outbox: [row(0), row(1)] }] });
    const place = { address: at("a"), revision: 1, idx: 0 };
    await bench.store.parkSend(place, '{"reason":"refused"}');
    const why = async () => (await bench.store.pendingSends(bench.scope(), 10)).map(({ parked }) => parked);
    expect(await why()).toEqual(['{"reason":"refused"}', undefined]);
    await bench.store.parkSend(place, undefined);
    expect(await why()).toEqual([undefined, undefined]);
    await bench.store.sent([place]);
    await bench.store.parkSend(place, "late");
    await bench.store.parkSend({ ...place, address: at("nobody") }, "late");
    expect(await why()).toEqual([undefined]);
  });

  test(`${name}: the list of what is parked holds parked objects and objects with parked rows`, async () => {
    const bench = await Bench.open(open);
    for (const key of ["a", "b", "c"]) {
      await bench.advance(at(key), { turns: [{ messageId: "m1", outbox: [row(0), row(1)] }] });
    }
    await bench.store.park(at("a"), "why");
    for (const idx of [0, 1]) await bench.store.parkSend({ address: at("b"), revision: 1, idx }, "refused");
    const parked = await bench.store.list({ ...EVERYTHING, parked: true });
    expect(parked.map(({ key, parked: why, parkedSends }) => [key, why, parkedSends])).toEqual([
      ["a", "why", 0],
      ["b", undefined, 2],
    ]);
    expect(await bench.store.list({ ...EVERYTHING, parked: false })).toHaveLength(3);
    expect(await bench.store.list({ ...EVERYTHING, parked: true, prefix: "b" })).toHaveLength(1);
  });

  test(`${name}: parking an object moves neither its revision nor its tag`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"), {});
    await bench.store.park(at("a"), "why");
    expect(await bench.load(at("a"))).toEqual({ ...before, parked: "why" });
    await bench.advance(at("a"), { turns: ["m2"] });
    expect(await bench.load(at("a"))).toMatchObject({ revision: 2, parked: "why" });
    await bench.store.park(at("a"), undefined);
    expect((await bench.load(at("a")))?.parked).toBeUndefined();
  });

  test(`${name}: a heartbeat holds the next attempt back and keeps what it says`, async () => {
    const bench = await Bench.open(open);
    const started = { id: "i1", actor: "pay", input: "{}" };
    await bench.advance(at("a"), { invocationsStarted: [started] });
    const look = async () => (await bench.store.pendingInvocations(bench.scope(), 10))[0];
    expect(await look()).toMatchObject({ waitMs: 0 });
    expect((await look())?.heartbeat).toBeUndefined();
    await bench.store.heartbeat(at("a"), "i1", 60_000, '{"done":3}');
    expect((await look())?.waitMs).toBeGreaterThan(50_000);
    await bench.store.heartbeat(at("a"), "i1", 0, undefined);
    expect(await look()).toMatchObject({ heartbeat: '{"done":3}', attempts: 0, waitMs: 0 });
    await bench.advance(at("a"), { turns: ["m2"], invocationsEnded: ["i1"] });
    await bench.store.heartbeat(at("a"), "i1", 0, "late");
    expect(await look()).toBeUndefined();
  });
}
