/** Effects stand in the order of capture, with ids that a repeated turn makes again. */
import { expect, test } from "vitest";
import { assign, emit, enqueueActions, log, raise, sendTo } from "xstate";
import { objectRef } from "../../src/core/define.ts";
import { kinds, looseMachine, objectOf } from "./kit.ts";

const machine = looseMachine(
  {
    context: { n: 0 },
    entry: [emit({ type: "born" } as never), "one"],
    on: {
      GO: {
        actions: [
          emit({ type: "first" } as never),
          "one",
          raise({ type: "T" }, { delay: 9, id: "t" }),
          { type: "two", params: ({ context }: { context: { n: number } }) => ({ n: context.n }) },
          sendTo(objectRef("other", "1"), { type: "HI" }),
          assign({ n: 5 }),
          log("done"),
        ],
      },
      INLINE: { actions: enqueueActions(({ enqueue }) => enqueue(() => undefined)) },
      NAMED: {
        actions: enqueueActions(({ enqueue }) => {
          enqueue(function one() {
            return undefined;
          });
        }),
      },
    },
  },
  { actions: { one: () => undefined, two: () => undefined } },
  ["GO", "INLINE", "NAMED"],
);

test("while an actor runs, named actions come first, what reaches outside at the end of the macrostep", () => {
  const object = objectOf(machine, ["one", "two"]);
  object.create();
  const event = { type: "GO", by: 1 };
  expect(object.send(event).effects).toEqual([
    { kind: "action", id: "m/k/i1/2/0", idx: 0, action: "one", params: undefined, event },
    { kind: "action", id: "m/k/i1/2/1", idx: 1, action: "two", params: { n: 0 }, event },
    { kind: "log", args: ["done"] },
    { kind: "emit", id: "m/k/i1/2/2", idx: 2, event: { type: "first" } },
    { kind: "timer.set", timer: "#t", generation: 2, delayMs: 9 },
    { kind: "send", id: "m/k/i1/2/3", idx: 3, to: { name: "other", key: "1" }, event: { type: "HI" } },
  ]);
});

test("while it starts too, as in XState: sends and emits are put off once more", () => {
  expect(kinds(objectOf(machine, ["one", "two"]).create())).toEqual(["action", "emit"]);
});

test("a repeated turn asks for the same effects under the same ids", () => {
  const object = objectOf(machine, ["one", "two"]);
  object.create();
  const { text, context } = object;
  const event = { type: "GO" };
  const runs = [1, 2].map(() => object.engine.restore(text, context).handle({ kind: "event", event }, context));
  expect(runs[0]).toEqual(runs[1]);
});

test("an inline function is refused, even one that bears the name of an action", () => {
  const object = objectOf(machine, ["one", "two"]);
  object.create();
  expect(object.rejected("INLINE").message).toContain("inline action '(anonymous)' cannot be named in the outbox");
  expect(object.rejected("NAMED").message).toContain("inline action 'one' cannot be named in the outbox");
});

test("an event that the state does not take changes nothing and asks for nothing", () => {
  const object = objectOf(machine, ["one", "two"]);
  const { snapshot } = object.create();
  expect(object.send("NOPE")).toMatchObject({ handled: false, effects: [], snapshot });
});

test("accepts lists the declared events that the present states take", () => {
  const wild = looseMachine(
    {
      initial: "a",
      on: { ROOT: {} },
      states: { a: { on: { GO: { guard: () => false, target: "b" }, "order.*": {} } }, b: { on: { "*": {} } } },
    },
    {},
    ["GO", "ROOT", "OTHER", "order.paid", "order", "orderly"],
  );
  const object = objectOf(wild);
  object.create();
  expect(object.live?.accepts()).toEqual(["GO", "ROOT", "order", "order.paid"]);
});
