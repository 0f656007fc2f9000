/**
 * The plans of the commit are made once a session, here on nearly empty tables, and kept: they must probe whole keys,
 * which is right at every size. What another plan would use, the server counts.
 */
import { expect, test } from "vitest";
import { at, Bench } from "../conformance/chains.ts";
import { counted } from "./counted.ts";
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
  const used = await counted(bench, async () => {
    const { rows } = await pool.query<{ indexrelname: string }>(
      "select indexrelname from pg_stat_user_indexes where schemaname = $1 and idx_scan >= 20",
      [schema.slice(1, -1)],
    );
    const names = rows.map((row) => row.indexrelname);
    expect(names).toContain("journal_by_message");
    return names;
  });
  const wrong = ["timers_by_due", "objects_by_name", "journal_pkey", "outbox_pkey"];
  expect(used.filter((name) => wrong.includes(name))).toEqual([]);
});

/** Of all objects but one, and of that one. */
const [FEW, MANY] = [3, 5_000];
const ASKED = 200;

test("a message id is looked for by its own index, however many turns the object has and whatever the statistics say", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  const { pool, schema } = under.postgres;
  await bench.advance(at("a"), { turns: [{ messageId: "m0" }] });
  const { rows } = await pool.query(`select partition, name from ${schema}.objects`);
  const [{ partition, name }] = rows;
  const fill = (keys: string, turns: number): Promise<unknown> =>
    pool.query(`insert into ${schema}.journal (partition, name, key, revision, message_id, hash, kind, event, view, history,
                                               epoch, committed_at)
                select partition, '${name}', key, -turn, repeat('x', 90) || gen_random_uuid(), '', 'event', '{}', '{}', '',
                       1, now()
                  from (${keys}) as keys, generate_series(1, ${turns}) as turn`);
  // a key says its partition, which the planner does not know: it takes both together for rarer than they are
  await fill("select i % 16 as partition, 'k' || i as key from generate_series(1, 3000) as i", FEW);
  await fill(`select ${partition} as partition, 'a' as key`, MANY);
  await pool.query(`analyze ${schema}.journal`);
  const readBefore = await readOfJournal();
  for (let i = 1; i <= 20; i++) await bench.advance(at("a"), { turns: [{ messageId: `m${i}` }] });
  for (let i = 1; i <= ASKED; i++) await under.store.replies([{ address: at("a"), messageId: `m${i % 20}` }]);
  // more than the turns beside can add up to: the counts of those who asked must be among them
  await counted(bench, async () =>
    expect((await readOfJournal()).scans - readBefore.scans).toBeGreaterThanOrEqual(20 + ASKED),
  );
  expect((await readOfJournal()).rows - readBefore.rows).toBeLessThan(MANY);

  async function readOfJournal(): Promise<{ readonly scans: number; readonly rows: number }> {
    const read = await pool.query(
      `select sum(idx_scan)::int as scans, sum(idx_tup_read)::int as rows from pg_stat_user_indexes
        where schemaname = $1 and relname = 'journal'`,
      [schema.slice(1, -1)],
    );
    return read.rows[0];
  }
});
