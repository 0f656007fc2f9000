/**
 * With many objects no page reads the wide tables as a whole: plans of every statement, on tables of 50,000 objects, may
 * scan the narrow ones (states, invocations), and probe the others by their keys.
 */
import { expect, test } from "vitest";
import type { ObjectsQuery } from "../../src/ports/views.ts";
import * as statements from "../../src/postgres/view-statements.ts";
import * as system from "../../src/postgres/view-system.ts";
import { openNamespace } from "../postgres/namespace.ts";

const SEED = `
  insert into $schema.objects (partition, name, key, revision, tag, base_revision, base_tag, incarnation, status, value,
                               tags, machine_version, history, snapshot, created_at, updated_at, parked)
  select i % 16, 'order', 'k' || i, 1, i, 0, 0, '1', 'active', case when i % 3 = 0 then '"paid"' else '{"unpaid":"open"}' end,
         '{}', '1', '', '{"snapshot":{"context":{"total":' || i || '}}}', now(), now(),
         case when i % 1000 = 0 then '{"reason":"r","since":"2026-01-01T00:00:00Z"}' end
    from generate_series(1, 50000) i;
  insert into $schema.states
  select partition, name, key, status, value, tags, machine_version, updated_at from $schema.objects;
  insert into $schema.journal (partition, name, key, revision, message_id, hash, kind, event, view, history, epoch, committed_at)
  select partition, name, key, 1, 'm', '', 'create', '{}', '{}', '', 1, now() from $schema.objects;
  insert into $schema.timers select partition, name, key, 't', 1, now() + interval '1 hour' from $schema.objects;
  insert into $schema.invocations (partition, name, key, id, actor, input, next_at)
  select partition, name, key, 'i', 'pay', '{}', now() from $schema.objects where revision = 1 limit 2000;
  analyze $schema.objects; analyze $schema.states; analyze $schema.journal; analyze $schema.timers;
  analyze $schema.invocations; analyze $schema.outbox`;

const ANY: ObjectsQuery = {
  ...{ name: undefined, path: undefined, tag: undefined, condition: undefined, flag: undefined, status: undefined },
  ...{ version: undefined, stuck: undefined, prefix: undefined, where: [], after: undefined, limit: 51 },
};
const LISTS: Readonly<Record<string, Partial<ObjectsQuery>>> = {
  all: {},
  "one state": { name: "order", path: ["unpaid"] },
  stuck: { name: "order", stuck: [{ path: ["unpaid"], forMs: 3_600_000 }] },
  parked: { condition: "parked" },
  waiting: { name: "order", condition: "waiting" },
  flag: { flag: "running" },
  prefix: { prefix: "k49" },
  "a field": { name: "order", where: [{ path: ["total"], is: ">", value: "49900" }] },
  "a later page": { name: "order", after: { name: "order", key: "k3" } },
};

test("no view scans objects, journal or timers, whatever it filters by", async () => {
  const { postgres } = await openNamespace();
  const { pool, schema } = postgres;
  await pool.query(SEED.replaceAll("$schema", schema));
  const one = [1, "order", "k1"];
  const asked: Record<string, { readonly text: string; readonly values: unknown[] }> = {
    totals: { text: statements.totals(schema), values: [] },
    counts: { text: statements.counts(schema), values: ["order"] },
    object: { text: statements.readObject(schema), values: one },
    incoming: { text: statements.readIncoming(schema), values: ["order/k1", 200] },
    turns: { text: statements.readTurns(schema), values: [...one, 100, 0, 200] },
    trails: { text: statements.readTrails(schema), values: [...one, 100, 500] },
    moves: { text: system.readMoves(schema), values: ["order", 3_600_000, 300, 30] },
    payloads: { text: system.readPayloads(schema), values: ["order", "PAY", "k7", 300, 30] },
    parked: { text: system.waiting.parked(schema), values: [2_000] },
    timers: { text: system.readTimers(schema), values: [null, 50] },
    messages: { text: system.readMessages(schema), values: [] },
    unsent: { text: system.readUnsent(schema), values: [] },
  };
  for (const [name, filter] of Object.entries(LISTS)) {
    asked[`objects: ${name}`] = statements.findObjects(schema, { ...ANY, ...filter }, 10_000);
  }
  const scans: string[] = [];
  for (const [name, { text, values }] of Object.entries(asked)) {
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    for (const [, table = ""] of plan.matchAll(/Seq Scan on (\w+)/g)) {
      if (["objects", "journal"].includes(table)) scans.push(`${name}: ${table}`);
    }
  }
  expect(scans).toEqual([]);
});
