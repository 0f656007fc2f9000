/** Stores, part five: what may go after a time. See `store.ts`. */
import { expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { at, Bench, type OpenStore } from "./chains.ts";

const HOUR_MS = 3_600_000;

const revisions = async (bench: Bench, of: Address): Promise<number[]> =>
  (await bench.store.journal(of, 0, 1_000)).map(({ revision }) => revision);

/** Slice by slice over the partition of the object, to its end. Answers the rows removed. */
async function pruneAll(bench: Bench, of: Address, keepMs: number): Promise<number> {
  let removed = 0;
  let after: Address | undefined;
  for (let step = 0; step < 100; step++) {
    const pruned = await bench.store.prune(bench.partitionOf(of), after, keepMs);
    removed += pruned.removed;
    if (pruned.isMore) continue;
    if (pruned.next === undefined) return removed;
    after = pruned.next;
  }
  throw new Error("pruning does not end");
}

export function storePruning(name: string, open: OpenStore): void {
  oldRows(name, open);
  bounds(name, open);
}

function oldRows(name: string, open: OpenStore): void {
  test(`${name}: old journal rows go, but never an object's last one`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: ["m1", "m2"] });
    await bench.advance(at("a"), { turns: ["m3"] });
    await bench.advance(at("b"), { turns: ["m1"] });
    expect(await pruneAll(bench, at("a"), 0)).toBe(2);
    expect(await revisions(bench, at("a"))).toEqual([3]);
    expect(await revisions(bench, at("b"))).toEqual([1]);
    expect((await bench.must(at("a"))).revision).toBe(3);
  });

  test(`${name}: rows younger than the retention stay, and answer a repeated message`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"), { turns: ["m1", "m2"] });
    expect(await pruneAll(bench, at("a"), HOUR_MS)).toBe(0);
    expect(await revisions(bench, at("a"))).toEqual([1, 2]);
    expect(await bench.commit(at("a"), await bench.must(at("a")), { turns: ["m1"] })).toEqual(["duplicate"]);
  });

  test(`${name}: a long journal and many objects go in slices, to the end`, async () => {
    const bench = await Bench.open(open);
    const ids = Array.from({ length: 64 }, (_, i) => `m${i}`);
    for (let round = 0; round < 10; round++) {
      await bench.advance(at("long"), { turns: ids.map((id) => `${round}.${id}`) });
    }
    const partition = bench.partitionOf(at("long"));
    const beside = Array.from({ length: 4_000 }, (_, i) => at(`k${i}`)).filter(
      (of) => bench.partitionOf(of) === partition,
    );
    expect(beside.length).toBeGreaterThan(200);
    await bench.store.commit(beside.map((of) => bench.chain(of, { revision: 0, tag: "0" }, { turns: ["m1", "m2"] })));
    expect(await pruneAll(bench, at("long"), 0)).toBe(639 + beside.length);
    expect(await revisions(bench, at("long"))).toEqual([640]);
  });
}

function bounds(name: string, open: OpenStore): void {
  test(`${name}: another partition is not touched`, async () => {
    const bench = await Bench.open(open);
    const other = Array.from({ length: 100 }, (_, i) => at(`k${i}`)).find(
      (of) => bench.partitionOf(of) !== bench.partitionOf(at("a")),
    );
    if (other === undefined) throw new Error("all keys are in one partition");
    await bench.advance(other, { turns: ["m1", "m2"] });
    await bench.advance(at("a"), { turns: ["m1", "m2"] });
    await pruneAll(bench, at("a"), 0);
    expect(await revisions(bench, other)).toEqual([1, 2]);
  });

  test(`${name}: a link that was idle for as long is forgotten, a fresh one is not`, async () => {
    const bench = await Bench.open(open);
    const source = { address: at("s"), incarnation: "life-1", revision: 7, idx: 0 };
    await bench.advance(at("a"), { turns: [{ messageId: "m1", source }, "m2"] });
    const repeated = { turns: [{ messageId: "other", source }] };
    await pruneAll(bench, at("a"), HOUR_MS);
    expect(await bench.commit(at("a"), await bench.must(at("a")), repeated)).toEqual(["duplicate"]);
    await pruneAll(bench, at("a"), 0);
    expect(await bench.commit(at("a"), await bench.must(at("a")), repeated)).toEqual(["committed"]);
  });
}
