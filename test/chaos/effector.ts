/** Sends several effects a turn to where others can see them: the sink, subscribers, another object. */
import { defineMachine, defineObject, type ObjectDefinition, objectRef } from "stator/define";
import { enqueueActions } from "xstate";
import { z } from "zod";

export type Deliver = (idempotencyKey: string, params: unknown) => Promise<void>;

export const effector = (deliver: Deliver): ObjectDefinition =>
  defineObject({
    name: "effector",
    machine: defineMachine({
      context: z.object({ turns: z.number() }),
      events: { SPREAD: z.object({ effects: z.number(), to: z.string(), text: z.string() }) },
      emits: { SPREAD_DONE: z.object({ turns: z.number() }) },
    })
      .setup({ actions: { deliver: (_, _params: { turns: number; nth: number }) => undefined } })
      .createMachine({
        id: "effector",
        context: { turns: 0 },
        on: {
          SPREAD: {
            actions: enqueueActions(({ context, event, enqueue }) => {
              const turns = context.turns + 1;
              enqueue.assign({ turns });
              for (let nth = 0; nth < event.effects; nth++) enqueue({ type: "deliver", params: { turns, nth } });
              enqueue.emit({ type: "SPREAD_DONE", turns });
              enqueue.sendTo(
                (args: Parameters<ReturnType<typeof objectRef>>[0]) => objectRef("notes", event.to)(args),
                {
                  type: "NOTE",
                  text: event.text,
                },
              );
            }),
          },
        },
      }),
    actions: {
      deliver: {
        retry: { maxAttempts: 1_000, initialMs: 50, maxMs: 1_000 },
        timeoutMs: 2_000,
        run: ({ params, idempotencyKey }) => deliver(idempotencyKey, params),
      },
    },
  });
