/** A paused object makes no turns: what comes to it waits or is refused, and nothing of it is lost or out of order. */
import { beforeEach, expect, test } from "vitest";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { source, trap, victim } from "./poison.ts";
import { bill, counter } from "./rig.ts";
import { by, calls, hold, leg, reset, voyages } from "./voyage.ts";

beforeEach(() => {
  reset();
  trap.isSet = false;
});

const open = (hosts = 1): Promise<Kit> => createKit({ objects: [...voyages, victim, source, counter, bill], hosts });

test("callers are refused with who and why, reads are not, and the answer is clear the second time", async () => {
  const kit = await open();
  const c = kit.object(counter, "c");
  await c.send({ type: "ADD", amount: 1 });
  expect(await c.pause(by)).toMatchObject({ ok: true, verb: "pause", changed: true, status: "active" });
  await expect(c.send({ type: "ADD", amount: 1 })).rejects.toMatchObject({
    code: "OBJECT_PAUSED",
    message: "counter/c is paused by ann: ticket 7",
  });
  expect(await c.get()).toMatchObject({ revision: 1, context: { count: 1 } });
  const again = await c.pause({ by: "bob", reason: "me too" });
  expect(again).toMatchObject({ changed: false, message: "counter/c was paused before by ann: ticket 7" });
  await expect(c.cancel(by)).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  expect(await c.resume(by)).toMatchObject({ changed: true });
  expect(await c.resume(by)).toMatchObject({ changed: false, message: "counter/c is not paused" });
  expect(await c.send({ type: "ADD", amount: 1 })).toMatchObject({ revision: 2, context: { count: 2 } });
  await c.send({ type: "CLOSE" });
  expect(await c.pause(by)).toMatchObject({ changed: false, status: "done" });
  await expect(kit.object(counter, "none").pause(by)).rejects.toMatchObject({ code: "NOT_CREATED" });
});

test("a running step ends, its result waits for the resume and counts once", async () => {
  const kit = await open();
  const end = hold("meal");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  await a.pause(by);
  end();
  await kit.advance("30m");
  expect(await a.get()).toMatchObject({ value: "do_meal" });
  expect(calls).toEqual(["seat", "meal"]);
  await a.resume(by);
  await kit.settle();
  expect(await a.get()).toMatchObject({ value: "completed" });
  expect(calls).toEqual(["seat", "meal", "issue", "mail"]);
});

test("a timer that falls due meanwhile fires at the resume", async () => {
  const kit = await open();
  const b = kit.object(bill, "b");
  await b.create({ amount: 3 });
  await b.pause(by);
  await kit.advance("5m");
  expect(await b.get()).toMatchObject({ value: "open" });
  await b.resume(by);
  await kit.settle();
  expect(await b.get()).toMatchObject({ value: "expired" });
});

test("a pause outlives every host, and messages wait in the outboxes of their senders, in order", async () => {
  const kit = await open(2);
  await kit.advance("3s");
  const v = kit.object(victim, "v");
  await v.send({ type: "ADD", what: "0" });
  await v.pause(by);
  const s = kit.object(source, "s");
  for (const word of ["1", "2"]) await s.send({ type: "TELL", object: "victim", key: "v", what: "ADD", word });
  for (const host of kit.hosts.splice(0)) host.kill();
  await kit.host();
  await kit.advance("1m");
  await s.send({ type: "TELL", object: "victim", key: "v", what: "ADD", word: "3" });
  await kit.advance("1m");
  expect((await v.get()).context.got).toEqual(["0"]);
  await expect(v.send({ type: "ADD", what: "x" })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  await v.resume(by);
  await kit.advance("1s");
  expect((await v.get()).context.got).toEqual(["0", "1", "2", "3"]);
});

test("what is on its way to the database when the pause comes is not committed after it", async () => {
  const kit = await createKit({ objects: [counter], hosts: 0 });
  let mayCommit: Promise<unknown> = Promise.resolve();
  await kit.host({
    store: (inner) =>
      new Proxy(inner, {
        get: (target, name) =>
          name === "commit"
            ? async (batch: Parameters<typeof inner.commit>[0]) => {
                await mayCommit;
                return target.commit(batch);
              }
            : (Reflect.get(target, name) as () => unknown).bind(target),
      }),
  });
  const c = kit.object(counter, "c");
  await c.send({ type: "ADD", amount: 1 });
  let release = (): void => undefined;
  mayCommit = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sends = [1, 2, 3].map(() => kit.client.object(counter, "c").send({ type: "ADD", amount: 1 }));
  const settled = Promise.allSettled(sends);
  await kit.settle();
  expect(await c.pause(by)).toMatchObject({ changed: true });
  release();
  const refused = { status: "rejected", reason: { code: "OBJECT_PAUSED" } };
  expect(await kit.run(settled)).toMatchObject([refused, refused, refused]);
  expect(await c.get()).toMatchObject({ revision: 1, context: { count: 1 } });
});

test("paused objects are listed apart from parked ones, until they end", async () => {
  trap.isSet = true;
  const kit = await open();
  await kit.object(victim, "poisoned").send({ type: "LATER" });
  for (const key of ["a", "b"]) {
    await kit.object(counter, key).send({ type: "ADD", amount: 1 });
    await kit.object(counter, key).pause(by);
  }
  await kit.advance("2m");
  await kit.object(counter, "b").kill(by);
  const paused = (await kit.client.list({ paused: true })).objects;
  expect(paused).toMatchObject([{ object: "counter", key: "a", paused: "ann: ticket 7" }]);
  expect(paused[0]?.parked).toBeUndefined();
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ object: "victim", key: "poisoned" }]);
});
