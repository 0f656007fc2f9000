/** Stores, part five: what operators do. Pauses, the audit, and the lists of what waits for them. See `store.ts`. */
import { expect, test } from "vitest";
import type { AuditRecord, ListQuery } from "../../src/ports/store.ts";
import { at, Bench, freshTag, type OpenStore } from "./chains.ts";

const EVERYTHING: ListQuery = {
  name: undefined,
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 100,
};
const PARKED: ListQuery = { ...EVERYTHING, parked: true };
const PAUSED: ListQuery = { ...EVERYTHING, paused: true };
const keysOf = async (bench: Bench, query: ListQuery): Promise<readonly string[]> =>
  (await bench.store.list(query)).map(({ key }) => key);

const record = (orderId: string, given: Partial<AuditRecord> = {}): AuditRecord => ({
  orderId,
  verb: "pause",
  object: "order",
  key: "a",
  by: "ann",
  reason: "ticket 7",
  before: { status: "active", value: "open", revision: 1 },
  after: null,
  result: "unknown",
  ...given,
});

export function storeOperators(name: string, open: OpenStore): void {
  test(`${name}: a pause moves the tag and not the revision, so that what was computed before it conflicts`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    const tag = freshTag();
    await bench.store.pause(at("a"), "why", tag);
    expect(await bench.load(at("a"))).toEqual({ ...before, paused: "why", tag });
    expect(await bench.commit(at("a"), before, { turns: ["m2"] })).toEqual(["conflict"]);
    await bench.advance(at("a"), { turns: ["m3"] });
    expect(await bench.load(at("a"))).toMatchObject({ revision: 2, paused: "why" });
    await bench.store.pause(at("a"), undefined, freshTag());
    expect(await bench.load(at("a"))).toMatchObject({ revision: 2, paused: undefined });
    await bench.store.pause(at("nobody"), "why", freshTag());
    expect(await bench.load(at("nobody"))).toBeUndefined();
  });

  test(`${name}: paused objects are a list of their own, as long as they live`, async () => {
    const bench = await Bench.open(open);
    for (const key of ["a", "b", "c", "d"]) await bench.advance(at(key));
    for (const key of ["d", "b", "a"]) await bench.store.pause(at(key), `why ${key}`, freshTag());
    await bench.store.park(at("c"), "why");
    await bench.advance(at("b"), { turns: ["m2"], status: "done" });
    expect(await keysOf(bench, PAUSED)).toEqual(["a", "d"]);
    expect((await bench.store.list(PAUSED))[0]).toMatchObject({ paused: "why a", parked: undefined });
    expect(await keysOf(bench, { ...PAUSED, after: at("a"), limit: 1 })).toEqual(["d"]);
    expect(await keysOf(bench, PARKED)).toEqual(["c"]);
    expect(await keysOf(bench, EVERYTHING)).toEqual(["a", "b", "c", "d"]);
  });

  test(`${name}: the list of what is parked holds live states tagged so, and no object that was killed`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { tags: ["compensation", "parked"] });
    await bench.advance(at("b"), { tags: ["parked"], status: "done" });
    await bench.advance(at("c"), { tags: ["parked"], status: "stopped" });
    await bench.advance(at("d"), { status: "stopped" });
    await bench.store.park(at("d"), "why");
    await bench.advance(at("e"), { status: "done" });
    await bench.store.park(at("e"), "why");
    await bench.advance(at("f"), { tags: ["forward"] });
    expect(await keysOf(bench, PARKED)).toEqual(["a", "e"]);
    await bench.advance(at("a"), { turns: ["m2"], tags: ["compensation"] });
    expect(await keysOf(bench, PARKED)).toEqual(["e"]);
    await bench.advance(at("f"), { turns: ["m2"], tags: ["parked"] });
    expect(await keysOf(bench, PARKED)).toEqual(["e", "f"]);
    const outbox = [{ idx: 0, kind: "send" as const, target: "stock/1", body: "{}" }];
    await bench.advance(at("f"), { turns: [{ messageId: "m3", outbox }], tags: ["parked"] });
    await bench.store.parkSend({ address: at("f"), revision: 3, idx: 0 }, "refused");
    expect((await bench.store.list(PARKED)).map(({ key, parkedSends }) => [key, parkedSends])).toEqual([
      ["e", 0],
      ["f", 1],
    ]);
    expect(await keysOf(bench, { ...PARKED, after: at("e"), limit: 1 })).toEqual(["f"]);
    expect(await keysOf(bench, { ...PARKED, status: "active", matches: "open" })).toEqual(["f"]);
  });
  storeAudit(name, open);
}

function storeAudit(name: string, open: OpenStore): void {
  test(`${name}: an order is audited once; its end replaces an unknown one and nothing else`, async () => {
    const bench = await Bench.open(open);
    const after = { status: "active", value: "open", revision: 1, paused: "ann: ticket 7" } as const;
    await bench.store.audit(record("o-1"));
    const [begun] = await bench.store.audits({ object: undefined, key: undefined, before: undefined, limit: 9 });
    expect(begun).toMatchObject({ orderId: "o-1", after: null, result: "unknown" });
    await bench.store.audit(record("o-1", { after, result: "done", by: "bob" }));
    await bench.store.audit(record("o-1", { result: "unknown" }));
    await bench.store.audit(record("o-1", { result: "unchanged" }));
    const entries = await bench.store.audits({ object: "order", key: "a", before: undefined, limit: 9 });
    expect(entries).toEqual([{ ...begun, after, result: "done" }]);
    expect(Math.abs(Date.parse(begun?.at ?? "") - (await bench.under.nowMs()))).toBeLessThan(60_000);
  });

  test(`${name}: the audit is read newest first, page by page, of all objects, of one name or of one key`, async () => {
    const bench = await Bench.open(open);
    for (const [i, key] of ["a", "b", "a", "c"].entries()) await bench.store.audit(record(`o-${i}`, { key }));
    await bench.store.audit(record("o-4", { object: "stock" }));
    const read = async (query: Partial<Parameters<typeof bench.store.audits>[0]>) =>
      bench.store.audits({ object: undefined, key: undefined, before: undefined, limit: 2, ...query });
    const first = await read({});
    expect(first.map(({ orderId }) => orderId)).toEqual(["o-4", "o-3"]);
    const second = await read({ before: first.at(-1)?.seq });
    expect(second.map(({ orderId }) => orderId)).toEqual(["o-2", "o-1"]);
    expect((await read({ object: "order", limit: 9 })).map(({ key }) => key)).toEqual(["c", "a", "b", "a"]);
    expect((await read({ object: "order", key: "a", limit: 9 })).map(({ orderId }) => orderId)).toEqual(["o-2", "o-0"]);
    expect(await read({ object: "nobody" })).toEqual([]);
  });
}
