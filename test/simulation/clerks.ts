/** Objects that ask other objects and wait for the answer, and objects that are made by others and tell how they ended. */
import { ask, defineMachine, defineObject, type ObjectDefinition, objectActor } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";
import { alarm, counter } from "./programs.ts";

/** Works for a while and ends. */
const errand = defineObject({
  name: "errand",
  machine: defineMachine({
    context: z.object({ delayMs: z.number() }),
    input: z.object({ delayMs: z.number() }),
    output: z.object({ tookMs: z.number() }),
    events: { HURRY: z.object({}) },
  })
    .setup({ delays: { due: ({ context }) => context.delayMs } })
    .createMachine({
      id: "errand",
      context: ({ input }) => ({ delayMs: input.delayMs }),
      output: ({ context }) => ({ tookMs: context.delayMs }),
      initial: "working",
      states: { working: { on: { HURRY: "over" }, after: { due: "over" } }, over: { type: "final" } },
    }),
});

/** Asks counters and alarms, and sends others on errands; may give up at any time. */
const clerk = defineObject({
  name: "clerk",
  machine: defineMachine({
    context: z.object({ key: z.string(), amount: z.number(), answers: z.array(z.string()) }),
    events: {
      COUNT: z.object({ key: z.string(), amount: z.number() }),
      SILENCE: z.object({ key: z.string() }),
      HIRE: z.object({ key: z.string(), amount: z.number() }),
      RESET: z.object({}),
    },
    actors: { count: ask(counter), silence: ask(alarm), errand: objectActor(errand) },
  })
    .setup({
      actions: {
        note: assign(({ context, event }) => ({
          key: "key" in event ? event.key : context.key,
          amount: "amount" in event ? event.amount : context.amount,
        })),
        answered: assign({ answers: ({ context }) => [...context.answers, "answered"] }),
        refused: assign({ answers: ({ context }) => [...context.answers, "refused"] }),
      },
    })
    .createMachine({
      id: "clerk",
      context: { key: "", amount: 0, answers: [] },
      initial: "idle",
      on: { RESET: ".idle" },
      states: {
        idle: {
          on: {
            COUNT: { target: "counting", actions: "note" },
            SILENCE: { target: "silencing", actions: "note" },
            HIRE: { target: "hiring", actions: "note" },
          },
        },
        counting: {
          invoke: {
            src: "count",
            id: "count",
            input: ({ context }) => ({ key: context.key, event: { type: "ADD", amount: context.amount } }),
            onDone: { target: "idle", actions: "answered" },
            onError: { target: "idle", actions: "refused" },
          },
        },
        silencing: {
          invoke: {
            src: "silence",
            id: "silence",
            input: ({ context }) => ({ key: context.key, event: { type: "CANCEL" } }),
            onDone: { target: "idle", actions: "answered" },
            onError: { target: "idle", actions: "refused" },
          },
        },
        hiring: {
          invoke: {
            src: "errand",
            id: "errand",
            input: ({ context }) => ({ key: context.key, input: { delayMs: context.amount } }),
            onDone: { target: "idle", actions: "answered" },
            onError: { target: "idle", actions: "refused" },
          },
        },
      },
    }),
});

export const clerks: readonly ObjectDefinition[] = [errand, clerk];
