/** The objects that the benchmarks host. Their promise actors do nothing: what is measured is the machinery around them. */

import { assign, sendTo } from "xstate";
import { z } from "zod";
import { counterObject } from "../../actors/counter.ts";
import { subscription } from "../../machines/subscription.ts";
import { defineMachine, defineObject, type ObjectDefinition, objectRef, promiseActor } from "../../src/core/define.ts";
import { TerminalError } from "../../src/core/errors.ts";
import { compensation, saga } from "../../src/saga/index.ts";

const done = promiseActor({ input: z.object({ stepKey: z.string() }), output: z.object({ id: z.string() }) });
const fallible = promiseActor({
  input: z.object({ stepKey: z.string(), fails: z.boolean() }),
  output: z.object({ id: z.string() }),
});

/** Three steps; the last one fails for good where the input says so. */
const booking = saga("booking", { input: z.object({ fails: z.boolean() }) })
  .step("flight", { do: done, input: () => ({}), compensate: compensation(done) })
  .step("hotel", { do: done, input: () => ({}), compensate: compensation(done) })
  .step("car", { do: fallible, input: ({ input }) => input, compensate: compensation(fallible) })
  .machine({ output: () => ({}) });

const run = ({ idempotencyKey }: { readonly idempotencyKey: string }) => ({ id: idempotencyKey });
const undo = { run: () => ({}) };

const bookingObject = defineObject({
  name: "booking",
  machine: booking,
  actors: {
    flight: { run },
    hotel: { run },
    car: {
      run: ({ input, idempotencyKey }) => {
        if (input.fails) throw new TerminalError("there is no car");
        return { id: idempotencyKey };
      },
    },
    "undo:flight": undo,
    "undo:hotel": undo,
    "undo:car": undo,
  },
});

const subscriptionObject = defineObject({
  name: "subscription",
  machine: subscription,
  actors: {
    charge: {
      run: ({ input, idempotencyKey }) => {
        if (input.method === "declined") throw new TerminalError("the card was declined");
        return { chargeId: idempotencyKey };
      },
    },
  },
});

/** Rings once, so long after its birth. */
const alarm = defineObject({
  name: "alarm",
  machine: defineMachine({
    context: z.object({ delayMs: z.number() }),
    input: z.object({ delayMs: z.number() }),
    events: { STOP: z.object({}) },
  })
    .setup({ delays: { due: ({ context }) => context.delayMs } })
    .createMachine({
      id: "alarm",
      context: ({ input }) => input,
      initial: "armed",
      states: { armed: { after: { due: "rung" }, on: { STOP: "stopped" } }, rung: {}, stopped: {} },
    }),
});

/** Passes a token on until it has no hops left. */
const runner = defineObject({
  name: "runner",
  machine: defineMachine({
    context: z.object({ passed: z.number() }),
    events: { PASS: z.object({ run: z.string(), hops: z.number() }) },
  })
    .setup({
      actions: {
        count: assign({ passed: ({ context }) => context.passed + 1 }),
        pass: sendTo(
          (args) => objectRef("runner", `${args.event.run}-${args.event.hops - 1}`)(args),
          ({ event }) => ({ type: "PASS", run: event.run, hops: event.hops - 1 }),
        ),
      },
      guards: { isLast: ({ event }) => event.hops === 0 },
    })
    .createMachine({
      id: "runner",
      context: { passed: 0 },
      initial: "waiting",
      states: {
        waiting: {
          on: {
            PASS: [
              { guard: "isLast", target: "passed", actions: "count" },
              { target: "passed", actions: ["count", "pass"] },
            ],
          },
        },
        passed: {},
      },
    }),
});

export const definitions: readonly ObjectDefinition[] = [
  counterObject,
  bookingObject,
  subscriptionObject,
  alarm,
  runner,
];
