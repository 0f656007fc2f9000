/**
 * The plans of the commit are made once a session, here on nearly empty tables, and kept: they must probe whole keys,
 * which is right at every size. What another plan would use, the server counts.
 */
import { expect, test } from "vitest";
import { at, Bench } from "../conformance/chains.ts";
import { eventually } from "../support/eventually.ts";
import { postgresStore } from "./namespace.ts";

test("a commit planned on nearly empty tables probes whole keys", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  const { pool, schema } = under.postgres;
  const tables = ["objects", "journal", "timers", "invocations", "links", "outbox", "partitions"];
  const next = (i: number) => ({
    turns: [{ messageId: `m${i}`, source: { address: at("s"), incarnation: "1", revision: i + 1, idx: 0 } }],
    timersSet: [{ timer: `t${i}`, generation: i + 1, delayMs: 60_000 }],
    timersCleared: [`t${i - 1}`],
    invocationsStarted: [{ id: `i${i}`, actor: "pay", input: "{}" }],
    invocationsEnded: [`i${i - 1}`],
  });
  await bench.advance(at("a"), next(0));
  await pool.query(tables.map((table) => `analyze ${schema}.${table}`).join("; "));
  for (let i = 1; i <= 20; i++) await bench.advance(at("a"), next(i));
  const used = await eventually(async () => {
    const { rows } = await pool.query<{ indexrelname: string }>(
      "select indexrelname from pg_stat_user_indexes where schemaname = $1 and idx_scan >= 20",
      [schema.slice(1, -1)],
    );
    const names = rows.map((row) => row.indexrelname);
    expect(names).toContain("journal_partition_name_key_message_id_key");
    return names;
  });
  const wrong = ["timers_by_due", "objects_by_name", "journal_pkey", "outbox_pkey"];
  expect(used.filter((name) => wrong.includes(name))).toEqual([]);
});
