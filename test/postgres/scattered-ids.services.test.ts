/**
 * The index of message ids must grow at its end. Where each object's ids had a place of their own, a turn needed a page of
 * its own, and load grew slower with every object: pages fell out of Postgres' memory, and were half empty.
 */
import { expect, test } from "vitest";
import { systemRandom } from "../../src/clock/system.ts";
import { at, Bench, UNBORN } from "../conformance/chains.ts";
import { postgresStore } from "./namespace.ts";

const OBJECTS = 300;
const ROUNDS = 40;
/** An entry took 78 bytes where pages fill up one after the other, 95 where each object has its own. */
const MAX_ENTRY_BYTES = 86;

test("the ids of many objects' turns fill one page of their index after the other", async () => {
  const under = await postgresStore();
  const bench = await Bench.open(async () => under);
  const addresses = Array.from({ length: OBJECTS }, (_, i) => at(`o${i}`));
  let bases = addresses.map(() => UNBORN);
  for (let round = 0; round < ROUNDS; round++) {
    const chains = addresses.map((address, i) =>
      bench.chain(address, bases[i] ?? UNBORN, { turns: [systemRandom.uuid()] }),
    );
    expect(new Set((await bench.store.commit(chains)).flat())).toEqual(new Set(["committed"]));
    bases = chains.map(({ base, tag }) => ({ revision: base.revision + 1, tag }));
  }
  const { rows } = await under.postgres.pool.query<{ bytes: number }>("select pg_relation_size($1)::int as bytes", [
    `${under.postgres.schema}.journal_by_message`,
  ]);
  expect((rows[0]?.bytes ?? Number.NaN) / (OBJECTS * ROUNDS)).toBeLessThan(MAX_ENTRY_BYTES);
});
