/** What stays too long where it is: the warning of an object, the list and the overview say the same. */
import { expect, test } from "vitest";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { describe } from "../../src/inspector/describe.ts";
import { rig } from "./rig.ts";

const meta = { maxDwell: "2h" };
const claim = defineMachine({ context: z.object({}), events: { ASSESS: z.object({}), PAY: z.object({}) } })
  .setup({})
  .createMachine({
    id: "claim",
    context: {},
    initial: "review",
    states: {
      review: {
        meta,
        initial: "fresh",
        states: { fresh: { on: { ASSESS: "assessed" } }, assessed: { on: { PAY: "#claim.paid" } } },
      },
      paid: { type: "final" },
    },
  });
const claimObject = defineObject({ name: "claim", machine: claim });

test("an object longer in a state than its limit is stuck in its verdict, in the list and on the overview; others are not", async () => {
  const { client, inspector, sql } = await rig([claimObject]);
  for (const key of ["old", "new", "paid"]) await client.object("claim", key).send({ type: "ASSESS" });
  await client.object("claim", "paid").send({ type: "PAY" });
  expect((await inspector.overview()).stuck).toEqual([]);
  await sql("update $schema.states set since = since - interval '3 hours' where name = 'claim' and key <> 'new'");

  const { rows, total } = await inspector.objects({ name: "claim", flag: "stuck" }, undefined, 10);
  expect([total, rows.map(({ key }) => key)]).toEqual([1, ["old"]]);
  const text = "Stuck: 3 h in review, where 2 h is the limit.";
  expect(rows[0]?.stuck).toBe(text);
  const old = await inspector.object({ name: "claim", key: "old" });
  expect([old.stuck, old.verdict.endsWith(text)]).toEqual([text, true]);
  expect((await inspector.object({ name: "claim", key: "new" })).stuck).toBeUndefined();
  const all = await inspector.objects({ name: "claim" }, undefined, 10);
  expect(all.rows.filter(({ stuck }) => stuck !== undefined).map(({ key }) => key)).toEqual(["old"]);
  const { stuck, sentence } = await inspector.overview();
  expect(stuck).toEqual([{ name: "claim", count: 1 }]);
  expect(sentence).toBe("1 claim object is stuck: longer in a state than its limit.");
});

test("a timer that is long due and did not fire is a warning, but not while its object is paused", async () => {
  const { client, inspector, sql } = await rig();
  await client.object("order", "o-1").create({ total: 10 });
  await client.object("order", "o-1").pause({ by: "ann", reason: "test" });
  await sql("update $schema.timers set due_at = now() - interval '10 minutes'");
  const stuck = async (): Promise<string | undefined> => (await inspector.object({ name: "order", key: "o-1" })).stuck;
  expect(await stuck()).toBeUndefined();
  await sql("update $schema.objects set paused = null");
  expect(await stuck()).toMatch(/^Stuck: its timer '.+' is 10 min late\.$/);
});

test("stuck needs the name of a machine, since each has its own limits", async () => {
  const { inspector } = await rig();
  await expect(async () => inspector.objects({ flag: "stuck" }, undefined, 10)).rejects.toThrow(
    "flag stuck needs name: each machine has its own limits",
  );
  const { total } = await inspector.objects({ name: "order", flag: "stuck" }, undefined, 10);
  expect(total).toBe(0);
});

test("a limit that is no duration is refused, and names its state", () => {
  const machine = defineMachine({ context: z.object({}), events: {} })
    .setup({})
    .createMachine({ id: "m", context: {}, initial: "a", states: { a: { meta: { maxDwell: "soon" } } } });
  expect(() => describe(defineObject({ name: "m", machine }))).toThrow("meta.maxDwell of state 'm.a' is no duration");
});
