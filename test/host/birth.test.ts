/** Who creates an object does so without a look for one: the commit is the judge, and whoever was wrong looks after all. */
import { defineMachine, defineObject } from "stator/define";
import { expect, test } from "vitest";
import { z } from "zod";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { watching } from "./crash.ts";

/** Refuses to be made of nothing. */
const shelf = defineObject({
  name: "shelf",
  machine: defineMachine({
    context: z.object({ boards: z.number() }),
    input: z.object({ boards: z.number() }),
    events: { ADD: z.object({}) },
  })
    .setup({})
    .createMachine({
      id: "shelf",
      context: ({ input }) => {
        if (input.boards === 0) throw new Error("a shelf needs boards");
        return input;
      },
      initial: "up",
      states: { up: { on: { ADD: "up" } } },
    }),
});

/** A host that counts its looks at stored objects. */
async function open(kit: Kit): Promise<{ readonly looks: () => number; readonly kill: () => void }> {
  let looks = 0;
  const store = watching((method, call) => {
    if (method === "load") looks++;
    return call();
  });
  const { kill } = await kit.host({ store });
  return { looks: () => looks, kill };
}

const fresh = (): Promise<Kit> => createKit({ objects: [shelf], hosts: 0 });

test("an object is created without a look for one, and what follows at once builds on it", async () => {
  const kit = await fresh();
  const host = await open(kit);
  const s1 = kit.object(shelf, "s1");
  const answers = await Promise.all([s1.create({ boards: 1 }), s1.send({ type: "ADD" })]);
  expect(answers).toMatchObject([{ revision: 1 }, { revision: 2 }]);
  expect(host.looks()).toBe(0);
});

test("a create that finds an object is refused, and leaves it as it is", async () => {
  const kit = await fresh();
  const first = await open(kit);
  const s1 = kit.object(shelf, "s1");
  await s1.create({ boards: 1 });
  first.kill();
  const second = await open(kit);
  await kit.advance("10s");
  await expect(s1.create({ boards: 2 })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  expect(second.looks()).toBeGreaterThan(0);
  expect(await s1.get()).toMatchObject({ revision: 1, context: { boards: 1 } });
  expect(await s1.send({ type: "ADD" })).toMatchObject({ revision: 2 });
});

test("a retried create gets its receipt from a host that never saw the object", async () => {
  const kit = await fresh();
  const first = await open(kit);
  const s1 = kit.object(shelf, "s1");
  const once = { messageId: "made-once", sentAt: kit.clock.wallMs() };
  const receipt = await s1.create({ boards: 1 }, once);
  first.kill();
  await open(kit);
  await kit.advance("10s");
  expect(await s1.create({ boards: 1 }, once)).toEqual({ ...receipt, duplicate: true });
});

test("what its machine would not be made of is answered by the object that is there, where there is one", async () => {
  const kit = await fresh();
  const first = await open(kit);
  const [s1, s2] = [kit.object(shelf, "s1"), kit.object(shelf, "s2")];
  await s1.create({ boards: 1 });
  first.kill();
  await open(kit);
  await kit.advance("10s");
  await expect(s1.create({ boards: 0 })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  await expect(s2.create({ boards: 0 })).rejects.toMatchObject({ code: "TURN_FAILED" });
  await expect(s2.get()).rejects.toMatchObject({ code: "NOT_CREATED" });
});

test("a create that is sent again when its object has been purged hears that it is gone", async () => {
  const kit = await fresh();
  const first = await open(kit);
  const s1 = kit.object(shelf, "s1");
  const once = { messageId: "made-once", sentAt: kit.clock.wallMs() };
  const by = { by: "ann", reason: "erasure" };
  await s1.create({ boards: 1 }, once);
  await s1.kill(by);
  await s1.purge(by);
  first.kill();
  await open(kit);
  await kit.advance("10s");
  await expect(s1.create({ boards: 1 }, once)).rejects.toMatchObject({ code: "GONE" });
});
