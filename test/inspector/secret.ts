/** An object with secrets in its context, input, events and results, and values that JSON does not know. */
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";

const secret = <S extends z.ZodType>(schema: S): S => schema.meta({ sensitive: true });

export const vault = defineObject({
  name: "vault",
  codec: "tagged",
  machine: defineMachine({
    context: z.object({
      owner: z.string(),
      pin: secret(z.string()),
      cards: z.array(z.object({ bank: z.string(), number: secret(z.string()) })),
      opened: z.date(),
      debt: z.bigint(),
      notes: z.map(z.string(), z.number()),
      text: z.string(),
    }),
    input: z.object({ owner: z.string(), pin: secret(z.string()) }),
    events: {
      ADD: z.object({ bank: z.string(), number: secret(z.string()), text: z.string().default("") }),
      CHECK: z.object({}),
    },
    actors: {
      check: promiseActor({
        input: z.object({ pin: secret(z.string()) }),
        output: z.object({ token: secret(z.string()) }),
      }),
    },
  })
    .setup({
      guards: { isKnown: ({ context }) => context.cards.length > 0 },
      actions: {
        add: assign(({ context, event }) =>
          event.type === "ADD"
            ? { cards: [...context.cards, { bank: event.bank, number: event.number }], text: event.text }
            : {},
        ),
      },
    })
    .createMachine({
      id: "vault",
      context: ({ input }) => ({
        ...input,
        cards: [],
        opened: new Date(0),
        debt: 12n,
        notes: new Map([["a", 1]]),
        text: "</script><script>alert(1)</script>",
      }),
      initial: "open",
      states: {
        open: {
          meta: { say: "{owner} keeps {cards} here, pin {pin}." },
          on: { ADD: { actions: "add" }, CHECK: { guard: "isKnown", target: "checking" } },
        },
        checking: {
          invoke: {
            src: "check",
            input: ({ context }) => ({ pin: context.pin }),
            onDone: "open",
            onError: "open",
          },
        },
      },
    }),
  actors: {
    check: {
      run: async ({ input }) => {
        if (input.pin.startsWith("wrong")) throw new Error(`no token for ${input.pin}`);
        return { token: `token-of-${input.pin}` };
      },
    },
  },
});
