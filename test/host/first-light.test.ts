import { expect, test } from "vitest";
import { bill, counter, rig, runs } from "./rig.ts";

test("a send to an object that does not exist creates it and applies the event, in one revision", async () => {
  const { host, client, run } = rig();
  await host();
  const receipt = await run(client.object(counter, "c1").send({ type: "ADD", amount: 2 }));
  expect(receipt).toMatchObject({
    ok: true,
    object: "counter",
    key: "c1",
    revision: 1,
    duplicate: false,
    context: { count: 2 },
  });
  const next = await run(client.object(counter, "c1").send({ type: "ADD", amount: 3 }));
  expect(next).toMatchObject({ revision: 2, context: { count: 5 } });
});

test("the same message id gets the same receipt and is applied once", async () => {
  const { host, client, run } = rig();
  await host();
  const c1 = client.object(counter, "c1");
  const first = await run(c1.send({ type: "ADD", amount: 2 }, { messageId: "m-1" }));
  await run(c1.send({ type: "ADD", amount: 1 }));
  const again = await run(c1.send({ type: "ADD", amount: 2 }, { messageId: "m-1" }));
  expect(again).toEqual({ ...first, duplicate: true });
  await expect(run(c1.send({ type: "ADD", amount: 9 }, { messageId: "m-1" }))).rejects.toMatchObject({
    code: "IDEMPOTENCY_MISMATCH",
  });
  expect(await run(c1.get())).toMatchObject({ revision: 2, context: { count: 3 } });
});

test("many sends to one key commit in chains, in order", async () => {
  const { host, client, run } = rig();
  const { counters } = await host();
  const c1 = client.object(counter, "c1");
  const receipts = await run(Promise.all(Array.from({ length: 500 }, () => c1.send({ type: "ADD", amount: 1 }))));
  expect(new Set(receipts.map((receipt) => receipt.revision)).size).toBe(500);
  expect(await run(c1.get())).toMatchObject({ revision: 500, context: { count: 500 } });
  expect(counters.get("chain.several")).toBeGreaterThan(0);
});

test("a turn that throws changes nothing, and its neighbours of the same chain are applied", async () => {
  const { host, client, run } = rig();
  await host();
  const c1 = client.object(counter, "c1");
  const sends = [1, 2, 3].map((amount) => c1.send({ type: "ADD", amount }));
  const failing = c1.send({ type: "FAIL" }).catch((error: unknown) => error);
  const after = c1.send({ type: "ADD", amount: 4 });
  await run(Promise.all([...sends, after]));
  expect(await run(failing as Promise<unknown>)).toMatchObject({ code: "TURN_FAILED" });
  expect(await run(c1.get())).toMatchObject({ revision: 4, context: { count: 10 } });
});

test("an event that the state does not take is refused, but a retry of an accepted one is not", async () => {
  const { host, client, run } = rig();
  await host();
  const c1 = client.object(counter, "c1");
  await run(c1.send({ type: "ADD", amount: 1 }));
  await run(c1.send({ type: "CLOSE" }, { messageId: "close-1" }));
  await expect(run(c1.send({ type: "ADD", amount: 1 }))).rejects.toMatchObject({ code: "OBJECT_DONE" });
  expect(await run(c1.send({ type: "CLOSE" }, { messageId: "close-1" }))).toMatchObject({
    duplicate: true,
    status: "done",
  });
});

test("create twice with the same input is a duplicate, with another input refused, without one an error", async () => {
  const { host, client, run } = rig();
  await host();
  const b1 = client.object(bill, "b1");
  await expect(run(b1.send({ type: "PAY" }))).rejects.toMatchObject({ code: "NOT_CREATED" });
  const first = await run(b1.create({ amount: 5 }));
  expect(first).toMatchObject({ revision: 1, value: "open", duplicate: false });
  expect(await run(b1.create({ amount: 5 }))).toEqual({ ...first, duplicate: true });
  await expect(run(b1.create({ amount: 6 }))).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
});

