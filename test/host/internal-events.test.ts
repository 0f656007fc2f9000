/** Internal events: objects may send them, callers may not, and nobody from outside is told that they exist. */
import { ask, defineMachine, defineObject } from "stator/define";
import { expect, test } from "vitest";
import { z } from "zod";
import { createKit } from "../../src/testing/index.ts";
import { order, stock, trade } from "./trade.ts";

test("a caller is refused as if the event did not exist", async () => {
  const kit = await createKit({ objects: trade });
  const send = kit.object("stock", "g").send({ type: "RESERVE", amount: 1 });
  await expect(send).rejects.toMatchObject({
    code: "UNKNOWN_EVENT",
    details: { known: ["BREAK", "CLOSE", "FILL", "PING", "TAKE"] },
  });
  const accepts = await kit
    .object(stock, "g")
    .send({ type: "TAKE", amount: 1, for: "me" })
    .catch((error: unknown) => error);
  expect(JSON.stringify(accepts)).not.toContain("RESERVE");
});

test("another object is not, but its payload is checked", async () => {
  const kit = await createKit({ objects: trade });
  const o1 = kit.object(order, "o1");
  await kit.object(stock, "g").send({ type: "FILL", amount: 5 });
  await o1.send({ type: "TELL", key: "g", what: "RESERVE", amount: 2 });
  await kit.settle();
  expect((await kit.object(stock, "g").get()).context.left).toBe(3);
  await o1.send({ type: "ASK", key: "g", what: "RESERVE" });
  await kit.settle();
  expect((await o1.get()).context.error).toMatchObject({ code: "INVALID_EVENT" });
});

test("one type cannot be both", () => {
  const machine = defineMachine({
    context: z.object({}),
    events: { A: z.object({}) },
    internal: { A: z.object({}) },
    actors: { b: ask("b") },
  })
    .setup({})
    .createMachine({ id: "both", context: {} });
  expect(() => defineObject({ name: "both", machine })).toThrow("internal.A: is one of events, too");
});
