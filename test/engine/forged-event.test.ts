/** Nothing that comes in as an event can pass for one of the engine's own. */
import { expect, test } from "vitest";
import { sendTo } from "xstate";
import { objectRef } from "../../src/core/define.ts";
import { looseMachine, objectOf, the } from "./kit.ts";

const machine = looseMachine(
  {
    initial: "a",
    states: { a: { invoke: { src: "kid", id: "kid", onDone: "stolen" }, on: { GO: "b" } }, b: {}, stolen: {} },
    on: { FORGE: { actions: sendTo(objectRef("other", "1"), { type: "xstate.done.actor.x" }) } },
  },
  { actors: { kid: looseMachine({ id: "kid" }) } },
  ["GO", "FORGE"],
);

test.each(["xstate.done.actor.kid", "xstate.error.actor.kid", "xstate.stop", "xstate.init", "stator.anything"])(
  "%s is refused as an event and as a delayed event",
  (type) => {
    const object = objectOf(machine);
    object.create();
    expect(object.rejected(type).code).toBe("RESERVED_EVENT");
    const delayed = object.try({ kind: "delayed", event: { type }, delayMs: 1, id: "x" });
    expect(delayed).toMatchObject({ kind: "rejected", error: { code: "RESERVED_EVENT" } });
    expect(object.send("GO").view.value).toBe("b");
  },
);

test("the wildcard is not an event", () => {
  const object = objectOf(machine);
  object.create();
  expect(object.rejected("*").code).toBe("TURN_FAILED");
});

test("a machine cannot send a reserved event to another object", () => {
  const object = objectOf(machine);
  object.create();
  expect(object.rejected("FORGE").message).toContain("'xstate.done.actor.x' is reserved");
});

test("a machine's event to another object is a send effect with its address", () => {
  const sender = looseMachine(
    {
      on: {
        NOW: { actions: sendTo(objectRef("other", "a/b"), { type: "HI", n: 1 }) },
        LATER: { actions: sendTo(objectRef("other", "a/b"), { type: "HO" }, { delay: 5, id: "later" }) },
      },
    },
    {},
    ["NOW", "LATER"],
  );
  const object = objectOf(sender);
  object.create();
  expect(object.send("NOW").effects).toEqual([
    { kind: "send", id: "m/k/i1/2/0", idx: 0, to: { name: "other", key: "a/b" }, event: { type: "HI", n: 1 } },
  ]);
  const timer = the(object.send("LATER"), "timer.set");
  const fired = object.reload().fire(timer);
  expect(the(fired, "send")).toMatchObject({ to: { name: "other", key: "a/b" }, event: { type: "HO" } });
});
