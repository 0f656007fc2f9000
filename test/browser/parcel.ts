/** An object for the journeys: one event that changes nothing, one whose fields depend on a kind, one secret. */
import { defineMachine, defineObject } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";

const machine = defineMachine({
  context: z.object({ owner: z.string(), pin: z.string().meta({ sensitive: true }), paid: z.string() }),
  input: z.object({ owner: z.string(), pin: z.string().meta({ sensitive: true }) }),
  events: {
    PAY: z.object({
      by: z.discriminatedUnion("type", [
        z.object({ type: z.literal("card"), number: z.string().min(1).meta({ sensitive: true }), holder: z.string() }),
        z.object({ type: z.literal("invoice"), holder: z.string(), days: z.number().int().positive() }),
      ]),
    }),
    LOOK: z.object({}),
    SHIP: z.object({}),
  },
})
  .setup({
    actions: { pay: assign(({ event }) => (event.type === "PAY" ? { paid: event.by.type } : {})) },
  })
  .createMachine({
    id: "parcel",
    context: ({ input }) => ({ ...input, paid: "" }),
    initial: "waiting",
    states: {
      waiting: { on: { PAY: { actions: "pay" }, LOOK: {} } },
      ready: { on: { SHIP: "shipped" } },
      shipped: { type: "final" },
    },
  });

// biome-ignore lint/style/noDefaultExport: the form of a module that a host loads
export default [defineObject({ name: "parcel", machine })];
