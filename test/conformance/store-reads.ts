/** Stores, part three: what can be read, and parking. See `store.ts`. */
import { expect, test } from "vitest";
import { viewText } from "../../src/core/message.ts";
import { trailOf } from "../../src/core/trail.ts";
import type { ListQuery } from "../../src/ports/store.ts";
import { at, Bench, type OpenStore, turn, UNBORN } from "./chains.ts";

export function storeReads(name: string, open: OpenStore): void {
  objects(name, open);
  journals(name, open);
  lists(name, open);
}

function objects(name: string, open: OpenStore): void {
  test(`${name}: objects are loaded in the order asked, undefined where there is none`, async () => {
    const bench = await Bench.open(open);
    for (const key of ["a", "b", "c"]) await bench.advance(at(key));
    const found = await bench.store.load([at("c"), at("nobody"), at("a"), at("b"), at("c")]);
    expect(found.map((object) => object?.address.key)).toEqual(["c", undefined, "a", "b", "c"]);
    expect(await bench.store.load([])).toEqual([]);
  });

  test(`${name}: keys are told apart byte by byte and kept as they are`, async () => {
    const bench = await Bench.open(open);
    const keys = ["é", "e\u0301", "A", "a", "a/b", "a b", "*.>", "🙂", `"quoted\\"`, "{a,b}", "null"];
    await bench.store.commit(keys.map((key) => bench.chain(at(key), UNBORN, { snapshot: JSON.stringify(key) })));
    const found = await bench.store.load(keys.map((key) => at(key)));
    expect(found.map((object) => object?.snapshot)).toEqual(keys.map((key) => JSON.stringify(key)));
  });

  test(`${name}: an object is parked with its reason until it is released; its state and tag stay`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    await bench.store.park(at("a"), "snapshot cannot be restored");
    expect(await bench.load(at("a"))).toEqual({ ...before, parked: "snapshot cannot be restored" });
    const after = await bench.advance(at("a"), { turns: ["m2"] });
    expect(after.parked).toBe("snapshot cannot be restored");
    await bench.store.park(at("a"), undefined);
    expect(await bench.load(at("a"))).toEqual({ ...after, parked: undefined });
    await bench.store.park(at("nobody"), "nothing to park");
    expect(await bench.load(at("nobody"))).toBeUndefined();
  });
}

