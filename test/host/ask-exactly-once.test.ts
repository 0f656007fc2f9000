/** An ask is applied once and answered once; a refusal is an answer, and final. */
import { expect, test } from "vitest";
import { createKit, Kit } from "../../src/testing/index.ts";
import { doomed } from "./crash.ts";
import { order, shipment, stock, trade } from "./trade.ts";

test("the state of the asked object right after the event is onDone", async () => {
  const kit = await createKit({ objects: trade });
  await kit.object(stock, "g").send({ type: "FILL", amount: 5 });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "TAKE", key: "g", amount: 3 });
  await kit.settle();
  expect(await o1.get()).toMatchObject({
    value: "idle",
    context: { receipt: { revision: 2, status: "active", value: "open", context: { left: 2, asked: ["order/o1"] } } },
  });
});

test("a refusal is onError with its code, and stands in the journal of the asked object", async () => {
  const kit = await createKit({ objects: trade });
  await kit.object(stock, "g").send({ type: "FILL", amount: 1 });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "TAKE", key: "g", amount: 3 });
  await kit.settle();
  const error = { code: "EVENT_NOT_ACCEPTED", data: { accepts: expect.arrayContaining(["FILL"]) as unknown } };
  expect(await o1.get()).toMatchObject({ value: "idle", context: { error } });
  const [, refused] = await kit.journal(stock, "g");
  expect(refused).toMatchObject({
    kind: "refused",
    source: "order/o1",
    refused: { code: "EVENT_NOT_ACCEPTED" },
    context: { left: 1 },
  });
});

test.each([
  ["a finished object", { key: "done", what: "FILL" }, "INVALID_EVENT"],
  ["an event that it does not know", { key: "done", what: "WHAT" }, "UNKNOWN_EVENT"],
  ["an event that ends it twice", { key: "done", what: "CLOSE" }, "OBJECT_DONE"],
  ["an event of the engine", { key: "done", what: "PING" }, "INVALID_EVENT"],
  ["a turn that throws", { key: "new", what: "BREAK" }, "TURN_FAILED"],
])("%s is refused with its code", async (_, { key, what }, code) => {
  const kit = await createKit({ objects: trade });
  await kit.object(stock, "done").send({ type: "CLOSE" });
  const o1 = kit.object(order, "o1");
  await o1.send({ type: "ASK", key, what });
  await kit.advance("2m");
  expect(await o1.get()).toMatchObject({ value: "idle", context: { error: { code } } });
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
});

/** Fills a stock, takes from it by an ask, ships by an invoke, delivers. */
async function scenario(kit: Kit): Promise<void> {
  const o1 = kit.object(order, "o1");
  await kit.object(stock, "g").send({ type: "FILL", amount: 5 }, { messageId: "fill" });
  await o1.send({ type: "TAKE", key: "g", amount: 3 }, { messageId: "take" });
  await o1.waitFor({ matches: "idle" });
  await o1.send({ type: "TAKE", key: "g", amount: 3 }, { messageId: "take-2" });
  await o1.waitFor({ matches: "idle" });
  await o1.send({ type: "SHIP", key: "s1", to: "Oslo" }, { messageId: "ship" });
  const s1 = kit.object(shipment, "s1");
  await s1.waitFor({ matches: "under way" });
  await s1.send({ type: "DELIVER" }, { messageId: "deliver" });
  await o1.waitFor({ matches: "idle" });
}

const EXPECTED = {
  receipt: { revision: 2, context: { left: 2, asked: ["order/o1"] } },
  error: { code: "EVENT_NOT_ACCEPTED" },
  output: { to: "Oslo", by: "boat" },
};

async function verdict(kit: Kit): Promise<void> {
  await kit.advance("1m");
  expect((await kit.object(order, "o1").get()).context).toMatchObject(EXPECTED);
  expect((await kit.journal(stock, "g")).map(({ kind }) => kind)).toEqual(["event", "event", "refused"]);
  expect((await kit.journal(order, "o1")).map(({ kind }) => kind)).toEqual([
    "event",
    "result",
    "event",
    "result",
    "event",
    "result",
  ]);
  expect((await kit.journal(shipment, "s1")).map(({ kind }) => kind)).toEqual(["create", "event"]);
  const scope = { partitions: [...Array(8).keys()], names: ["order", "stock", "shipment"] };
  expect(await kit.store.pendingSends(scope, 10)).toEqual([]);
}

test.each(["before", "after"] as const)(
  "one of two hosts dies at any call of the store, %s it is carried out: all is applied once and answered once",
  { timeout: 60_000 },
  async (when) => {
    let steps = 0;
    let deaths = 0;
    for (let at = 0; at <= steps; at++) {
      const kit = new Kit({ objects: trade, seed: at + 1 });
      const { calls } = await doomed(kit, at, when);
      await kit.host();
      await kit.advance("3s");
      await scenario(kit);
      await verdict(kit);
      steps = Math.min(60, Math.max(steps, calls()));
      if (calls() > at) deaths++;
    }
    expect(deaths).toBeGreaterThan(15);
  },
);
