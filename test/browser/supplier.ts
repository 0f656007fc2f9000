/**
 * What the examples do not have, for the journeys: a supplier that always refuses, with up to an hour between two
 * attempts, and an object that sends to a counter what it is told to.
 */
import { defineMachine, defineObject, objectRef, promiseActor } from "stator/define";
import { sendTo } from "xstate";
import { z } from "zod";
import examples from "../../actors/index.ts";
import { counter } from "../../machines/counter.ts";

const LONGEST_WAIT_MS = 55 * 60_000;

const rental = defineMachine({
  context: z.object({}),
  events: { RESERVE: z.object({}) },
  actors: { reserveCar: promiseActor({ input: z.object({}), output: z.object({}) }) },
})
  .setup({})
  .createMachine({
    id: "rental",
    context: {},
    initial: "draft",
    states: {
      draft: { on: { RESERVE: "reserving" } },
      reserving: { invoke: { src: "reserveCar", input: {}, onDone: "over", onError: "over" } },
      over: { type: "final" },
    },
  });

const rentalObject = defineObject({
  name: "rental",
  machine: rental,
  actors: {
    reserveCar: {
      retry: { maxAttempts: 8, initialMs: LONGEST_WAIT_MS, maxMs: LONGEST_WAIT_MS },
      run: () => {
        throw new Error("no car is left");
      },
    },
  },
});

const counters = { name: "counter", machine: counter };
const teller = defineMachine({
  context: z.object({}),
  events: { TELL: z.object({ key: z.string(), amount: z.number().int() }) },
})
  .setup({
    actions: {
      tell: sendTo(
        ({ event, system }) => objectRef(counters, event.key)({ system }),
        ({ event }) => ({ type: "ADD" as const, amount: event.amount }),
      ),
    },
  })
  .createMachine({
    id: "teller",
    context: {},
    initial: "telling",
    states: { telling: { on: { TELL: { actions: "tell" } } } },
  });

// biome-ignore lint/style/noDefaultExport: the form of a module that a host loads
export default [...examples, rentalObject, defineObject({ name: "teller", machine: teller })];
