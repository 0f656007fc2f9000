/** A machine invokes another object and gets its end, once, whatever dies in between. */
import { ask, defineMachine, defineObject, objectActor } from "stator/define";
import { expect, test } from "vitest";
import { assign } from "xstate";
import { z } from "zod";
import { createKit } from "../../src/testing/index.ts";
import { order, shipment, trade } from "./trade.ts";

test("the invoked object is created, and its output is onDone", async () => {
  const kit = await createKit({ objects: trade });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "SHIP", key: "s1", to: "Oslo" });
  await kit.settle();
  expect(await kit.object(shipment, "s1").get()).toMatchObject({
    revision: 1,
    value: "under way",
    context: { to: "Oslo" },
  });
  expect(await o1.get()).toMatchObject({ value: "shipping" });
  await kit.object(shipment, "s1").send({ type: "DELIVER" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({ value: "idle", context: { output: { to: "Oslo", by: "boat" } } });
  const journal = await kit.journal(order, "o1");
  expect(journal.map((entry) => entry.kind)).toEqual(["event", "result"]);
  expect(journal[1]).toMatchObject({ source: "shipment/s1" });
  expect(await kit.journal(shipment, "s1")).toMatchObject([{ kind: "create", source: "order/o1" }, { kind: "event" }]);
  expect(
    await kit.store.pendingSends({ partitions: [0, 1, 2, 3, 4, 5, 6, 7], names: ["order", "shipment"] }, 9),
  ).toEqual([]);
});

test("sendParent of the invoked object's own machine reaches its creator", async () => {
  const kit = await createKit({ objects: trade });
  await kit.object(order, "o1").send({ type: "SHIP", key: "s1", to: "Oslo" });
  await kit.settle();
  await kit.object(shipment, "s1").send({ type: "NEWS" });
  await kit.settle();
  expect((await kit.object(order, "o1").get()).context.heard).toEqual(["SHIPMENT_NEWS"]);
});

test("an object that ends in an error is onError", async () => {
  const kit = await createKit({ objects: trade });
  await kit.object(order, "o1").send({ type: "SHIP", key: "s1", to: "Oslo" });
  await kit.settle();
  await kit.object(shipment, "s1").send({ type: "LOSE" });
  await kit.advance("1m");
  expect(await kit.object(shipment, "s1").get()).toMatchObject({ status: "error" });
  expect(await kit.object(order, "o1").get()).toMatchObject({
    value: "idle",
    context: { error: { code: "UNKNOWN_OBJECT" } },
  });
});

test("an object that somebody else has made, and an input that it does not take, are onError", async () => {
  const kit = await createKit({ objects: trade });
  await kit.object(shipment, "s1").create({ to: "Bergen" });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "SHIP", key: "s1", to: "Bergen" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({ value: "idle", context: { error: { code: "ALREADY_EXISTS" } } });
  await o1.send({ type: "BAD_SHIP", key: "s2" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({ value: "idle", context: { error: { code: "INVALID_INPUT" } } });
  expect(await kit.journal(shipment, "s2")).toEqual([]);
});

test("the result of an object whose creator has moved on is ignored, and the next one counts", async () => {
  const kit = await createKit({ objects: trade });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "SHIP", key: "s1", to: "Oslo" });
  await o1.send({ type: "LEAVE" });
  await o1.send({ type: "SHIP", key: "s2", to: "Rome" });
  await kit.settle();
  await kit.object(shipment, "s1").send({ type: "DELIVER" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({ value: "shipping", context: { output: null } });
  await kit.object(shipment, "s2").send({ type: "DELIVER" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({ value: "idle", context: { output: { to: "Rome" } } });
});

test("an object asks itself", async () => {
  const kit = await createKit({ objects: trade });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "SELF" });
  await kit.settle();
  expect(await o1.get()).toMatchObject({
    value: "idle",
    context: { heard: ["HELLO"], receipt: { revision: 2, value: "talking", context: { heard: ["HELLO"] } } },
  });
});

test("A invokes B, B asks A while A waits for B: no deadlock", async () => {
  const kit = await createKit({ objects: [boss, worker], hosts: 2 });
  await kit.advance("3s");
  const b1 = kit.object(boss, "b1");
  await b1.send({ type: "GO" });
  await b1.waitFor({ status: "done" });
  expect(await b1.get()).toMatchObject({ context: { questions: 1 }, output: { answer: "asked 1" } });
});

test("an invocation that was left in the turn that began it makes no object", async () => {
  const kit = await createKit({ objects: [boss, worker] });
  await kit.object(boss, "b2").send({ type: "PASS" });
  await kit.settle();
  expect(await kit.journal(worker, "b2")).toEqual([]);
});

const boss = defineObject({
  name: "boss",
  machine: defineMachine({
    context: z.object({ questions: z.number() }),
    events: { GO: z.object({}), PASS: z.object({}) },
    internal: { QUESTION: z.object({}) },
    output: z.object({ answer: z.string() }),
    actors: { worker: objectActor<{ said: string }>("worker") },
  })
    .setup({})
    .createMachine({
      id: "boss",
      context: { questions: 0 },
      on: { QUESTION: { actions: assign({ questions: ({ context }) => context.questions + 1 }) } },
      output: ({ context }) => ({ answer: `asked ${context.questions}` }),
      initial: "idle",
      states: {
        idle: { on: { GO: "working", PASS: "passing" } },
        working: {
          invoke: { id: "w", src: "worker", input: () => ({ key: "b1" }), onDone: "done", onError: "idle" },
        },
        passing: {
          always: "idle",
          invoke: { id: "w2", src: "worker", input: () => ({ key: "b2" }), onDone: "done", onError: "idle" },
        },
        done: { type: "final" },
      },
    }),
});

const worker = defineObject({
  name: "worker",
  machine: defineMachine({
    context: z.object({}),
    events: {},
    output: z.object({ said: z.string() }),
    actors: { boss: ask(boss) },
  })
    .setup({})
    .createMachine({
      id: "worker",
      context: {},
      output: () => ({ said: "done" }),
      initial: "asking",
      states: {
        asking: {
          invoke: {
            id: "q",
            src: "boss",
            input: () => ({ key: "b1", event: { type: "QUESTION" } }),
            onDone: "done",
            onError: "failed",
          },
        },
        failed: {},
        done: { type: "final" },
      },
    }),
});
