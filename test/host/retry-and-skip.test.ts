/** Operators release what is parked: `retry` tries it again at once, `skip` takes it out for good and says who did. */
import { expect, test } from "vitest";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { source, trap, victim } from "./poison.ts";

const order = { by: "ann", reason: "ticket 7" };

async function open(): Promise<Kit> {
  trap.isSet = true;
  const kit = await createKit({ objects: [source, victim], hosts: 2 });
  await kit.advance("3s");
  return kit;
}

test("retry after the cause is gone: the timer fires at once and the object goes on", async () => {
  const kit = await open();
  const v1 = kit.object(victim, "v1");
  await v1.send({ type: "LATER" });
  await kit.advance("2m");
  trap.isSet = false;
  const released = await v1.retry(order);
  expect(released).toMatchObject({ ok: true, verb: "retry", released: [expect.stringMatching(/^timer\//)] });
  await kit.advance(100);
  expect(await v1.get()).toMatchObject({ value: "idle", context: { got: ["poison"] } });
  expect(await v1.retry(order)).toMatchObject({ released: [] });
});

test("retry while the cause is there: parked again after five more tries", async () => {
  const kit = await open();
  const v1 = kit.object(victim, "v1");
  await v1.send({ type: "LATER" });
  await kit.advance("2m");
  await v1.retry(order);
  await kit.advance("2m");
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ key: "v1" }]);
  expect(await kit.journal(victim, "v1")).toHaveLength(1);
});

test("skip of a timer: a journal row says who and why, the timer never fires, the object takes events", async () => {
  const kit = await open();
  const v1 = kit.object(victim, "v1");
  await v1.send({ type: "LATER" });
  await kit.advance("2m");
  expect(await v1.skip(order)).toMatchObject({ verb: "skip", released: [expect.stringMatching(/^timer\//)] });
  trap.isSet = false;
  await kit.advance("5m");
  expect(await v1.send({ type: "ADD", what: "x" })).toMatchObject({ value: "waiting", context: { got: ["x"] } });
  const journal = await kit.journal(victim, "v1");
  expect(journal.map(({ kind }) => kind)).toEqual(["event", "skipped", "event"]);
  expect(journal[1]).toMatchObject({ event: { by: "ann", reason: "ticket 7", skipped: { kind: "timer" } } });
  const scope = { partitions: [...Array(8).keys()], names: ["victim"] };
  expect((await kit.store.dueTimers(scope, 9, 0)).due).toEqual([]);
});

test("skip of a message between objects: it counts as arrived, and those behind it come in order", async () => {
  const kit = await open();
  const tell = (what: string, word: string) =>
    kit.object(source, "a").send({ type: "TELL", object: "victim", key: "v1", what, word });
  await tell("ADD", "0");
  await tell("POISON", "");
  for (const word of ["1", "2", "3"]) await tell("ADD", word);
  await kit.advance("2m");
  const v1 = kit.object(victim, "v1");
  expect(await v1.skip(order)).toMatchObject({ released: [expect.stringMatching(/^effect\//)] });
  await kit.advance("1s");
  expect((await v1.get()).context.got).toEqual(["0", "1", "2", "3"]);
  const kinds = (await kit.journal(victim, "v1")).map(({ kind }) => kind);
  expect(kinds).toEqual(["event", "skipped", "event", "event", "event"]);
  expect(await v1.skip(order)).toMatchObject({ released: [] });
});

test("skip of a result: it is never taken, and the machine can leave the state by another event", async () => {
  const kit = await open();
  const v1 = kit.object(victim, "v1");
  await v1.send({ type: "WORK" });
  await kit.advance("2m");
  await v1.skip(order);
  trap.isSet = false;
  await kit.advance("5m");
  expect(await v1.get()).toMatchObject({ value: "working", context: { got: [] } });
  for (const host of kit.hosts.splice(0, 1)) host.kill();
  await kit.advance("10s");
  expect(await v1.send({ type: "LATER" })).toMatchObject({ value: "waiting" });
  expect((await kit.journal(victim, "v1")).map(({ kind }) => kind)).toEqual(["event", "skipped", "event"]);
});

test("a parked outgoing message: skip lets those behind it go and stands in the sender's journal", async () => {
  const kit = await open();
  const a = kit.object(source, "a");
  await a.send({ type: "TELL", object: "victim", key: "v1", what: "UNHEARD_OF", word: "" });
  await a.send({ type: "TELL", object: "victim", key: "v1", what: "ADD", word: "next" });
  await kit.advance("2m");
  expect(await a.retry(order)).toMatchObject({ released: [expect.stringMatching(/^effect\/source\/a/)] });
  await kit.advance("2m");
  const { released } = await a.skip(order);
  await kit.advance("1s");
  expect((await kit.object(victim, "v1").get()).context.got).toEqual(["next"]);
  expect((await kit.journal(source, "a")).at(-1)).toMatchObject({
    kind: "skipped",
    event: { by: "ann", skipped: { messageId: released[0], kind: "send" } },
  });
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
});

test("what is not parked, not there, or without a reason is answered clearly", async () => {
  const kit = await open();
  await kit.object(victim, "v1").send({ type: "ADD", what: "x" });
  expect(await kit.object(victim, "v1").skip(order)).toMatchObject({ ok: true, released: [] });
  await expect(kit.object(victim, "none").retry(order)).rejects.toMatchObject({ code: "NOT_CREATED" });
  await expect(kit.object(victim, "v1").retry({ by: "ann", reason: "" })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
  });
  expect(await kit.object(victim, "v1").skip({ ...order, messageId: "other" })).toMatchObject({ released: [] });
});