function journals(name: string, open: OpenStore): void {
  test(`${name}: stored answers come back in the order asked, with revision, hash and the same bytes`, async () => {
    const bench = await Bench.open(open);
    const view = `{"status":"active","value":"open","tags":[],"context":{"a": 1.50},"output":null}`;
    await bench.advance(at("a"), { turns: ["m1", { messageId: "m2", view }] });
    const asked = [
      { address: at("a"), messageId: "m2" },
      { address: at("a"), messageId: "unknown" },
      { address: at("nobody"), messageId: "m2" },
      { address: at("a"), messageId: "m1" },
    ];
    const [second, ...rest] = await bench.store.replies(asked);
    expect(second).toEqual({ revision: 2, hash: "hash of m2", view });
    expect(rest.map((reply) => reply?.revision)).toEqual([undefined, undefined, 1]);
    expect(await bench.store.replies([])).toEqual([]);
  });

  test(`${name}: the journal has no gaps, rises and comes in pages`, async () => {
    const bench = await Bench.open(open);
    for (let i = 0; i < 4; i++) await bench.advance(at("a"), { turns: [`m${i}a`, `m${i}b`, `m${i}c`] });
    const seen: number[] = [];
    for (let page = await bench.store.journal(at("a"), 0, 5); page.length > 0; ) {
      seen.push(...page.map(({ revision }) => revision));
      page = await bench.store.journal(at("a"), seen.at(-1) ?? 0, 5);
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(await bench.store.journal(at("nobody"), 0, 5)).toEqual([]);
  });

  test(`${name}: an entry tells message, state after the turn, epoch and time`, async () => {
    const bench = await Bench.open(open);
    const view = viewText({ status: "done", value: { a: "b" }, tags: ["x"], context: { n: 1 }, output: [2] });
    const event = `{"type":"PAY","amount":3}`;
    await bench.advance(at("a"), { turns: [{ messageId: "m1", kind: "create", event, view }] });
    const [entry] = await bench.store.journal(at("a"), 0, 5);
    const { committedAt, ...rest } = entry ?? { committedAt: "" };
    expect(rest).toEqual({
      revision: 1,
      messageId: "m1",
      kind: "create",
      event: { type: "PAY", amount: 3 },
      status: "done",
      value: { a: "b" },
      tags: ["x"],
      context: { n: 1 },
      output: [2],
      source: undefined,
      epoch: 1,
      trail: trailOf(turn("m1").trail),
    });
    expect(Math.abs(Date.parse(committedAt) - (await bench.under.nowMs()))).toBeLessThan(60_000);
  });
}

const EVERYTHING: ListQuery = {
  name: undefined,
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 100,
};

function lists(name: string, open: OpenStore): void {
  const listed = async (bench: Bench, query: Partial<ListQuery>): Promise<string[]> => {
    const found = await bench.store.list({ ...EVERYTHING, ...query });
    return found.map(({ object, key }) => `${object}/${key}`);
  };

  test(`${name}: a summary tells what the last turn left`, async () => {
    const bench = await Bench.open(open);
    const tags = ["busy", `a "b" \\ {c}, d`, ""];
    await bench.advance(at("a"), { status: "done", value: `{"a":"b"}`, tags });
    await bench.store.park(at("a"), "why");
    const [summary] = await bench.store.list(EVERYTHING);
    const { updatedAt, ...rest } = summary ?? { updatedAt: "" };
    const object = { object: "order", key: "a", revision: 1, status: "done", value: { a: "b" }, tags, parked: "why" };
    expect(rest).toEqual({ ...object, parkedSends: 0 });
    expect(Math.abs(Date.parse(updatedAt) - (await bench.under.nowMs()))).toBeLessThan(60_000);
  });

  test(`${name}: the list is by name and key, by bytes, in pages`, async () => {
    const bench = await Bench.open(open);
    const sorted = [at("Z", "cart"), at("B"), at("a"), at("é"), at("\uffee"), at("🙂")];
    await bench.store.commit([...sorted].reverse().map((address) => bench.chain(address, UNBORN)));
    const all = sorted.map((address) => `${address.name}/${address.key}`);
    expect(await listed(bench, {})).toEqual(all);
    expect(await listed(bench, { limit: 2 })).toEqual(all.slice(0, 2));
    expect(await listed(bench, { limit: 3, after: sorted[1] })).toEqual(all.slice(2, 5));
    expect(await listed(bench, { name: "order", after: sorted[4] })).toEqual(all.slice(5));
    expect(await listed(bench, { after: sorted[5] })).toEqual([]);
  });

  test(`${name}: a state matches itself and what is inside it`, async () => {
    const bench = await Bench.open(open);
    const values = {
      atomic: `"paid"`,
      parent: `{"shipping":"packed"}`,
      deep: `{"shipping":{"packed":"boxed"}}`,
      parallel: `{"payment":"paid","shipping":"sent"}`,
    };
    await bench.store.commit(Object.entries(values).map(([key, value]) => bench.chain(at(key), UNBORN, { value })));
    const matching = async (matches: string) => (await listed(bench, { matches })).map((address) => address.slice(6));
    expect(await matching("paid")).toEqual(["atomic"]);
    expect(await matching("shipping")).toEqual(["deep", "parallel", "parent"]);
    expect(await matching("shipping.packed")).toEqual(["deep", "parent"]);
    expect(await matching("shipping.packed.boxed")).toEqual(["deep"]);
    expect(await matching("payment.paid")).toEqual(["parallel"]);
    expect(await matching("shipp")).toEqual([]);
    expect(await matching("paid.inside")).toEqual([]);
  });

  test(`${name}: the list is filtered by name, status, tag and prefix, all at once`, async () => {
    const bench = await Bench.open(open);
    await bench.store.commit([
      bench.chain(at("eu-1"), UNBORN, { tags: ["late", "big"] }),
      bench.chain(at("eu-2"), UNBORN, { tags: ["late"], status: "done" }),
      bench.chain(at("us-1"), UNBORN, { tags: ["big"] }),
      bench.chain(at("eu-1", "cart"), UNBORN, { tags: ["late"] }),
      bench.chain(at("e%_1"), UNBORN),
    ]);
    expect(await listed(bench, { name: "cart" })).toEqual(["cart/eu-1"]);
    expect(await listed(bench, { status: "done" })).toEqual(["order/eu-2"]);
    expect(await listed(bench, { tag: "big" })).toEqual(["order/eu-1", "order/us-1"]);
    expect(await listed(bench, { prefix: "eu-" })).toEqual(["cart/eu-1", "order/eu-1", "order/eu-2"]);
    expect(await listed(bench, { prefix: "e%" })).toEqual(["order/e%_1"]);
    const all = { name: "order", status: "active", tag: "late", prefix: "eu", matches: "open" } as const;
    expect(await listed(bench, all)).toEqual(["order/eu-1"]);
  });
}
