/** Batches of several hosts over the same objects, in opposite orders: one lock order, so no deadlock. */
import { expect, test } from "vitest";
import { BatchRefusedError } from "../../src/ports/store.ts";
import { at, Bench, UNBORN } from "../conformance/chains.ts";
import { postgresStore } from "./namespace.ts";

const KEYS = Array.from({ length: 24 }, (_, i) => `o${i}`);
const ROUNDS = 60;

test("three hosts with overlapping batches in opposite orders do not deadlock", async () => {
  const bench = await Bench.open(postgresStore);
  const refusals: string[] = [];
  let committed = 0;
  const storm = async (host: string, order: readonly string[]): Promise<void> => {
    const store = bench.under.another();
    for (let round = 0; round < ROUNDS; round++) {
      const bases = await store.load(order.map((key) => at(key)));
      const turns = [`${host}-${round}`];
      const batch = order.map((key, i) => bench.chain(at(key), bases[i] ?? UNBORN, { turns }));
      try {
        const said = (await store.commit(batch)).flat();
        committed += said.filter((outcome) => outcome === "committed").length;
      } catch (error) {
        if (!(error instanceof BatchRefusedError)) throw error;
        refusals.push(error.sqlState);
      }
    }
  };
  const odd = KEYS.filter((_, i) => i % 2 === 1);
  const even = KEYS.filter((_, i) => i % 2 === 0);
  await Promise.all([storm("h1", KEYS), storm("h2", [...KEYS].reverse()), storm("h3", [...odd, ...even])]);
  expect(refusals).toEqual([]);
  const objects = await bench.store.load(KEYS.map((key) => at(key)));
  expect(objects.reduce((sum, object) => sum + (object?.revision ?? 0), 0)).toBe(committed);
});
