/**
 * What leases must do: the specification of `src/ports/leases.ts`. Every implementation passes it.
 *
 * Each test opens a namespace of its own. A lease that must not expire within a test is a minute long.
 */
import { expect, onTestFinished, test } from "vitest";
import type { HostRecord, Leases } from "../../src/ports/leases.ts";

export interface LeasesUnderTest {
  readonly leases: Leases;
  /** The leases as another host has them, of the same or another group. */
  another(group?: string): Leases;
  /** Lets time pass on the store's clock. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a namespace with 8 partitions. */
export type OpenLeases = () => Promise<LeasesUnderTest>;

const MINUTE_MS = 60_000;
const SHORT_MS = 150;
const host = (id: string): HostRecord => ({ id, objects: ["order", "cart"], label: `label of ${id}` });
const held = (...pairs: [number, number][]): Map<number, number> => new Map(pairs);
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

export function leasesConformance(name: string, openLeases: OpenLeases): void {
  const open = async (): Promise<LeasesUnderTest> => {
    const under = await openLeases();
    onTestFinished(() => under.close());
    return under;
  };
  taking(name, open);
  beating(name, open);
  leaving(name, open);
}

function taking(name: string, open: OpenLeases): void {
  test(`${name}: the partition count is the namespace's`, async () => {
    const { leases } = await open();
    expect(leases.partitions).toBe(8);
  });

  test(`${name}: a free partition is taken with epoch 1, and by one host only`, async () => {
    const { leases, another } = await open();
    expect(await leases.take("h1", [0, 1, 2], MINUTE_MS)).toEqual(held([0, 1], [1, 1], [2, 1]));
    expect(await another().take("h2", [2, 3], MINUTE_MS)).toEqual(held([3, 1]));
    expect(await leases.take("h1", [0], MINUTE_MS)).toEqual(held());
    expect(await leases.take("h1", [], MINUTE_MS)).toEqual(held());
  });

  test(`${name}: partitions outside of the namespace cannot be taken`, async () => {
    const { leases } = await open();
    expect(await leases.take("h1", [-1, 7, 8, 1_000], MINUTE_MS)).toEqual(held([7, 1]));
  });

  test(`${name}: of ten who take at once, each partition goes to exactly one`, async () => {
    const { another } = await open();
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    const takes = Array.from({ length: 10 }, (_, i) => {
      return another().take(`h${i}`, i % 2 === 0 ? all : [...all].reverse(), MINUTE_MS);
    });
    const taken = (await Promise.all(takes)).flatMap((mine) => [...mine.keys()]);
    expect(sorted(taken)).toEqual(all);
  });

  test(`${name}: an expired lease is taken with the next epoch`, async () => {
    const { leases, another, pass } = await open();
    await leases.take("h1", [0, 1], SHORT_MS);
    await pass(SHORT_MS + 10);
    expect(await another().take("h2", [0], MINUTE_MS)).toEqual(held([0, 2]));
    expect(await leases.take("h1", [0, 1], MINUTE_MS)).toEqual(held([1, 2]));
  });

  test(`${name}: groups have leases and hosts of their own`, async () => {
    const { leases, another } = await open();
    const other = another("billing");
    await leases.take("h1", [0], MINUTE_MS);
    expect(await other.take("h2", [0], MINUTE_MS)).toEqual(held([0, 1]));
    const view = await other.beat(host("h2"), held([0, 1]), MINUTE_MS);
    expect(view.hosts.map(({ id }) => id)).toEqual(["h2"]);
    expect(view.owners).toEqual(new Map([[0, "h2"]]));
  });
}

function beating(name: string, open: OpenLeases): void {
  test(`${name}: a beat renews what is held and leaves the epoch alone`, async () => {
    const { leases, another, pass } = await open();
    await leases.take("h1", [0, 1], SHORT_MS);
    const { kept } = await leases.beat(host("h1"), held([0, 1], [1, 1]), MINUTE_MS);
    expect(sorted(kept)).toEqual([0, 1]);
    await pass(SHORT_MS + 10);
    expect(await another().take("h2", [0, 1], MINUTE_MS)).toEqual(held());
    const again = await leases.beat(host("h1"), held([0, 1]), MINUTE_MS);
    expect(sorted(again.kept)).toEqual([0]);
  });

  test(`${name}: an expired lease that nobody took is renewed under its epoch`, async () => {
    const { leases, another, pass } = await open();
    await leases.take("h1", [0], SHORT_MS);
    await pass(SHORT_MS + 10);
    const before = await another().beat(host("h2"), held(), MINUTE_MS);
    expect(before.owners).toEqual(new Map());
    const { kept, owners } = await leases.beat(host("h1"), held([0, 1]), MINUTE_MS);
    expect([sorted(kept), owners]).toEqual([[0], new Map([[0, "h1"]])]);
  });

  test(`${name}: after a takeover a beat keeps nothing, whatever the epoch it names`, async () => {
    const { leases, another, pass } = await open();
    await leases.take("h1", [0, 1], SHORT_MS);
    await pass(SHORT_MS + 10);
    await another().take("h2", [0], MINUTE_MS);
    const { kept, owners } = await leases.beat(host("h1"), held([0, 1], [1, 1]), MINUTE_MS);
    expect(sorted(kept)).toEqual([1]);
    expect(owners).toEqual(
      new Map([
        [0, "h2"],
        [1, "h1"],
      ]),
    );
    expect((await leases.beat(host("h1"), held([0, 2], [5, 1]), MINUTE_MS)).kept.size).toBe(0);
    expect((await another().beat(host("h2"), held([0, 2]), MINUTE_MS)).kept.size).toBe(1);
  });

  test(`${name}: a beat tells the live hosts, this one included, and their definitions`, async () => {
    const { leases, another, pass } = await open();
    expect((await leases.beat(host("h1"), held(), MINUTE_MS)).hosts).toEqual([host("h1")]);
    await another().beat(host("h2"), held(), 5 * SHORT_MS);
    const moved = { ...host("h1"), objects: [], label: "moved" };
    expect((await leases.beat(moved, held(), MINUTE_MS)).hosts).toEqual([moved, host("h2")]);
    await pass(5 * SHORT_MS + 10);
    expect((await leases.beat(host("h1"), held(), MINUTE_MS)).hosts).toEqual([host("h1")]);
  });
}

function leaving(name: string, open: OpenLeases): void {
  test(`${name}: what is released is free at once, and its next owner has the next epoch`, async () => {
    const { leases, another } = await open();
    await leases.take("h1", [0, 1], MINUTE_MS);
    await leases.release("h1", held([0, 1]));
    expect((await leases.beat(host("h1"), held([0, 1], [1, 1]), MINUTE_MS)).kept).toEqual(new Set([1]));
    expect(await another().take("h2", [0, 1], MINUTE_MS)).toEqual(held([0, 2]));
  });

  test(`${name}: nobody releases what another holds, nor an epoch that has passed`, async () => {
    const { leases, another } = await open();
    await leases.take("h1", [0, 1], MINUTE_MS);
    await another().release("h2", held([0, 1]));
    await leases.release("h1", held([1, 7]));
    await leases.release("h1", held());
    expect(await another().take("h2", [0, 1], MINUTE_MS)).toEqual(held());
  });

  test(`${name}: a host that leaves is gone from the group and its leases are free`, async () => {
    const { leases, another } = await open();
    const other = another();
    await leases.beat(host("h1"), held(), MINUTE_MS);
    await leases.take("h1", [0, 1], MINUTE_MS);
    await other.take("h2", [2], MINUTE_MS);
    await leases.leave("h1");
    const view = await other.beat(host("h2"), held([2, 1]), MINUTE_MS);
    expect(view.hosts).toEqual([host("h2")]);
    expect(view.owners).toEqual(new Map([[2, "h2"]]));
    expect(await other.take("h2", [0, 1], MINUTE_MS)).toEqual(held([0, 2], [1, 2]));
    await leases.leave("h1");
  });
}
