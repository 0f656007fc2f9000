/**
 * 2,000 objects are born through the product; the other 198,000 are copies of rows it wrote, with the partition that
 * their key hashes to. What is measured is the host: it must not know how many objects there are.
 */
import { setTimeout } from "node:timers/promises";
import { expect, inject, test } from "vitest";
import { partitionOf } from "../../src/core/address.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { ask, Database, rawNats } from "../support/raw.ts";

const FEW = 2_000;
const MANY = 200_000;
const PARTITIONS = 256;
const MEGABYTE = 1024 * 1024;

test("200,000 idle objects cost a host no more memory than 2,000", async () => {
  const namespace = freshNamespace("idle");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, partitions: PARTITIONS };
  const nats = await rawNats(servers.natsUrl);
  const database = new Database(servers.postgresUrl, namespace);
  const born = await spawnHost({ ...setup, options: { maxActivations: 500 } });
  /** Refused because too many wait: nothing has changed, it comes again. */
  const add = async (key: string): ReturnType<typeof ask> => {
    const answer = await ask(nats, `stator.${namespace}.send.counter.${key}`, { type: "ADD", amount: 1 });
    if (answer.json.error?.code !== "OVERLOADED") return answer;
    await setTimeout(answer.json.error.details.retryAfterMs);
    return add(key);
  };
  for (let i = 0; i < FEW; i += 200) {
    await Promise.all(Array.from({ length: 200 }, (_, j) => add(`k${i + j}`)));
  }
  expect((await born.stats()).activations).toBeLessThanOrEqual(500); // the others were evicted
  expect(await born.stop()).toBe(0);

  /** Memory of a fresh host after it has worked on twenty objects, and its slowest answer. */
  const measure = async (objects: number): Promise<{ rss: number; heapUsed: number; slowestMs: number }> => {
    const host = await spawnHost(setup);
    let slowestMs = 0;
    for (let i = 0; i < 20; i++) {
      const key = `k${Math.floor(Math.random() * objects)}`;
      const startedMs = performance.now();
      const { json } = await ask(nats, `stator.${namespace}.get.counter.${key}`);
      const { revision, context } = json;
      const sent = await add(key);
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      expect(sent.json).toMatchObject({ ok: true, revision: revision + 1, context: { count: context.count + 1 } });
    }
    const { rss, heapUsed, activations } = await host.stats();
    expect(activations).toBeLessThanOrEqual(20);
    expect(await host.stop()).toBe(0);
    return { rss, heapUsed, slowestMs };
  };

  const few = await measure(FEW);
  const keys = Array.from({ length: MANY - FEW }, (_, i) => `k${FEW + i}`);
  const partitions = keys.map((key) => partitionOf({ name: "counter", key }, PARTITIONS));
  const [given] = await database.rows<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
      where attrelid = '$schema.objects'::regclass and attnum > 0 and attgenerated = ''`,
  );
  await database.rows(
    `insert into $schema.objects (${given?.columns})
     select ${given?.columns} from (select o from $schema.objects o where revision = 1 limit 1) first,
            unnest($1::int[], $2::text[]) as c(of_partition, of_key),
            jsonb_populate_record(first.o, jsonb_build_object('partition', c.of_partition, 'key', c.of_key)) made`,
    [partitions, keys],
  );
  const [stored] = await database.rows<{ n: number }>("select count(*)::int as n from $schema.objects");
  expect(stored?.n).toBe(MANY);
  const many = await measure(MANY);

  say("idle-objects", {
    few: { rssMb: few.rss / MEGABYTE, heapMb: few.heapUsed / MEGABYTE, slowestMs: few.slowestMs },
    many: { rssMb: many.rss / MEGABYTE, heapMb: many.heapUsed / MEGABYTE, slowestMs: many.slowestMs },
  });
  expect(many.heapUsed - few.heapUsed).toBeLessThan(2 * MEGABYTE);
  expect(many.rss - few.rss).toBeLessThan(12 * MEGABYTE);
  expect(many.slowestMs).toBeLessThan(1_000);
}, 60_000);
