/** What the compiler must accept and refuse of machines that make, ask and answer other objects. */
import { ask, defineMachine, defineObject, objectActor, sender } from "stator/define";
import { expect, expectTypeOf, test } from "vitest";
import { assign, type InputFrom, sendTo } from "xstate";
import { z } from "zod";

const shipment = defineObject({
  name: "shipment",
  machine: defineMachine({
    context: z.object({ to: z.string() }),
    input: z.object({ to: z.string() }),
    output: z.object({ arrivedAt: z.string() }),
    events: { DELIVER: z.object({}), MOVE: z.object({ km: z.number() }) },
  })
    .setup({})
    .createMachine({
      id: "shipment",
      context: ({ input }) => ({ to: input.to }),
      output: () => ({ arrivedAt: "now" }),
      initial: "going",
      states: { going: { on: { DELIVER: "there" } }, there: { type: "final" } },
    }),
});

const order = defineMachine({
  context: z.object({ arrivedAt: z.string(), revision: z.number(), to: z.string() }),
  events: { GO: z.object({}) },
  internal: { PONG: z.object({ n: z.number() }) },
  actors: { shipment: objectActor(shipment), move: ask(shipment), loose: ask("anything") },
}).setup({});

test("input, output and reply of other objects are typed by their definitions", () => {
  const machine = order.createMachine({
    id: "order",
    context: { arrivedAt: "", revision: 0, to: "" },
    initial: "making",
    states: {
      making: {
        invoke: {
          id: "s",
          src: "shipment",
          input: { key: "s-1", input: { to: "Oslo" } },
          onDone: { target: "moving", actions: assign({ arrivedAt: ({ event }) => event.output.arrivedAt }) },
          onError: "moving",
        },
      },
      moving: {
        on: { PONG: { actions: sendTo(sender, ({ event }) => ({ type: "THANKS", n: event.n })) } },
        invoke: {
          id: "m",
          src: "move",
          input: { key: "s-1", event: { type: "MOVE", km: 3 } },
          onDone: {
            actions: assign(({ event }) => {
              expectTypeOf(event.output.context).toEqualTypeOf<{ to: string }>();
              expectTypeOf(event.output.value).toEqualTypeOf<"going" | "there">();
              return { revision: event.output.revision, to: event.output.context.to };
            }),
          },
          onError: "making",
        },
      },
    },
  });
  expect(defineObject({ name: "order", machine }).actors.size).toBe(0);
});

test("a wrong key, input or event is refused", () => {
  const makes = objectActor(shipment);
  const asks = ask(shipment);
  // @ts-expect-error the input of a shipment is { to }
  const input: InputFrom<typeof makes> = { key: "k", input: { from: "x" } };
  // @ts-expect-error a shipment needs an input
  const none: InputFrom<typeof makes> = { key: "k" };
  // @ts-expect-error MOVE carries km
  const event: InputFrom<typeof asks> = { key: "k", event: { type: "MOVE" } };
  expect([input, none, event]).toHaveLength(3);
  expect(() => objectActor("not a name!")).toThrow("not the name of an object");
});

test("another object takes no implementation", () => {
  const machine = order.createMachine({ id: "order", context: { arrivedAt: "", revision: 0, to: "" } });
  const actors = { move: { run: () => undefined } } as never;
  expect(() => defineObject({ name: "order", machine, actors })).toThrow("actors.move: is another object");
});
