/** The objects that the end-to-end tests host, in real processes: small machines whose every turn can be counted. */
import { appendFileSync } from "node:fs";
import { setTimeout as work } from "node:timers/promises";
import { defineMachine, defineObject, type ObjectDefinition, objectRef, promiseActor } from "stator/define";
import { assign, sendTo } from "xstate";
import { z } from "zod";

/** Counts. The sum of what was added tells how often each message was applied. */
export const counter = defineObject({
  name: "counter",
  machine: defineMachine({
    context: z.object({ count: z.number() }),
    events: { ADD: z.object({ amount: z.number() }), CLOSE: z.object({}) },
  })
    .setup({
      actions: {
        add: assign({ count: ({ context, event }) => context.count + (event.type === "ADD" ? event.amount : 0) }),
      },
    })
    .createMachine({
      id: "counter",
      context: { count: 0 },
      initial: "counting",
      states: { counting: { on: { ADD: { actions: "add" }, CLOSE: "closed" } }, closed: { type: "final" } },
    }),
});

/** Sleeps ten seconds unless told otherwise, and counts how often it woke. */
export const sleeper = defineObject({
  name: "sleeper",
  machine: defineMachine({
    context: z.object({ delayMs: z.number(), woken: z.number() }),
    input: z.object({ delayMs: z.number() }).optional(),
    events: { SLEEP: z.object({}) },
  })
    .setup({
      delays: { nap: ({ context }) => context.delayMs },
      actions: { wake: assign({ woken: ({ context }) => context.woken + 1 }) },
    })
    .createMachine({
      id: "sleeper",
      context: ({ input }) => ({ delayMs: input?.delayMs ?? 10_000, woken: 0 }),
      initial: "asleep",
      states: {
        asleep: { after: { nap: { target: "awake", actions: "wake" } } },
        awake: { on: { SLEEP: "asleep" } },
      },
    }),
});

/** What the promise actor of `payer` writes down, each line a fact that no rollback takes back. */
export interface Witness {
  readonly phase: "begin" | "end";
  readonly idempotencyKey: string;
  readonly pid: number;
  readonly attempt: number;
  readonly at: number;
}

/** Pays by a slow promise actor that leaves a witness before and after its work and does not listen to its signal. */
export const payer = (witnessFile: string): ObjectDefinition =>
  defineObject({
    name: "payer",
    machine: defineMachine({
      context: z.object({ workMs: z.number(), receipts: z.array(z.string()) }),
      input: z.object({ workMs: z.number() }),
      events: { PAY: z.object({}) },
      actors: {
        charge: promiseActor({ input: z.object({ workMs: z.number() }), output: z.object({ receipt: z.string() }) }),
      },
    })
      .setup()
      .createMachine({
        id: "payer",
        context: ({ input }) => ({ workMs: input.workMs, receipts: [] }),
        initial: "open",
        states: {
          open: { on: { PAY: "paying" } },
          paying: {
            invoke: {
              id: "charge",
              src: "charge",
              input: ({ context }) => ({ workMs: context.workMs }),
              onDone: {
                target: "paid",
                actions: assign({ receipts: ({ context, event }) => [...context.receipts, event.output.receipt] }),
              },
              onError: "failed",
            },
          },
          paid: {},
          failed: {},
        },
      }),
    actors: {
      charge: {
        run: async ({ input, idempotencyKey, attempt }) => {
          const say = (phase: Witness["phase"]): void => {
            const line: Witness = { phase, idempotencyKey, pid: process.pid, attempt, at: Date.now() };
            appendFileSync(witnessFile, `${JSON.stringify(line)}\n`);
          };
          say("begin");
          await work(input.workMs);
          say("end");
          return { receipt: `${process.pid}` };
        },
      },
    },
  });

/** Passes numbers on to receivers. */
export const sender = defineObject({
  name: "sender",
  machine: defineMachine({
    context: z.object({ passed: z.number() }),
    events: { PASS: z.object({ to: z.string(), from: z.string(), n: z.number() }) },
  })
    .setup({ actions: { count: assign({ passed: ({ context }) => context.passed + 1 }) } })
    .createMachine({
      id: "sender",
      context: { passed: 0 },
      on: {
        PASS: {
          actions: [
            "count",
            sendTo(
              (args) => objectRef("receiver", args.event.to)(args),
              ({ event }) => ({ type: "NOTE", from: event.from, n: event.n }),
            ),
          ],
        },
      },
    }),
});

/** Notes down what it is sent, in the order applied. */
export const receiver = defineObject({
  name: "receiver",
  private: true,
  machine: defineMachine({
    context: z.object({ notes: z.array(z.object({ from: z.string(), n: z.number() })) }),
    events: { NOTE: z.object({ from: z.string(), n: z.number() }) },
  })
    .setup({
      actions: {
        note: assign({
          notes: ({ context, event }) => [...context.notes, { from: event.from, n: event.n }],
        }),
      },
    })
    .createMachine({ id: "receiver", context: { notes: [] }, on: { NOTE: { actions: "note" } } }),
});

export const definitions = (witnessFile: string): readonly ObjectDefinition[] => [
  counter,
  sleeper,
  payer(witnessFile),
  sender,
  receiver,
];
