/** Objects whose turns cost so much that a small generator can offer many times what a host can do. */
import { defineMachine, defineObject, type ObjectDefinition } from "stator/define";
import { assign } from "xstate";
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

/** Rings once, a while after it was armed. */
const bell = defineObject({
  name: "bell",
  machine: defineMachine({
    context: z.object({ delayMs: z.number() }),
    events: { ARM: z.object({ delayMs: z.number() }) },
  })
    .setup({
      delays: { due: ({ context }) => context.delayMs },
      actions: { arm: assign(({ event }) => ({ delayMs: event.delayMs })) },
    })
    .createMachine({
      id: "bell",
      context: { delayMs: 0 },
      initial: "idle",
      states: {
        idle: { on: { ARM: { target: "armed", actions: "arm" } } },
        armed: { after: { due: "rung" } },
        rung: {},
      },
    }),
});

/** So dear that the generator, the broker and the database cost little beside it. */
const TURN_MS = 5;
export const definitions: readonly ObjectDefinition[] = [
  costing("heavy", TURN_MS),
  costing("other", TURN_MS),
  costing("light", 0),
  bell,
];
