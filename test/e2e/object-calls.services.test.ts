/** Objects that make, ask and poison each other, on real servers and two hosts, one of which leaves midway. */
import { expect, inject, onTestFinished, test } from "vitest";
import { type Client, connectClient } from "../../src/client/index.ts";
import { createHost } from "../../src/compose.ts";
import { source, trap, victim } from "../host/poison.ts";
import { order, shipment, stock, trade } from "../host/trade.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace } from "../support/host-process.ts";

async function open(): Promise<{ client: Client; leave: () => Promise<void> }> {
  const namespace = freshNamespace("calls");
  const config = {
    postgres: inject("postgresUrl"),
    nats: inject("natsUrl"),
    namespace,
    partitions: 32,
    options: { leaseMs: 1_500, pollMs: 200 },
    objects: [...trade, source, victim],
  };
  const first = await createHost(config).start();
  const second = await createHost(config).start();
  const client = await connectClient({ nats: config.nats, namespace });
  onTestFinished(async () => {
    await client.close();
    await Promise.all([first.stop(), second.stop()]);
  });
  return { client, leave: () => second.stop() };
}

test("asks and invokes are answered once each while a host leaves", { timeout: 60_000 }, async () => {
  const { client, leave } = await open();
  await client.object(stock, "g").send({ type: "FILL", amount: 30 });
  const keys = Array.from({ length: 40 }, (_, i) => `o${i}`);
  let left: Promise<void> | undefined;
  await Promise.all(
    keys.map(async (key, i) => {
      const one = client.object(order, key);
      await one.send({ type: "TAKE", key: "g", amount: 1 });
      await one.waitFor({ matches: "idle" });
      await one.send({ type: "SHIP", key: `s-${key}`, to: key });
      if (i === 20) left = leave();
      await client.object(shipment, `s-${key}`).waitFor({ matches: "under way" });
      await client.object(shipment, `s-${key}`).send({ type: "DELIVER" });
      const { context } = await one.waitFor({ matches: "idle" });
      expect(context.output).toEqual({ to: key, by: "boat" });
    }),
  );
  await left;
  const orders = await Promise.all(keys.map((key) => client.object(order, key).get()));
  const refused = orders.filter(({ context }) => context.error?.code === "EVENT_NOT_ACCEPTED");
  const served = orders.filter(({ context }) => context.receipt !== null);
  expect([served.length, refused.length]).toEqual([30, 10]);
  const { context } = await client.object(stock, "g").get();
  expect([context.left, new Set(context.asked).size]).toEqual([0, 30]);
  for (const { revision } of orders) expect(revision).toBe(4);
});

test("what is poisoned is listed, and skip lets the rest through in order", { timeout: 60_000 }, async () => {
  const { client } = await open();
  trap.isSet = true;
  const v1 = client.object(victim, "v1");
  await v1.send({ type: "ADD", what: "0" });
  const tell = (what: string, word: string) =>
    client.object(source, "a").send({ type: "TELL", object: "victim", key: "v1", what, word });
  await tell("POISON", "");
  for (const word of ["1", "2", "3"]) await tell("ADD", word);
  const parked = async () => (await client.list({ parked: true })).objects;
  await eventually(async () => expect(await parked()).toMatchObject([{ object: "victim", key: "v1" }]), {
    timeoutMs: 40_000,
  });
  await expect(v1.send({ type: "ADD", what: "x" })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  await v1.skip({ by: "ann", reason: "ticket 7" });
  await eventually(async () => expect((await v1.get()).context.got).toEqual(["0", "1", "2", "3"]));
  expect((await v1.journal()).map(({ kind }) => kind)).toEqual(["event", "skipped", "event", "event", "event"]);
  expect(await parked()).toEqual([]);
});
