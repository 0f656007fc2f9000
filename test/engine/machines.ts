/** Small machines that several engine tests use. */
import { assign, sendParent } from "xstate";
import { z } from "zod";
import { defineMachine, promiseActor } from "../../src/core/define.ts";

const nothing = z.object({});

export const charge = promiseActor({
  input: z.object({ amount: z.number().positive() }),
  output: z.object({ chargeId: z.string() }),
});

/** Paid by a promise actor, within a deadline. */
export const order = defineMachine({
  context: z.object({ total: z.number(), chargeId: z.string().nullable(), failure: z.string().nullable() }),
  input: z.object({ total: z.number() }),
  output: z.object({ chargeId: z.string().nullable() }),
  events: { PAY: nothing, CANCEL: nothing, RETRY: nothing, AMEND: z.object({ total: z.number() }) },
  emits: { paid: z.object({ chargeId: z.string() }) },
  actors: { charge },
})
  .setup({ actions: { notify: (_, _params: { readonly text: string }) => undefined }, delays: { deadline: 900_000 } })
  .createMachine({
    id: "order",
    initial: "open",
    context: ({ input }) => ({ total: input.total, chargeId: null, failure: null }),
    output: ({ context }) => ({ chargeId: context.chargeId }),
    states: {
      open: {
        tags: ["payable", "open"],
        after: { deadline: "expired" },
        on: {
          PAY: "charging",
          CANCEL: "canceled",
          AMEND: { actions: assign({ total: ({ event }) => event.total }) },
        },
      },
      charging: {
        invoke: {
          id: "charge",
          src: "charge",
          input: ({ context }) => ({ amount: context.total }),
          onDone: { target: "paid", actions: assign({ chargeId: ({ event }) => event.output.chargeId }) },
          onError: {
            target: "open",
            actions: assign({ failure: ({ event }) => (event.error as { message: string }).message }),
          },
        },
        on: { CANCEL: "canceled" },
      },
      paid: {
        entry: { type: "notify", params: ({ context }) => ({ text: `paid ${context.total}` }) },
        type: "final",
      },
      canceled: { type: "final" },
      expired: { on: { RETRY: "open" } },
    },
  });

/** Counts pings, tells its parent, and ends by itself. */
export const child = defineMachine({
  context: z.object({ n: z.number() }),
  input: z.object({ n: z.number() }),
  output: z.object({ n: z.number() }),
  events: { PING: nothing, END: nothing },
})
  .setup({})
  .createMachine({
    id: "child",
    initial: "on",
    context: ({ input }) => ({ n: input.n }),
    output: ({ context }) => ({ n: context.n }),
    states: {
      on: {
        on: {
          PING: { actions: [assign({ n: ({ context }) => context.n + 1 }), sendParent({ type: "PONG" })] },
          END: "off",
        },
        after: { 1000: "off" },
      },
      off: { type: "final" },
    },
  });
