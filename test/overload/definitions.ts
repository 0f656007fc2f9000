/** Objects whose turns cost so much that a small generator can offer many times what a host can do. */
import { defineMachine, defineObject, type ObjectDefinition } from "stator/define";
import { assign, enqueueActions } from "xstate";
import { z } from "zod";

/** Occupies the processor, as a large machine does. */
function burn(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

function costing(name: string, turnMs: number): ObjectDefinition {
  return defineObject({
    name,
    machine: defineMachine({ context: z.object({ count: z.number() }), events: { ADD: z.object({}) } })
      .setup({
        actions: {
          add: assign({
            count: ({ context }) => {
              burn(turnMs);
              return context.count + 1;
            },
          }),
        },
      })
      .createMachine({ id: name, context: { count: 0 }, on: { ADD: { actions: "add" } } }),
  });
}

export const BELLS = 10;

/** Arms ten timers at once, and counts them as they ring. */
const carillon = defineObject({
  name: "carillon",
  machine: defineMachine({
    context: z.object({ rung: z.number() }),
    events: { ARM: z.object({ delayMs: z.number() }) },
    internal: { RING: z.object({}) },
  })
    .setup({ actions: { count: assign({ rung: ({ context }) => context.rung + 1 }) } })
    .createMachine({
      id: "carillon",
      context: { rung: 0 },
      on: {
        ARM: {
          actions: enqueueActions(({ enqueue, event }) => {
            for (let i = 0; i < BELLS; i++) enqueue.raise({ type: "RING" }, { id: `bell-${i}`, delay: event.delayMs });
          }),
        },
        RING: { actions: "count" },
      },
    }),
});

/** So dear that the generator, the broker and the database cost little beside it. */
const TURN_MS = 5;
export const definitions: readonly ObjectDefinition[] = [
  costing("heavy", TURN_MS),
  costing("other", TURN_MS),
  costing("light", 0),
  carillon,
];
