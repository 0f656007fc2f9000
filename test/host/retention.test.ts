import { expect, test } from "vitest";
import { counter, rig } from "./rig.ts";

const ADD = { type: "ADD", amount: 1 } as const;

test("the journal is shortened to its retention, and the object goes on as if nothing had happened", async () => {
  const { host, client, run, clock } = rig();
  const { counters } = await host({ options: { journalMs: 60_000 } });
  const c1 = client.object(counter, "c1");
  for (let i = 0; i < 3; i++) await run(c1.send(ADD));
  await clock.advance(150_000);
  const late = await run(c1.send(ADD));
  expect(late).toMatchObject({ revision: 4, context: { count: 4 } });
  const entries = await run(c1.journal());
  expect(entries.map(({ revision }) => revision)).toEqual([3, 4]);
  expect(counters.get("journal.removed")).toBe(2);
});

test("an object that was created long ago says that it exists, also to a repeated create", async () => {
  const { host, client, run, clock } = rig();
  await host({ options: { journalMs: 60_000 } });
  const c1 = client.object(counter, "c1");
  await run(c1.create());
  await run(c1.send(ADD));
  await clock.advance(150_000);
  await expect(run(c1.create())).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
});
