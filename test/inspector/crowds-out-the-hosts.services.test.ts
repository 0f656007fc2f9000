/** However many pages are open, the inspector holds two connections of its own, and gives an answer where Postgres gives none. */
import { expect, inject, test } from "vitest";
import { PostgresViews } from "../../src/postgres/views.ts";
import { rig } from "./rig.ts";

test("forty readers at once share two connections under their own name, opened with the first read", async () => {
  const { inspector, client, sql, namespace } = await rig();
  const connections = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
        where application_name = 'stator-inspector' and query like '%' || $1 || '%'`,
      [namespace],
    );
    return row?.count ?? -1;
  };
  expect(await connections()).toBe(0);
  await client.object("counter", "c1").send({ type: "ADD", amount: 1 });
  const readers = Array.from({ length: 40 }, async (_, i) => {
    await inspector.overview();
    return inspector.objects({ name: "counter", q: `c${i % 3}` }, undefined, 10);
  });
  const pages = await Promise.all(readers);
  expect(pages.map(({ total }) => total).filter((total) => total === 1).length).toBeGreaterThan(10);
  const most = await connections();
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(2);
});

test("where Postgres does not answer, or the namespace is not there, a read is refused as one that may be tried again", async () => {
  const nowhere = new PostgresViews({ url: "postgres://nobody@127.0.0.1:1/nothing", namespace: "default" });
  const unknown = new PostgresViews({ url: inject("postgresUrl"), namespace: "never-made" });
  for (const views of [nowhere, unknown]) {
    const refused = expect.objectContaining({ code: "UNAVAILABLE", retryable: true });
    await expect(views.totals()).rejects.toEqual(refused);
    await expect(views.object({ name: "a", key: "b" })).rejects.toEqual(refused);
    await views.close();
  }
});
