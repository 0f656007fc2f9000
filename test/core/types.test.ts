/** What the compiler must accept and refuse; the run only shows that the definitions are sound. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { assign, sendTo, setup } from "xstate";
import { z } from "zod";
import {
  type ContextOf,
  defineMachine,
  defineObject,
  type EmittedOf,
  type EventOf,
  type InputOf,
  type OutputOf,
  objectRef,
  promiseActor,
  type StateValueOf,
  type TagOf,
} from "../../src/core/define.ts";

const charge = promiseActor({ input: z.object({ amount: z.number() }), output: z.object({ chargeId: z.string() }) });

const order = defineMachine({
  context: z.object({ total: z.number(), chargeId: z.string().nullable() }),
  input: z.object({ total: z.number() }),
  output: z.object({ chargeId: z.string().nullable() }),
  events: { PAY: z.object({ method: z.enum(["card", "bank"]) }), CANCEL: z.object({}) },
  emits: { paid: z.object({ chargeId: z.string() }) },
  actors: { charge },
}).setup({
  actions: { notify: (_, _params: { text: string }) => undefined, plain: () => undefined },
  guards: { isLarge: ({ context }) => context.total > 10 },
  delays: { deadline: 60_000 },
});

const machine = order.createMachine({
  id: "order",
  initial: "open",
  context: ({ input }) => ({ total: input.total, chargeId: null }),
  output: ({ context }) => ({ chargeId: context.chargeId }),
  states: {
    open: {
      tags: ["waiting"],
      on: {
        PAY: {
          guard: "isLarge",
          target: "charging",
          actions: [{ type: "notify", params: ({ event }) => ({ text: event.method }) }, "plain"],
        },
        CANCEL: { target: "canceled", actions: order.emit({ type: "paid", chargeId: "x" }) },
      },
      after: { deadline: "canceled" },
    },
    charging: {
      invoke: {
        id: "charge",
        src: "charge",
        input: ({ context }) => ({ amount: context.total }),
        onDone: { target: "paid", actions: assign({ chargeId: ({ event }) => event.output.chargeId }) },
        onError: "open",
      },
    },
    paid: { type: "final" },
    canceled: { type: "final" },
  },
});

const orderObject = defineObject({
  name: "order",
  machine,
  actors: {
    charge: {
      retry: { maxAttempts: 3 },
      run: async ({ input, idempotencyKey }) => {
        expectTypeOf(input).toEqualTypeOf<{ amount: number }>();
        return { chargeId: `${idempotencyKey}${input.amount}` };
      },
    },
  },
  actions: {
    notify: ({ params }) => {
      expectTypeOf(params).toEqualTypeOf<{ text: string }>();
    },
    plain: async () => undefined,
  },
  expose: (context) => ({ total: context.total }),
});
type Order = typeof orderObject;

describe("types inferred from a definition", () => {
  test("events, input, output, context, state values, tags and emitted events are known", () => {
    expectTypeOf<EventOf<Order>>().toEqualTypeOf<{ type: "PAY"; method: "card" | "bank" } | { type: "CANCEL" }>();
    expectTypeOf<InputOf<Order>>().toEqualTypeOf<{ total: number }>();
    expectTypeOf<OutputOf<Order>>().toEqualTypeOf<{ chargeId: string | null }>();
    expectTypeOf<ContextOf<Order>>().toEqualTypeOf<{ total: number; chargeId: string | null }>();
    expectTypeOf<StateValueOf<Order>>().toEqualTypeOf<"open" | "charging" | "paid" | "canceled">();
    expectTypeOf<TagOf<Order>>().toBeString();
    expectTypeOf<EmittedOf<Order>>().toEqualTypeOf<{ type: "paid"; chargeId: string }>();
    expect(orderObject.version).toBe("1");
  });

  test("what does not fit is refused by the compiler", () => {
    const refused = [
      // @ts-expect-error wrong payload
      (): EventOf<Order> => ({ type: "PAY", method: "cash" }),
      // @ts-expect-error unknown event
      (): EventOf<Order> => ({ type: "NOPE" }),
      // @ts-expect-error wrong input
      (): InputOf<Order> => ({ total: "3" }),
      // @ts-expect-error wrong state value
      (): StateValueOf<Order> => "nope",
      // @ts-expect-error unknown emitted event
      (): EmittedOf<Order> => ({ type: "nope" }),
      // @ts-expect-error unknown action in the machine
      () => order.createMachine({ id: "m", entry: "nope", context: { total: 1, chargeId: null } }),
      // @ts-expect-error unknown actor in the machine
      () => order.createMachine({ id: "m", invoke: { src: "nope" }, context: { total: 1, chargeId: null } }),
      // @ts-expect-error unknown action in the object
      () => defineObject({ name: "o", machine, actions: { nope: () => undefined } }),
      // @ts-expect-error unknown actor in the object
      () => defineObject({ name: "o", machine, actors: { nope: { run: () => undefined } } }),
      // @ts-expect-error wrong output of run
      () => defineObject({ name: "o", machine, actors: { charge: { run: () => ({ chargeId: 1 }) } } }),
      // @ts-expect-error wrong output of run, in the declaration
      () => promiseActor({ input: z.object({}), output: z.number(), run: async () => "text" }),
      // @ts-expect-error wrong event to another object
      () => setup({}).createMachine({ entry: sendTo(objectRef(orderObject, "o-1"), { type: "NOPE" }) }),
    ];
    expect(refused).toHaveLength(12);
  });

  test("a reference to another object takes its events, by name any event", () => {
    const events = setup({}).createMachine({
      id: "sender",
      entry: [
        sendTo(objectRef(orderObject, "o-1"), { type: "CANCEL" }),
        sendTo(objectRef("order", "o-2"), { type: "X" }),
      ],
    });
    expect(events.id).toBe("sender");
  });
});
