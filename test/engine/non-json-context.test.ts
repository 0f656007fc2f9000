/** What would not survive a round trip is refused with the place where it stands. */
import { expect, test } from "vitest";
import { assign, emit, log, raise, sendTo } from "xstate";
import { objectRef } from "../../src/core/define.ts";
import { looseMachine, objectOf, the } from "./kit.ts";

const cycle: { self?: unknown } = {};
cycle.self = cycle;

const VALUES: readonly (readonly [string, unknown, string])[] = [
  ["a date", new Date(0), "context.deep.list[1].value: a Date is not JSON"],
  ["a map", new Map(), "a Map is not JSON"],
  ["an error", new Error("x"), "a Error is not JSON"],
  ["a function", () => undefined, "a function is not JSON"],
  ["a big integer", 1n, "a bigint is not JSON"],
  ["not a number", Number.NaN, "NaN is not a JSON number"],
  ["undefined in a list", [undefined], "context.deep.list[1].value[0]: undefined in a list"],
  ["a cycle", cycle, "is nested deeper than 200 levels"],
];

test.each(VALUES)("%s in the context rejects the turn", (_, value, message) => {
  const machine = looseMachine(
    { context: {}, on: { SET: { actions: assign({ deep: () => ({ list: [0, { value }] }) }) } } },
    {},
    ["SET"],
  );
  const object = objectOf(machine);
  object.create();
  const error = object.rejected("SET");
  expect(error.code).toBe("TURN_FAILED");
  expect(error.message).toContain(message);
});

test("an undefined property is left out, as JSON does, and reads the same after a restore", () => {
  const object = objectOf(looseMachine({ context: { note: undefined, n: 1 } }, {}, ["X"]));
  expect(object.create().view.context).toEqual({ n: 1 });
  expect(object.reload().live?.view.context).toEqual({ n: 1 });
});

test("an actor reference in the context comes back as the live actor", () => {
  const kid = looseMachine({ id: "kid", context: { n: 0 }, on: { UP: { actions: assign({ n: 1 }) } } }, {}, ["UP"]);
  const machine = looseMachine(
    {
      context: ({ spawn }: { spawn: (src: string, options: object) => object }) => ({
        ref: spawn("kid", { id: "kid" }),
      }),
      on: { TELL: { actions: sendTo(({ context }) => (context as { ref: never }).ref, { type: "UP" } as never) } },
    },
    { actors: { kid } },
    ["TELL"],
  );
  const object = objectOf(machine);
  expect(object.create().view.context).toEqual({ ref: { $ref: "kid", s: expect.any(String) } });
  object.reload().send("TELL");
  expect(JSON.parse(object.text).snapshot.children.kid.snapshot.context).toEqual({ n: 1 });
  expect(object.reload().live?.view.context).toEqual({ ref: { $ref: "kid", s: expect.any(String) } });
});

test("payloads are checked too, and a reference may not leave its object", () => {
  const self = ({ self: me }: { self: unknown }): object => ({ type: "E", me });
  const machine = looseMachine(
    {
      on: {
        EMIT: { actions: emit(self as never) },
        SEND: { actions: sendTo(objectRef("other", "1"), self as never) },
        PARAMS: { actions: { type: "act", params: () => ({ at: new Date(0) }) } },
        RAISE: { actions: raise((() => ({ type: "E", at: new Date(0) })) as never, { delay: 1, id: "r" }) },
        LOG: { actions: log(() => ({ at: new Date(0) })) },
        TIMER: { actions: raise(self as never, { delay: 1, id: "r" }) },
      },
    },
    { actions: { act: () => undefined } },
    ["EMIT", "SEND", "PARAMS", "RAISE", "LOG", "TIMER"],
  );
  const object = objectOf(machine, ["act"]);
  object.create();
  expect(object.rejected("EMIT").message).toContain("emitted event 'E': me: an actor reference means nothing outside");
  expect(object.rejected("SEND").message).toContain("event 'E' to object:other/1: me: an actor reference");
  expect(object.rejected("PARAMS").message).toContain("action 'act': at: a Date is not JSON");
  expect(object.rejected("RAISE").message).toContain("delayed event 'E': at: a Date");
  expect(the(object.send("LOG"), "log").args).toEqual(["[object Object]"]);
  expect(the(object.send("TIMER"), "timer.set").timer).toBe("#r");
});
