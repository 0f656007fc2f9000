/**
 * The number on a state, the list that it leads to and a plain count are the same at every moment, while objects move.
 * Moments are snapshots of the database: every statement of one transaction sees the same one.
 */

import pg from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { countsView } from "../../src/inspector/population.ts";
import { objectsQuery } from "../../src/inspector/query.ts";
import { schemaOf } from "../../src/postgres/pool.ts";
import { countedState, type FoundColumns, type StateColumns } from "../../src/postgres/view-rows.ts";
import { counts, findObjects } from "../../src/postgres/view-statements.ts";
import { type Rig, rig } from "./rig.ts";

const CITIES = ["Rome", "Nowhere", "Atlantis", "Constantinople"];
const ITEMS = [["Netflix"], ["Hulu", "Disney"], ["Paramount", "Disney"], ["HBO"]];

/** Trips and subscriptions that succeed, fail, are tried again and park, until it is told to stop. */
function load({ client }: Rig): () => Promise<void> {
  let isOver = false;
  const one = async (worker: number): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      const key = `w${worker}-${i}`;
      await client.object("trip", key).create({ traveler: "ann", to: CITIES[i % CITIES.length] });
      await client.object("streaming", key).create({ userId: "u", items: ITEMS[i % ITEMS.length] });
      if (i % 3 === 0) await client.object("order", key).create({ total: i + 1 });
      if (i % 6 === 0) await client.object("order", key).pause({ by: "test", reason: "load" });
    }
  };
  const running = Promise.all([0, 1, 2, 3].map(one));
  running.catch(() => undefined); // it is awaited in the end
  return async () => {
    isOver = true;
    await running;
  };
}

/** Compares at one moment; answers the number of states. */
async function compare(under: Rig, session: pg.Client, name: string): Promise<number> {
  const schema = schemaOf(under.namespace);
  const machine = under.inspector.machines.get(name);
  const found = await session.query<StateColumns>(counts(schema), [name]);
  const groups = found.rows.filter(({ count }) => count !== null).map((row) => countedState(name, row));
  const view = countsView(name, "", groups, machine);
  const listed = async (filter: object): Promise<number> => {
    const query = objectsQuery({ name, ...filter }, under.inspector.machines);
    const { text, values } = findObjects(schema, { ...query, after: undefined, limit: 5 }, 10_000);
    return (await session.query<FoundColumns>(text, values)).rows[0]?.total ?? -1;
  };
  for (const [state, { total, parked, retrying }] of Object.entries(view.states)) {
    expect(await listed({ state }), state).toBe(total);
    expect(await listed({ state, flag: "parked" }), state).toBe(parked);
    expect(await listed({ state, flag: "retrying" }), state).toBe(retrying);
  }
  for (const [condition, count] of Object.entries(view.conditions)) {
    expect(await listed({ condition }), `${name} ${condition}`).toBe(count);
  }
  for (const [flag, count] of Object.entries(view.flags)) expect(await listed({ flag }), flag).toBe(count);
  const plain = await session.query<{ value: string; count: number }>(
    `select value, count(*)::int as count from ${schema}.objects where name = $1 group by value`,
    [name],
  );
  for (const { value, count } of plain.rows.filter((row) => !row.value.includes(","))) {
    expect(view.states[machine.activeIn(JSON.parse(value))?.at(-1) ?? ""]?.total, value).toBe(count);
  }
  expect(view.total).toBe(plain.rows.reduce((all, { count }) => all + count, 0));
  return Object.keys(view.states).length;
}

test("the badge of each state, its list and a plain count agree at every moment under load", async () => {
  const under = await rig();
  const session = new pg.Client(inject("postgresUrl"));
  await session.connect();
  onTestFinished(() => session.end());
  const stop = load(under);
  let compared = 0;
  try {
    for (let round = 0; round < 6; round++) {
      await session.query("begin isolation level repeatable read read only");
      for (const name of ["trip", "streaming", "order"]) compared += await compare(under, session, name);
      await session.query("commit");
    }
  } finally {
    await stop();
  }
  expect(compared).toBeGreaterThan(30);
});
