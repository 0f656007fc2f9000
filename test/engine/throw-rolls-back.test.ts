/** A throw anywhere in the tree rejects the turn: nothing of it exists, not even effects captured before the throw. */
import { expect, test } from "vitest";
import { assign, emit, fromPromise, fromTransition, log, raise, sendParent, sendTo, setup } from "xstate";
import { looseMachine, objectOf, the } from "./kit.ts";

const boom = (): never => {
  throw new Error("boom");
};
const EVENTS = ["GUARD", "ASSIGN", "PARAMS", "DELAY", "EVENT", "LOOP", "UP", "OK", "CHILD"];

const machine = looseMachine(
  {
    context: { n: 0 },
    initial: "a",
    states: {
      a: {
        on: {
          GUARD: { guard: "boom", target: "b" },
          ASSIGN: { target: "b", actions: ["mail", raise({ type: "OK" }, { delay: 5, id: "t" }), assign(boom)] },
          PARAMS: { actions: { type: "mail", params: boom } },
          DELAY: { actions: raise({ type: "OK" }, { delay: () => Number.NaN, id: "t" }) },
          EVENT: { actions: emit(boom) },
          LOOP: "loop",
          UP: { actions: sendParent({ type: "X" }) },
          OK: { actions: assign({ n: ({ context }: { context: { n: number } }) => context.n + 1 }) },
        },
      },
      b: {},
      loop: { always: "back" },
      back: { always: "loop" },
    },
  },
  { guards: { boom }, actions: { mail: () => undefined } },
  EVENTS,
);

test.each([
  ["GUARD", "Unable to evaluate guard 'boom'"],
  ["ASSIGN", "boom"],
  ["PARAMS", "boom"],
  ["DELAY", "delayed event 'OK': delay NaN must be 0 to 10 years"],
  ["EVENT", "boom"],
  ["LOOP", "Infinite loop detected"],
  ["UP", "it has no parent"],
])("%s: the turn is rejected and the object goes on from where it was", (type, message) => {
  const object = objectOf(machine, ["mail"]);
  object.create();
  object.send("OK");
  const { text } = object;
  const error = object.rejected(type);
  expect(error).toMatchObject({ code: "TURN_FAILED", retryable: false, details: { event: type } });
  expect(error.message).toMatch(/^m\/k: the turn of \w+ failed: /);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain("    at ");
  expect(object.text).toBe(text);
  expect(object.send("OK").view.context).toEqual({ n: 2 });
});

test("after a rejected turn the live object refuses to go on", () => {
  const object = objectOf(machine, ["mail"]);
  object.create();
  const { live } = object;
  object.rejected("GUARD");
  expect(() => live?.handle({ kind: "event", event: { type: "OK" } }, object.context)).toThrow("load it again");
});

test("a throw in a child rejects the turn even where the parent has onError", () => {
  const kid = looseMachine({ id: "kid", on: { CHILD: { actions: assign(boom) } } }, {}, ["CHILD"]);
  const parent = looseMachine(
    {
      initial: "a",
      states: {
        a: {
          invoke: { src: "kid", id: "kid", onError: "b" },
          on: { CHILD: { actions: [log("before"), sendTo("kid", { type: "CHILD" })] } },
        },
        b: {},
      },
    },
    { actors: { kid } },
    EVENTS,
  );
  const object = objectOf(parent);
  object.create();
  expect(object.rejected("CHILD").details).toEqual({ event: "CHILD", path: "kid" });
});

test("a throw in a transition actor rejects the turn", () => {
  const reducer = fromTransition(
    (state: object, event: { type: string }) => (event.type === "CHILD" ? boom() : state),
    {},
  );
  const parent = looseMachine(
    { invoke: { src: "reducer", id: "r" }, on: { CHILD: { actions: sendTo("r", { type: "CHILD" }) } } },
    { actors: { reducer } },
    EVENTS,
  );
  const object = objectOf(parent);
  object.create();
  expect(object.rejected("CHILD").details).toMatchObject({ path: "r" });
});

test("a throw in the context factory or an input mapper rejects the first turn", () => {
  const withInput = setup({ schemas: { events: {}, input: undefined } as never }).createMachine({
    id: "m",
    context: boom,
  });
  expect(() => objectOf(withInput)).toThrow(/m\.initial: m\/lint: the turn of create failed: boom/);
  const mapper = looseMachine(
    {
      on: { OK: ".b" },
      initial: "a",
      states: { a: {}, b: { invoke: { src: "p", id: "p", input: boom, onError: "a" } } },
    },
    { actors: { p: fromPromise(async () => 1) } },
    EVENTS,
  );
  const object = objectOf(mapper, [], ["p"]);
  object.create();
  expect(object.rejected("OK").message).toContain("boom");
});

test("events that children and parent send each other without end are cut off", () => {
  const echo = looseMachine({ id: "echo", on: { CHILD: { actions: sendParent({ type: "CHILD" }) } } }, {}, ["CHILD"]);
  const parent = looseMachine(
    { invoke: { src: "echo", id: "e" }, on: { CHILD: { actions: sendTo("e", { type: "CHILD" }) } } },
    { actors: { echo } },
    EVENTS,
  );
  const object = objectOf(parent);
  object.create();
  expect(object.rejected("CHILD").message).toContain("more than 10000 events");
});

test("a rejection without onError ends the object, as in XState; that is a turn, not a failure", () => {
  const parent = looseMachine(
    {
      initial: "a",
      states: { a: { invoke: { src: "p", id: "p" }, on: { "xstate.error.actor.p": { guard: "never", target: "a" } } } },
    },
    { actors: { p: fromPromise(async () => 1) }, guards: { never: () => false } },
    EVENTS,
  );
  const object = objectOf(parent, [], ["p"]);
  const { id } = the(object.create(), "invoke");
  const turn = object.finish(id, { name: "Error", message: "no" }, false);
  expect(turn.view.status).toBe("error");
  expect(object.reload().try({ kind: "event", event: { type: "OK" } })).toEqual({
    kind: "ignored",
    reason: "object-done",
  });
});
