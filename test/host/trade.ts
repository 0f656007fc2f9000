/** Objects that make, ask and answer each other; for the tests of what goes between objects. */
import { ask, defineMachine, defineObject, objectActor, objectRef, sender } from "stator/define";
import { assign, sendParent, sendTo } from "xstate";
import { z } from "zod";

const nothing = z.object({});

/** Made by an order; delivered, or lost, when somebody says so. */
export const shipment = defineObject({
  name: "shipment",
  machine: defineMachine({
    context: z.object({ to: z.string() }),
    input: z.object({ to: z.string() }),
    output: z.object({ to: z.string(), by: z.string() }),
    events: { DELIVER: nothing, LOSE: nothing, NEWS: nothing },
    actors: { check: ask("nobody") },
  })
    .setup({ guards: { never: () => false } })
    .createMachine({
      id: "shipment",
      context: ({ input }) => ({ to: input.to }),
      output: ({ context }) => ({ to: context.to, by: "boat" }),
      initial: "under way",
      states: {
        "under way": {
          on: { DELIVER: "there", LOSE: "lost", NEWS: { actions: sendParent({ type: "SHIPMENT_NEWS" }) } },
        },
        there: { type: "final" },
        lost: {
          // a failure that nobody takes ends the object in an error
          invoke: {
            id: "check",
            src: "check",
            input: () => ({ key: "k", event: { type: "X" } }),
            onError: { guard: "never", target: "gone" },
          },
        },
        gone: {},
      },
    }),
});

/** Counts goods; never below nothing. Born by the first event. */
export const stock = defineObject({
  name: "stock",
  machine: defineMachine({
    context: z.object({ left: z.number(), asked: z.array(z.string()) }),
    events: {
      FILL: z.object({ amount: z.number() }),
      TAKE: z.object({ amount: z.number(), for: z.string() }),
      PING: z.object({ n: z.number() }),
      BREAK: nothing,
      CLOSE: nothing,
    },
    internal: { RESERVE: z.object({ amount: z.number() }) },
  })
    .setup({
      guards: { enough: ({ context, event }) => event.type === "TAKE" && context.left >= event.amount },
      actions: {
        fail: assign(() => {
          throw new Error("planted failure");
        }),
      },
    })
    .createMachine({
      id: "stock",
      context: { left: 0, asked: [] },
      initial: "open",
      states: {
        open: {
          on: {
            FILL: { actions: assign({ left: ({ context, event }) => context.left + event.amount }) },
            TAKE: {
              guard: "enough",
              actions: assign({
                left: ({ context, event }) => context.left - event.amount,
                asked: ({ context, event }) => [...context.asked, event.for],
              }),
            },
            RESERVE: { actions: assign({ left: ({ context, event }) => context.left - event.amount }) },
            PING: { actions: sendTo(sender, ({ event }) => ({ type: "PONG", n: event.n })) },
            BREAK: { actions: "fail" },
            CLOSE: "closed",
          },
        },
        closed: { type: "final" },
      },
    }),
});

const failure = z.object({ name: z.string(), message: z.string(), code: z.string().optional(), data: z.unknown() });

/** Asks for goods and has them shipped. */
export const order = defineObject({
  name: "order",
  machine: defineMachine({
    context: z.object({
      receipt: z.unknown(),
      output: z.unknown(),
      error: failure.partial().nullable(),
      heard: z.array(z.union([z.string(), z.number()])),
    }),
    events: {
      SHIP: z.object({ key: z.string(), to: z.string() }),
      BAD_SHIP: z.object({ key: z.string() }),
      TAKE: z.object({ key: z.string(), amount: z.number() }),
      ASK: z.object({ key: z.string(), what: z.string() }),
      PING: z.object({ key: z.string(), n: z.number() }),
      TELL: z.object({ key: z.string(), what: z.string(), amount: z.number().optional() }),
      LEAVE: nothing,
      SELF: nothing,
    },
    internal: { PONG: z.object({ n: z.number() }), SHIPMENT_NEWS: nothing, HELLO: nothing },
    actors: {
      shipment: objectActor(shipment),
      anyShipment: objectActor("shipment"),
      take: ask(stock),
      anyStock: ask("stock"),
      self: ask("order"),
    },
  })
    .setup({
      actions: {
        remember: assign({ error: ({ event }) => (event as unknown as { error: z.output<typeof failure> }).error }),
        note: assign({
          heard: ({ context, event }) => [...context.heard, event.type === "PONG" ? event.n : event.type],
        }),
      },
    })
    .createMachine({
      id: "order",
      context: { receipt: null, output: null, error: null, heard: [] },
      on: {
        PING: {
          actions: sendTo(
            ({ system, event }) => objectRef("stock", event.key)({ system }),
            ({ event }) => ({ type: "PING", n: event.n }),
          ),
        },
        TELL: {
          actions: sendTo(
            ({ system, event }) => objectRef("stock", event.key)({ system }),
            ({ event: { what, amount } }) => ({ type: what, ...(amount === undefined ? {} : { amount }) }),
          ),
        },
        PONG: { actions: "note" },
        SHIPMENT_NEWS: { actions: "note" },
        HELLO: { actions: "note" },
      },
      initial: "idle",
      states: {
        idle: {
          on: { SHIP: "shipping", BAD_SHIP: "shippingBadly", TAKE: "taking", ASK: "asking", SELF: "talking" },
        },
        shipping: {
          on: { LEAVE: "idle" },
          invoke: {
            id: "shipment",
            src: "shipment",
            input: ({ event }) => (event.type === "SHIP" ? { key: event.key, input: { to: event.to } } : NEVER),
            onDone: { target: "idle", actions: assign({ output: ({ event }) => event.output }) },
            onError: { target: "idle", actions: "remember" },
          },
        },
        shippingBadly: {
          invoke: {
            id: "bad",
            src: "anyShipment",
            input: ({ event }) => ({ key: (event as { key: string }).key, input: { wrong: 1 } }),
            onDone: "idle",
            onError: { target: "idle", actions: "remember" },
          },
        },
        taking: {
          on: { LEAVE: "idle" },
          invoke: {
            id: "take",
            src: "take",
            input: ({ event, self }) =>
              event.type === "TAKE"
                ? { key: event.key, event: { type: "TAKE", amount: event.amount, for: self.id } }
                : NEVER,
            onDone: { target: "idle", actions: assign({ receipt: ({ event }) => event.output }) },
            onError: { target: "idle", actions: "remember" },
          },
        },
        asking: {
          on: { LEAVE: "idle" },
          invoke: {
            id: "ask",
            src: "anyStock",
            input: ({ event }) => (event.type === "ASK" ? { key: event.key, event: { type: event.what } } : NEVER),
            onDone: { target: "idle", actions: assign({ receipt: ({ event }) => event.output }) },
            onError: { target: "idle", actions: "remember" },
          },
        },
        talking: {
          invoke: {
            id: "self",
            src: "self",
            input: ({ self }) => ({ key: self.id.slice("order/".length), event: { type: "HELLO" } }),
            onDone: { target: "idle", actions: assign({ receipt: ({ event }) => event.output }) },
            onError: { target: "idle", actions: "remember" },
          },
        },
      },
    }),
});

const NEVER = { key: "never", input: { to: "" }, event: { type: "PING", n: 0 } } as const;
export const trade = [order, shipment, stock];
