/** An object that can be poisoned in every way, and one that poisons it. */
import { defineMachine, defineObject, objectRef, promiseActor } from "stator/define";
import { assign, sendTo } from "xstate";
import { z } from "zod";

const nothing = z.object({});
/** While true, the turns of `victim` that are meant to fail do fail. */
export const trap = { isSet: true };

export const victim = defineObject({
  name: "victim",
  machine: defineMachine({
    context: z.object({ got: z.array(z.string()) }),
    events: { ADD: z.object({ what: z.string() }), POISON: nothing, LATER: nothing, WORK: nothing },
    actors: { work: promiseActor({ input: nothing, output: z.object({ value: z.string() }) }) },
  })
    .setup({
      delays: { soon: 1_000 },
      actions: {
        fail: assign({
          got: ({ context }) => {
            if (trap.isSet) throw new Error("planted failure");
            return [...context.got, "poison"];
          },
        }),
      },
    })
    .createMachine({
      id: "victim",
      context: { got: [] },
      on: {
        ADD: { actions: assign({ got: ({ context, event }) => [...context.got, event.what] }) },
        POISON: { actions: "fail" },
      },
      initial: "idle",
      states: {
        idle: { on: { LATER: "waiting", WORK: "working" } },
        waiting: { after: { soon: { target: "idle", actions: "fail" } } },
        working: {
          on: { LATER: "waiting" },
          invoke: {
            id: "work",
            src: "work",
            input: {},
            onDone: { target: "idle", actions: "fail" },
            onError: "idle",
          },
        },
      },
    }),
  actors: { work: { run: () => ({ value: "x" }) } },
});

/** Sends what it is told to, in order. */
export const source = defineObject({
  name: "source",
  machine: defineMachine({
    context: z.object({}),
    events: { TELL: z.object({ object: z.string(), key: z.string(), word: z.string(), what: z.string() }) },
  })
    .setup({})
    .createMachine({
      id: "source",
      context: {},
      on: {
        TELL: {
          actions: sendTo(
            ({ system, event }) => objectRef(event.object, event.key)({ system }),
            ({ event }) => ({ type: event.what, ...(event.what === "ADD" ? { what: event.word } : {}) }),
          ),
        },
      },
    }),
});