test("a promise actor runs after the commit, is retried under one key, and its result counts", async () => {
  const { host, client, run } = rig();
  await host();
  runs.length = 0;
  const b1 = client.object(bill, "b-flaky");
  await run(b1.create({ amount: 7 }));
  await run(b1.send({ type: "PAY" }));
  expect(await run(b1.waitFor({ status: "done" }))).toMatchObject({ value: "paid", output: { receipt: "r-7" } });
  expect(runs.map((each) => each.attempt)).toEqual([1, 2, 3]);
  expect(new Set(runs.map((each) => each.key)).size).toBe(1);
});

test("a terminal error is not retried and reaches the machine", async () => {
  const { host, client, run } = rig();
  await host();
  runs.length = 0;
  const b1 = client.object(bill, "b-declined");
  await run(b1.create({ amount: 13 }));
  await run(b1.send({ type: "PAY" }));
  expect(await run(b1.waitFor({ matches: "open" }))).toMatchObject({ context: { error: "declined" } });
  expect(runs).toHaveLength(1);
});

test("a timer fires once, not early, also when its host was killed before", async () => {
  const { host, client, run, clock, store } = rig();
  const first = await host();
  const b1 = client.object(bill, "b-late");
  await run(b1.create({ amount: 5 }));
  const armedMs = clock.monotonicMs();
  first.kill();
  await clock.advance(30_000);
  await host();
  await clock.advance(armedMs + 59_900 - clock.monotonicMs());
  expect(await run(b1.get(), 90)).toMatchObject({ value: "open" });
  await clock.advance(2_000);
  expect(await run(b1.get())).toMatchObject({ value: "expired", revision: 2 });
  const journal = await store.journal({ name: "bill", key: "b-late" }, 0, 10);
  expect(journal.map((entry) => entry.kind)).toEqual(["create", "timer"]);
});

test("two hosts share the keys; when one is killed the other takes over and nothing is lost or doubled", async () => {
  const { host, client, run, clock, store } = rig();
  const a = await host();
  const b = await host();
  await clock.advance(3_000);
  expect(a.runtime.partitions.length + b.runtime.partitions.length).toBe(8);
  expect(a.runtime.partitions.length).toBeGreaterThan(0);
  expect(b.runtime.partitions.length).toBeGreaterThan(0);
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  const sends = keys.flatMap((key) =>
    Array.from({ length: 10 }, () => client.object(counter, key).send({ type: "ADD", amount: 1 })),
  );
  a.kill();
  await run(Promise.all(sends));
  for (const key of keys) {
    expect(await run(client.object(counter, key).get())).toMatchObject({ revision: 10, context: { count: 10 } });
    expect(await store.journal({ name: "counter", key }, 0, 50)).toHaveLength(10);
  }
});

test("a graceful stop hands its partitions over within a second", async () => {
  const { host, client, run, clock } = rig();
  const a = await host();
  const b = await host();
  await clock.advance(3_000);
  await run(a.runtime.stop());
  await clock.advance(1_000);
  expect(b.runtime.partitions).toHaveLength(8);
  expect(await run(client.object(counter, "x").send({ type: "ADD", amount: 1 }), 1_000)).toMatchObject({ revision: 1 });
});

test("a message passed on to a host that just died comes back and is applied within the lease bound", async () => {
  const { host, client, run, clock, broker } = rig();
  const a = await host();
  const b = await host();
  await clock.advance(3_000);
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  a.kill();
  // through the front door, as any NATS client: the surviving host passes some on to the dead one
  const raw = broker.connect({ name: "raw" });
  const ask = (key: string) =>
    raw.request(`stator.default.send.counter.${key}`, '{"type":"ADD","amount":1}', { timeoutMs: 6_000 });
  const replies = await run(Promise.all(keys.map(ask)), 6_000);
  expect(replies.map((reply) => JSON.parse(Buffer.from(reply.data).toString()).ok)).toEqual(keys.map(() => true));
  expect(b.counters.get("message.returned")).toBeGreaterThan(0);
  expect(await run(client.object(counter, "k1").get())).toMatchObject({ revision: 1 });
});
