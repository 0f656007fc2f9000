/** An object with promise actors and named actions under every policy; what they do is faked by the tests. */
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";

const nothing = z.object({});
const io = { input: z.object({ n: z.number() }), output: z.object({ value: z.string() }) };

export const job = defineObject({
  name: "job",
  machine: defineMachine({
    context: z.object({ n: z.number(), value: z.string().nullable(), error: z.unknown() }),
    events: {
      RUN: z.object({ n: z.number() }),
      STOP: nothing,
      AGAIN: nothing,
      PARKING: nothing,
      NOTIFY: z.object({ n: z.number() }),
      LOG: nothing,
    },
    actors: { work: promiseActor(io), patient: promiseActor(io) },
  })
    .setup({
      actions: {
        notify: (_, _params: { n: number }) => undefined,
        log: () => undefined,
      },
    })
    .createMachine({
      id: "job",
      context: { n: 0, value: null, error: null },
      on: { NOTIFY: { actions: { type: "notify", params: ({ event }) => ({ n: event.n }) } }, LOG: { actions: "log" } },
      initial: "idle",
      states: {
        idle: {
          on: {
            RUN: { target: "running", actions: assign({ n: ({ event }) => event.n }) },
            PARKING: "parking",
          },
        },
        running: {
          on: { STOP: "idle", AGAIN: { target: "running", reenter: true } },
          invoke: {
            id: "work",
            src: "work",
            input: ({ context }) => ({ n: context.n }),
            onDone: { target: "idle", actions: assign({ value: ({ event }) => event.output.value }) },
            onError: { target: "idle", actions: assign({ error: ({ event }) => event.error }) },
          },
        },
        parking: {
          invoke: {
            id: "patient",
            src: "patient",
            input: { n: 0 },
            onDone: { target: "idle", actions: assign({ value: ({ event }) => event.output.value }) },
            onError: { target: "idle", actions: assign({ error: ({ event }) => event.error }) },
          },
        },
      },
    }),
  actors: {
    work: {
      retry: { maxAttempts: 3, initialMs: 100 },
      heartbeatMs: 3_000,
      maxConcurrent: 2,
      run: () => ({ value: "real" }),
    },
    patient: { retry: { maxAttempts: 2, initialMs: 10 }, onExhausted: "park", run: () => ({ value: "real" }) },
  },
  actions: {
    notify: { retry: { maxAttempts: 3, initialMs: 100 }, timeoutMs: 5_000, run: () => undefined },
    log: () => undefined,
  },
});
