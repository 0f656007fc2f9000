/** What waits for an operator is found by an index of its own, which costs turns nothing that set other tags. */
import { expect, test } from "vitest";
import { at, Bench, freshTag } from "../conformance/chains.ts";
import { eventually } from "../support/eventually.ts";
import { counted } from "./counted.ts";
import { postgresStore } from "./namespace.ts";

const LIST = {
  name: undefined,
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 100,
};

test("the lists of parked and of paused objects scan no table of 100,000 objects", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  const { pool, schema } = under.postgres;
  await pool.query(`
    insert into ${schema}.objects (partition, name, key, revision, tag, base_revision, base_tag, incarnation, status,
                                   value, tags, machine_version, history, snapshot, created_at, updated_at)
    select i % 8, 'order', 'k' || i, 1, i, 0, 0, 'life', 'active', '"open"', array['forward'], '1', '', '{}', now(), now()
      from generate_series(1, 100000) i`);
  await pool.query(`analyze ${schema}.objects`);
  await bench.advance(at("by-tag"), { tags: ["parked"] });
  await bench.advance(at("by-host"));
  await bench.store.park(at("by-host"), "why");
  await bench.advance(at("by-row"), {
    turns: [{ messageId: "m1", outbox: [{ idx: 0, kind: "send", target: "stock/1", body: "{}" }] }],
  });
  await bench.store.parkSend({ address: at("by-row"), revision: 1, idx: 0 }, "refused");
  await bench.advance(at("paused"));
  await bench.store.pause(at("paused"), "why", freshTag());
  const readBefore = await objectsRead(under.postgres);
  for (let i = 0; i < 10; i++) {
    const parked = await bench.store.list({ ...LIST, parked: true });
    expect(parked.map(({ key }) => key)).toEqual(["by-host", "by-row", "by-tag"]);
    expect((await bench.store.list({ ...LIST, paused: true })).map(({ key }) => key)).toEqual(["paused"]);
  }
  const { scans, rows } = await eventually(async () => {
    const read = await objectsRead(under.postgres);
    expect(read.scans - readBefore.scans).toBeGreaterThanOrEqual(20);
    return { scans: read.scans - readBefore.scans, rows: read.rows - readBefore.rows };
  });
  expect(scans).toBeGreaterThanOrEqual(20);
  expect(rows).toBeLessThan(1_000);
});

/** Index scans, and rows read by any scan, of the table of objects. */
async function objectsRead({ pool, schema }: Awaited<ReturnType<typeof postgresStore>>["postgres"]) {
  const { rows } = await pool.query<{ scans: string; rows: string }>(
    `select idx_scan as scans, seq_tup_read + coalesce(idx_tup_fetch, 0) as rows from pg_stat_user_tables
      where schemaname = $1 and relname = 'objects'`,
    [schema.slice(1, -1)],
  );
  return { scans: Number(rows[0]?.scans), rows: Number(rows[0]?.rows) };
}

test("of 300 updates that change the tags nearly all are HOT", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  let base = await bench.advance(at("hot"));
  for (let i = 0; i < 300; i++) {
    const chain = bench.chain(at("hot"), base, {
      turns: [`n${i}`],
      tags: [["forward"], ["compensation"]][i % 2] ?? [],
    });
    expect(await bench.store.commit([chain])).toEqual([["committed"]]);
    base = { ...base, revision: base.revision + 1, tag: chain.tag };
  }
  const hot = await counted(bench, async () => {
    const { rows } = await under.postgres.pool.query<{ updates: string; hot: string }>(
      "select n_tup_upd as updates, n_tup_hot_upd as hot from pg_stat_user_tables where schemaname = $1 and relname = 'objects'",
      [under.postgres.schema.slice(1, -1)],
    );
    expect(Number(rows[0]?.updates)).toBeGreaterThanOrEqual(300);
    return Number(rows[0]?.hot);
  });
  expect(hot).toBeGreaterThanOrEqual(285);
});
