/** Objects for the journeys that hold whatever the test says, and what JSON has no word for. */
import { defineMachine, defineObject } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";

const MAX_LENGTH = 5_000_000;

const stranger = defineMachine({
  context: z.object({ note: z.json(), text: z.string() }),
  input: z.object({ note: z.json() }),
  events: { SAY: z.object({ note: z.json() }), GROW: z.object({ length: z.number().int().max(MAX_LENGTH) }) },
})
  .setup({
    actions: {
      say: assign(({ event }) => (event.type === "SAY" ? { note: event.note } : {})),
      grow: assign(({ event }) => (event.type === "GROW" ? { text: "x".repeat(event.length) } : {})),
    },
  })
  .createMachine({
    id: "stranger",
    context: ({ input }) => ({ note: input.note, text: "" }),
    initial: "here",
    states: { here: { on: { SAY: { actions: "say" }, GROW: { actions: "grow" } } } },
  });

const exotic = defineMachine({
  context: z.object({
    born: z.date(),
    worth: z.bigint(),
    seen: z.map(z.string(), z.number()),
    marks: z.set(z.string()),
  }),
  events: { LOOK: z.object({}) },
})
  .setup({ actions: { look: assign({ seen: ({ context }) => new Map([...context.seen, ["<b>sun</b>", 2]]) }) } })
  .createMachine({
    id: "exotic",
    context: {
      born: new Date("1815-12-10T00:00:00.000Z"),
      worth: 2n ** 70n,
      seen: new Map([["moon", 1]]),
      marks: new Set(["a", "b"]),
    },
    initial: "here",
    states: { here: { on: { LOOK: { actions: "look" } } } },
  });

// biome-ignore lint/style/noDefaultExport: the form of a module that a host loads
export default [
  defineObject({ name: "stranger", machine: stranger }),
  defineObject({ name: "exotic", machine: exotic, codec: "tagged" }),
];
