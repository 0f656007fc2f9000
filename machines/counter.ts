/** A counter: it counts what is added, and begins again when it is reset. */

import { defineMachine } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";

export const counter = defineMachine({
  context: z.object({ count: z.number() }),
  events: { ADD: z.object({ amount: z.number().int() }), RESET: z.object({}) },
})
  .setup({
    actions: {
      add: assign({ count: ({ context, event }) => context.count + (event.type === "ADD" ? event.amount : 0) }),
      reset: assign({ count: 0 }),
    },
  })
  .createMachine({
    id: "counter",
    context: { count: 0 },
    initial: "counting",
    states: {
      counting: { on: { ADD: { actions: "add" }, RESET: { actions: "reset" } } },
    },
  });
