/** Updates of an object stay within their page (HOT): no index on what changes with each turn. */
import { expect, test } from "vitest";
import { at, Bench } from "../conformance/chains.ts";
import { counted } from "./counted.ts";
import { postgresStore } from "./namespace.ts";

test("of 1,000 updates of one object nearly all are HOT", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  const snapshot = JSON.stringify({ context: "x".repeat(500) });
  let base = await bench.advance(at("hot"), { snapshot });
  for (let i = 0; i < 1_000; i++) {
    const chain = bench.chain(at("hot"), base, { turns: [`n${i}`], snapshot, value: i % 2 === 0 ? `"a"` : `"b"` });
    expect(await bench.store.commit([chain])).toEqual([["committed"]]);
    base = { ...base, revision: base.revision + 1, tag: chain.tag };
  }
  const counts = await counted(bench, async () => {
    const { rows } = await under.postgres.pool.query<{ updates: string; hot: string }>(
      "select n_tup_upd as updates, n_tup_hot_upd as hot from pg_stat_user_tables where schemaname = $1 and relname = 'objects'",
      [under.postgres.schema.slice(1, -1)],
    );
    expect(Number(rows[0]?.updates)).toBeGreaterThanOrEqual(1_000);
    return rows[0];
  });
  expect(Number(counts?.hot)).toBeGreaterThanOrEqual(950);
});
