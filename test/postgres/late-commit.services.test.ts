/**
 * A commit that is held up: it must take effect as if it had come when it was released, or not at all.
 *
 * Another session holds the row's lock; `untilWaiting` returns once the commit stands in the lock's queue.
 */
import type pg from "pg";
import { expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/postgres/pool.ts";
import { PostgresStore } from "../../src/postgres/store.ts";
import { at, Bench } from "../conformance/chains.ts";
import { eventually } from "../support/eventually.ts";
import { openSession, postgresStore, postgresUrl } from "./namespace.ts";

interface Scene {
  readonly bench: Bench;
  readonly postgres: Postgres;
  readonly namespace: string;
  /** Holds the lock of one row until it ends its transaction. */
  readonly holder: pg.Client;
}

async function open(): Promise<Scene> {
  const { namespace, postgres, ...under } = await postgresStore();
  const bench = await Bench.open(async () => under);
  return { bench, postgres, namespace, holder: await openSession() };
}

async function lock({ holder, postgres }: Scene, key: string): Promise<void> {
  await holder.query("begin");
  await holder.query(`select from ${postgres.schema}.objects where key = $1 for update`, [key]);
}

/** Until `count` commits stand in a lock queue. */
async function untilWaiting({ postgres }: Scene, count = 1): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await postgres.pool.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1",
      [`%${postgres.schema}.commit_turns%`],
    );
    return rowCount === count;
  });
}

test("the lease moves while a commit waits: it is fenced, its neighbour in another partition commits", async () => {
  const scene = await open();
  const { bench, holder } = scene;
  const [slow, free] = [at("slow"), at("neighbour")];
  expect(bench.partitionOf(slow)).not.toBe(bench.partitionOf(free));
  const before = await bench.advance(slow);
  await lock(scene, "slow");
  const waiting = bench.store.commit([
    bench.chain(slow, before, { turns: ["late"] }),
    bench.chain(free, { revision: 0, tag: "0" }),
  ]);
  await untilWaiting(scene);
  await bench.takeOver(slow);
  await holder.query("commit");
  expect(await waiting).toEqual([["fenced"], ["committed"]]);
  expect(await bench.load(slow)).toEqual(before);
});

test("the new owner commits while the old owner's commit waits: one of them is in, never both", async () => {
  const scene = await open();
  const { bench, holder } = scene;
  const before = await bench.advance(at("a"));
  await lock(scene, "a");
  const old = bench.store.commit([bench.chain(at("a"), before, { turns: ["old"] })]);
  await untilWaiting(scene);
  await bench.takeOver(at("a"));
  const next = bench.under.another().commit([bench.chain(at("a"), before, { turns: ["new"], epoch: 2 })]);
  await untilWaiting(scene, 2);
  await holder.query("commit");
  expect([await old, await next]).toEqual([[["fenced"]], [["committed"]]]);
  expect((await bench.store.journal(at("a"), 0, 9)).map(({ messageId }) => messageId)).toEqual(["m1", "new"]);
});

test("the row moves while a commit waits, under the same epoch: conflict, its neighbour commits", async () => {
  const scene = await open();
  const { bench, holder, postgres } = scene;
  const [a, b] = [await bench.advance(at("a")), await bench.advance(at("b"))];
  await lock(scene, "a");
  const chains = [bench.chain(at("a"), a, { turns: ["m2"] }), bench.chain(at("b"), b, { turns: ["m2"] })];
  const waiting = bench.store.commit(chains);
  await untilWaiting(scene);
  await holder.query(`update ${postgres.schema}.objects set revision = revision + 1, tag = 5 where key = 'a'`);
  await holder.query("commit");
  expect(await waiting).toEqual([["conflict"], ["committed"]]);
});

test("the connection dies while the commit waits: a read finds nothing, the retry is a duplicate", async () => {
  const scene = await open();
  const { bench, holder, namespace } = scene;
  const before = await bench.advance(at("a"));
  await lock(scene, "a");
  const dying = await openPostgres(postgresUrl(), { namespace, queryTimeoutMs: 150 });
  const lost = new PostgresStore(dying).commit([bench.chain(at("a"), before, { turns: ["m2", "m3"] })]);
  await expect(lost).rejects.toThrow("timeout");
  const retry = bench.store.commit([bench.chain(at("a"), before, { turns: ["m2"] })]);
  await untilWaiting(scene, 2);
  const asked = [{ address: at("a"), messageId: "m2" }];
  expect(await bench.store.replies(asked)).toEqual([undefined]);
  await holder.query("commit");
  expect(await retry).toEqual([["duplicate"]]);
  expect(await bench.must(at("a"))).toMatchObject({ revision: 3, snapshot: `{"after":3}` });
  await dying.close();
});

test("after an unknown outcome the lane opens a new connection and goes on", async () => {
  const scene = await open();
  const { bench, holder, namespace } = scene;
  const before = await bench.advance(at("a"));
  await lock(scene, "a");
  const postgres = await openPostgres(postgresUrl(), { namespace, queryTimeoutMs: 1_000 });
  const store = new PostgresStore(postgres);
  await expect(store.commit([bench.chain(at("a"), before, { turns: ["m2"] })])).rejects.toThrow("timeout");
  expect(await store.commit([bench.chain(at("b"), { revision: 0, tag: "0" })])).toEqual([["committed"]]);
  await holder.query("rollback");
  await postgres.close();
});

test("a killed backend is an unknown outcome, not a refusal", async () => {
  const scene = await open();
  const { bench, holder, postgres } = scene;
  const before = await bench.advance(at("a"));
  await lock(scene, "a");
  const killed = bench.store.commit([bench.chain(at("a"), before, { turns: ["m2"] })]).catch((error: unknown) => error);
  await untilWaiting(scene);
  await postgres.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and query like $1",
    [`%${postgres.schema}.commit_turns%`],
  );
  expect((await killed) as Error).toMatchObject({ name: "error", code: "57P01" });
  await holder.query("rollback");
  expect(await bench.commit(at("a"), before, { turns: ["m2"] })).toEqual(["committed"]);
});

test("a commit that waits longer than the lock timeout fails by itself and writes nothing", async () => {
  const scene = await open();
  const { bench, holder } = scene;
  const before = await bench.advance(at("a"));
  await lock(scene, "a");
  const waiting = bench.commit(at("a"), before, { turns: ["m2"] });
  await expect(waiting).rejects.toMatchObject({ code: "55P03" });
  await holder.query("rollback");
  expect(await bench.load(at("a"))).toEqual(before);
});
