/** A step may be a question to another object: what it does there is a turn of that object, and so is its compensation. */
import { expect, test } from "vitest";
import { assign } from "xstate";
import { z } from "zod";
import { ask, defineMachine, defineObject } from "../../src/core/define.ts";
import { effectOf, saga, stepDone, stepState, stepsSchema, stepUndone } from "../../src/saga/index.ts";
import { rig } from "../host/rig.ts";

const stepKey = z.string();
const stock = defineObject({
  name: "stock",
  machine: defineMachine({
    context: z.object({ left: z.number(), steps: stepsSchema(z.number()) }),
    input: z.object({ left: z.number() }),
    events: { TAKE: z.object({ stepKey, count: z.number() }), GIVE_BACK: z.object({ stepKey }) },
  })
    .setup({
      actions: {
        take: assign(({ context }, step: { stepKey: string; count: number }) => ({
          left: context.left - step.count,
          steps: stepDone(context.steps, step.stepKey, step.count),
        })),
        giveBack: assign(({ context }, step: { stepKey: string }) => ({
          left: context.left + (effectOf(context.steps, step.stepKey) ?? 0),
          steps: stepUndone(context.steps, step.stepKey),
        })),
      },
      guards: {
        isPossible: ({ context }, step: { stepKey: string; count: number }) =>
          stepState(context.steps, step.stepKey) === "new" && context.left >= step.count,
      },
    })
    .createMachine({
      id: "stock",
      context: ({ input }) => ({ left: input.left, steps: {} }),
      on: {
        TAKE: {
          guard: { type: "isPossible", params: ({ event }) => event },
          actions: { type: "take", params: ({ event }) => event },
        },
        GIVE_BACK: { actions: { type: "giveBack", params: ({ event }) => event } },
      },
    }),
});

const take = ask(stock);
const shop = defineObject({
  name: "shop",
  machine: saga("shop", { input: z.object({ shelves: z.array(z.string()) }) })
    .each("take", {
      items: ({ input }) => input.shelves,
      do: take,
      input: ({ item, stepKey }) => ({ key: item, event: { type: "TAKE" as const, count: 2, stepKey } }),
      compensate: take,
      compensateInput: ({ item, stepKey }) => ({ key: item, event: { type: "GIVE_BACK" as const, stepKey } }),
    })
    .machine({ output: ({ results }) => results.take.map(({ context }) => context.left) }),
});

test("objects are asked in turn, and asked to give back when one of them refuses", async () => {
  const { host, client, run } = rig([stock, shop]);
  await host();
  const shelves = { a: 5, b: 3 };
  for (const [key, left] of Object.entries(shelves)) await run(client.object(stock, key).create({ left }));
  const buy = async (key: string) => {
    await run(client.object(shop, key).create({ shelves: ["a", "b"] }));
    return (await run(client.object(shop, key).waitFor({ status: "done" }))).output;
  };
  expect(await buy("first")).toMatchObject({ status: "completed", value: [3, 1] });
  expect(await buy("second")).toMatchObject({
    status: "compensated",
    failure: { step: "take[1]", error: { code: "EVENT_NOT_ACCEPTED" } },
    compensated: ["take[1]", "take[0]"],
  });
  expect((await run(client.object(stock, "a").get())).context.left).toBe(3);
});
