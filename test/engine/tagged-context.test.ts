/** Under the codec `tagged` a context holds Date, Map, Set and bigint, and they come back as what they were. */

import { expect, test } from "vitest";
import { assign } from "xstate";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { OneObject } from "./kit.ts";

const nothing = z.object({});
const born = new Date("2026-02-03T04:05:06.007Z");

const machine = defineMachine({
  context: z.object({
    at: z.date(),
    seen: z.set(z.string()),
    prices: z.map(z.string(), z.bigint()),
    list: z.array(z.object({ day: z.date() })),
    plain: z.record(z.string(), z.unknown()),
  }),
  events: { LATER: nothing, BAD: nothing, NEVER: nothing },
})
  .setup({})
  .createMachine({
    id: "clock",
    context: () => ({
      at: born,
      seen: new Set(["a"]),
      prices: new Map([["x", 9_007_199_254_740_993n]]),
      list: [{ day: born }],
      plain: {},
    }),
    on: {
      LATER: {
        actions: assign({
          at: ({ context }) => new Date(context.at.getTime() + 1_000),
          seen: ({ context }) => new Set([...context.seen, "b"]),
          prices: ({ context }) => new Map([...context.prices, ["y", (context.prices.get("x") ?? 0n) + 1n]]),
          list: ({ context }) => [...context.list, { day: new Date(context.list[0]?.day.getTime() ?? 0) }],
        }),
      },
      BAD: { actions: assign({ plain: { $date: "2026" } }) },
      NEVER: { actions: assign({ at: new Date(Number.NaN) }) },
    },
  });

test("values of all four kinds survive a restart, and what is computed from them is right", () => {
  const object = new OneObject(defineObject({ name: "clock", machine, codec: "tagged" }));
  object.create();
  for (let i = 0; i < 3; i++) {
    object.reload();
    object.send("LATER");
  }
  const { context } = (JSON.parse(object.text) as { snapshot: { context: unknown } }).snapshot;
  expect(context).toMatchObject({
    at: { $date: "2026-02-03T04:05:09.007Z" },
    seen: { $set: ["a", "b"] },
    prices: {
      $map: [
        ["x", { $bigint: "9007199254740993" }],
        ["y", { $bigint: "9007199254740994" }],
      ],
    },
    list: Array.from({ length: 4 }, () => ({ day: { $date: born.toISOString() } })),
  });
});

test("expose gives callers what they can read", () => {
  const expose = ({ at }: { at: Date }) => ({ year: at.getUTCFullYear() });
  const object = new OneObject(defineObject({ name: "clock", machine, codec: "tagged", expose }));
  expect(object.create().view.context).toEqual({ year: 2026 });
});

test("data shaped like a tag, and a date that is none, are refused with the place", () => {
  const object = new OneObject(defineObject({ name: "clock", machine, codec: "tagged" }));
  object.create();
  expect(object.rejected("BAD").message).toContain("context.plain.$date");
  expect(object.reload().rejected("NEVER").message).toContain("context.at");
});

test("without the codec the refusal names the place and the remedy", () => {
  const refused = () => new OneObject(defineObject({ name: "clock", machine }));
  expect(refused).toThrow("context.at: a Date is not JSON");
  expect(refused).toThrow("declare codec: 'tagged'");
});
