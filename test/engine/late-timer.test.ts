/** A timer counts once, for the state and the actor that armed it. */
import { expect, test } from "vitest";
import { sendTo, spawnChild, stopChild } from "xstate";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { kinds, OneObject, objectOf, the } from "./kit.ts";
import { child, order } from "./machines.ts";

const definition = defineObject({
  name: "order",
  machine: order,
  actors: { charge: { run: () => ({ chargeId: "c" }) } },
  actions: { notify: () => undefined },
});

test("a timer fires into the state that armed it, and its row is cleared", () => {
  const object = new OneObject(definition);
  const timer = the(object.create({ total: 5 }), "timer.set");
  expect(timer).toMatchObject({ generation: 1, delayMs: 900_000 });
  const turn = object.reload().fire(timer);
  expect(turn.view.value).toBe("expired");
  expect(turn.effects).toEqual([{ kind: "timer.clear", timer: timer.timer }]);
});

test("a timer that fires a second time is late", () => {
  const object = new OneObject(definition);
  const timer = the(object.create({ total: 5 }), "timer.set");
  object.fire(timer);
  expect(object.try({ ...timer, kind: "timer" })).toEqual({ kind: "ignored", reason: "late-timer" });
});

test("a timer of a state that was left and entered again is late: its generation is another", () => {
  const object = new OneObject(definition);
  const first = the(object.create({ total: 5 }), "timer.set");
  object.fire(first);
  const second = the(object.send("RETRY"), "timer.set");
  expect(second).toMatchObject({ timer: first.timer, generation: 3 });
  expect(object.reload().try({ ...first, kind: "timer" })).toEqual({ kind: "ignored", reason: "late-timer" });
  expect(object.fire(second).view.value).toBe("expired");
});

test("a finished object ignores its timers", () => {
  const object = new OneObject(definition);
  const timer = the(object.create({ total: 5 }), "timer.set");
  expect(kinds(object.send("CANCEL"))).toEqual(["timer.clear"]);
  expect(object.reload().try({ ...timer, kind: "timer" })).toEqual({ kind: "ignored", reason: "late-timer" });
});

test("a delayed event for a child that was stopped and spawned again is dropped, and its timer goes", () => {
  const nothing = z.object({});
  const machine = defineMachine({
    context: z.object({}),
    events: { LATER: nothing, AGAIN: nothing, PONG: nothing },
    actors: { child },
  })
    .setup({})
    .createMachine({
      id: "m",
      context: {},
      entry: spawnChild("child", { id: "k", input: { n: 0 } }),
      on: {
        LATER: { actions: sendTo("k", { type: "PING" }, { delay: 10, id: "later" }) },
        AGAIN: { actions: [stopChild("k"), spawnChild("child", { id: "k", input: { n: 0 } })] },
      },
    });
  const object = objectOf(machine);
  object.create();
  const timer = the(object.send("LATER"), "timer.set");
  object.send("AGAIN");
  const turn = object.reload().fire(timer);
  expect(turn.effects).toEqual([{ kind: "timer.clear", timer: timer.timer }]);
  expect(JSON.parse(turn.snapshot).snapshot.children.k.snapshot.context).toEqual({ n: 0 });
});

test("a delayed message arms a timer on the root and arrives as an ordinary event", () => {
  const object = new OneObject(definition);
  object.create({ total: 5 });
  const turn = object.turn({ kind: "delayed", event: { type: "CANCEL" }, delayMs: 50, id: "m-1" });
  expect(turn.handled).toBe(true);
  const timer = the(turn, "timer.set");
  expect(timer).toMatchObject({ delayMs: 50, generation: 2 });
  expect(object.reload().fire(timer).view.value).toBe("canceled");
});

test("a delayed message with a delay that is no delay is refused", () => {
  const object = new OneObject(definition);
  object.create({ total: 5 });
  const turn = object.try({ kind: "delayed", event: { type: "CANCEL" }, delayMs: -1, id: "m-1" });
  expect(turn).toMatchObject({ kind: "rejected", error: { code: "TURN_FAILED" } });
});
