/** The page of messages counts what arrived and what waits as the tables have it, and names who has the oldest. */
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { rig } from "./rig.ts";

test("ways between objects are counted by name, what waits stands with its sender, the deepest first", async () => {
  const { client, inspector, sql } = await rig();
  expect(await inspector.messages()).toMatchObject({ ways: [], backlogs: [], isCut: false });
  await Promise.all(["a", "b"].map((key) => client.object("account", key).create({ balance: 100 })));
  await client.object("transfer", "t-1").create({ from: "a", to: "b", amount: 5 });
  await client.object("transfer", "t-1").waitFor({ status: "done" });
  await eventually(async () => {
    const { ways, backlogs } = await inspector.messages();
    const way = (from: string, to: string) => ways.find((one) => one.from === from && one.to === to);
    expect(way("transfer", "account")).toMatchObject({ kind: "object", pairs: 2, waiting: 0, parked: 0 });
    expect(way("transfer", "account")?.lastAt).toBeDefined();
    expect(backlogs).toEqual([]);
  });

  const parked = `'{"reason":"refused"}'`;
  await sql(`
    insert into $schema.outbox (partition, name, key, revision, idx, incarnation, kind, target, body, parked)
    select partition, name, key, 1, 100 + n, '1', 'send', case when n < 3 then 'account/b' else 'nobody/x' end, '{}', ${parked}
      from $schema.objects, generate_series(1, 3) n where name = 'transfer'
    union all
    select partition, name, key, 1, 100, '1', 'action', 'mail', '{}', ${parked} from $schema.objects where name = 'account' and key = 'a'`);
  const { ways, backlogs } = await inspector.messages();
  expect(ways).toContainEqual(
    expect.objectContaining({ from: "transfer", to: "account", pairs: 2, waiting: 2, parked: 2 }),
  );
  expect(ways).toContainEqual(expect.objectContaining({ from: "transfer", to: "nobody", pairs: 0, waiting: 1 }));
  expect(ways).toContainEqual(expect.objectContaining({ from: "account", kind: "action", to: "mail", waiting: 1 }));
  expect(backlogs.map(({ object, waiting }) => [object, waiting])).toEqual([
    ["transfer/t-1", 3],
    ["account/a", 1],
  ]);
  const [{ created_at: createdAt } = { created_at: new Date(0) }] = await sql<{ created_at: Date }>(
    "select created_at from $schema.objects where name = 'transfer'",
  );
  expect(backlogs[0]?.oldestAt).toBe(createdAt.toISOString());
});
