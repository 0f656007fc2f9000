/** `sender`: whoever sent the present event, and nobody where it came from outside. */
import { expect, test } from "vitest";
import { createKit } from "../../src/testing/index.ts";
import { order, stock, trade } from "./trade.ts";

test("the reply goes to the object that sent the event", async () => {
  const kit = await createKit({ objects: trade });
  for (const key of ["o1", "o2"])
    await kit.object(order, key).send({ type: "PING", key: "g", n: Number(key.slice(1)) });
  await kit.settle();
  expect((await kit.object(order, "o1").get()).context.heard).toEqual([1]);
  expect((await kit.object(order, "o2").get()).context.heard).toEqual([2]);
});

test("what is sent to the sender of an event from outside is dropped", async () => {
  const kit = await createKit({ objects: trade });
  const receipt = await kit.object(stock, "g").send({ type: "PING", n: 1 });
  await kit.settle();
  expect(receipt).toMatchObject({ revision: 1, value: "open" });
  expect(await kit.store.pendingSends({ partitions: [...Array(8).keys()], names: ["stock"] }, 9)).toEqual([]);
});
