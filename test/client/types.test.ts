/** What the compiler must refuse. The file is judged by `tsc`; at run time only the untyped edges are looked at. */

import { SeededRandom, VirtualClock } from "stator/testing";
import { expect, expectTypeOf, test } from "vitest";
import { emit } from "xstate";
import { z } from "zod";
import { createClient, type ObjectClient } from "../../src/client/index.ts";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { MemoryBroker } from "../../src/memory/transport.ts";

const orderMachine = defineMachine({
  context: z.object({ total: z.number() }),
  events: { PAY: z.object({ method: z.enum(["card", "cash"]) }), CANCEL: z.object({}) },
  input: z.object({ total: z.number() }),
  output: z.object({ paid: z.boolean() }),
  emits: { PAID: z.object({ amount: z.number() }) },
})
  .setup({})
  .createMachine({
    id: "order",
    context: ({ input }) => ({ total: input.total }),
    initial: "open",
    states: {
      open: { on: { PAY: { target: "paid", actions: emit({ type: "PAID", amount: 1 }) }, CANCEL: "canceled" } },
      paid: { type: "final" },
      canceled: { type: "final" },
    },
    output: { paid: true },
  });
const order = defineObject({ name: "order", machine: orderMachine });

const counterMachine = defineMachine({
  context: z.object({ count: z.number() }),
  events: { ADD: z.object({ amount: z.number() }) },
})
  .setup({})
  .createMachine({ id: "counter", context: { count: 0 }, initial: "counting", states: { counting: { tags: "busy" } } });
const counter = defineObject({ name: "counter", machine: counterMachine });

const clock = new VirtualClock();
const client = createClient({
  transport: new MemoryBroker({ clock }).connect(),
  clock,
  random: new SeededRandom(1, clock),
});

/** Never run: only compiled. */
async function judgedByTheCompiler(): Promise<void> {
  const o = client.object(order, "o-1");
  const c = client.object(counter, "c-1");

  const receipt = await o.send({ type: "PAY", method: "card" });
  expectTypeOf(receipt.context).toEqualTypeOf<{ total: number }>();
  expectTypeOf(receipt.value).toEqualTypeOf<"open" | "paid" | "canceled">();
  expectTypeOf(receipt.revision).toEqualTypeOf<number>();
  expectTypeOf(await o.result()).toEqualTypeOf<{ paid: boolean }>();
  expectTypeOf((await o.get()).output).toEqualTypeOf<{ paid: boolean } | null>();

  // @ts-expect-error an event that the machine does not declare
  await o.send({ type: "REFUND" });
  // @ts-expect-error a field is missing
  await o.send({ type: "PAY" });
  // @ts-expect-error a field is of the wrong type
  await o.send({ type: "PAY", method: "shells" });
  // @ts-expect-error the machine takes input
  await o.create();
  // @ts-expect-error the input is of the wrong type
  await o.create({ total: "5" });
  await o.create({ total: 5 }, { messageId: "m" });
  await c.create();

  await o.waitFor({ matches: "paid" });
  // @ts-expect-error no such state
  await o.waitFor({ matches: "shipped" });
  await o.waitFor({ status: "done" });
  // @ts-expect-error no such status
  await o.waitFor({ status: "finished" });
  // @ts-expect-error one of the three is needed
  await o.waitFor({});
  await c.waitFor({ tag: "busy" });

  o.on("PAID", (event) => expectTypeOf(event.amount).toEqualTypeOf<number>());
  // @ts-expect-error the machine emits no such event
  o.on("LOST", () => undefined);

  const untyped = client.object("order", "o-1");
  await untyped.send({ type: "ANYTHING", at: 5 });
  await untyped.create({ any: "thing" });
  await untyped.waitFor({ matches: { a: "b" } });
  untyped.on("ANY", (event) => expectTypeOf(event.type).toEqualTypeOf<string>());
}

test("an object by definition and by name is the same object", () => {
  expect(judgedByTheCompiler).toBeTypeOf("function");
  expect(client.object(order, "o-1").address).toEqual(client.object("order", "o-1").address);
});

test("a bad name or key is refused before anything is asked", () => {
  expect(() => client.object("order", "")).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
  expect(() => client.object("order", "\ud800")).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
  expect(() => client.object("no.dots", "k")).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
  expectTypeOf(client.object("order", "k")).toEqualTypeOf<ObjectClient>();
});
