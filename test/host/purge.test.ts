/** `purge` clears what has ended: everybody hears that it is gone, and nothing of it is ever run again. */
import { beforeEach, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import type { Store } from "../../src/ports/store.ts";
import { createKit, Kit } from "../../src/testing/index.ts";
import { source, victim } from "./poison.ts";
import { order, shipment, stock } from "./trade.ts";
import { hold, leg, reset, voyages } from "./voyage.ts";

beforeEach(reset);

const by = { by: "ann", reason: "erasure request 12" };
const open = (hosts = 1): Promise<Kit> =>
  createKit({ objects: [stock, order, shipment, victim, source, ...voyages], hosts });
const SCOPE = { partitions: [...Array(8).keys()], names: ["stock", "order", "victim", "source", "leg", "shipment"] };
const GONE = { code: "GONE", message: expect.stringMatching(/was purged by ann: erasure request 12$/) };

/** A stock that was filled, taken from under the id `take-1`, and closed. */
async function closed(kit: Kit, key: string): Promise<void> {
  const of = kit.object(stock, key);
  await of.send({ type: "FILL", amount: 5 }, { messageId: "fill-1", sentAt: new Date(kit.clock.wallMs()) });
  await of.send({ type: "TAKE", amount: 2, for: "Ada Lovelace" }, { messageId: "take-1" });
  await of.send({ type: "CLOSE" });
}

test("everybody hears that it is gone, and nothing of its content is left", async () => {
  const kit = await open();
  await closed(kit, "s");
  const s = kit.object(stock, "s");
  const ids = (await kit.journal(stock, "s")).map(({ messageId }) => messageId);
  const purged = await s.purge(by);
  expect(purged).toMatchObject({ ok: true, verb: "purge", changed: true, status: "purged", value: null });
  for (const call of [
    () => s.get(),
    () => s.send({ type: "FILL", amount: 1 }),
    () => s.create(),
    () => s.waitFor({ status: "done" }),
    () => kit.run(kit.client.object(stock, "s").preview({ type: "FILL", amount: 1 })),
  ]) {
    await expect(call()).rejects.toMatchObject(GONE);
  }
  const entries = await kit.journal(stock, "s");
  expect(entries.slice(0, -1).map(({ messageId }) => messageId)).toEqual(ids);
  expect(entries.slice(0, -1).every(({ event, context }) => event === null && context === null)).toBe(true);
  expect(entries.at(-1)).toMatchObject({ kind: "purged", status: "purged", event: by });
  const rows = kit.database.rows({ name: "stock", key: "s" });
  expect(JSON.stringify([rows.object, rows.journal, [...rows.byMessage.values()]])).not.toContain("Ada");
  expect((await kit.client.list({ object: "stock" })).objects).toEqual([]);
  expect((await kit.client.list({ status: "purged" })).objects).toMatchObject([{ key: "s", status: "purged" }]);
  expect(await kit.run(kit.client.audit())).toMatchObject([
    { verb: "purge", ...by, before: { status: "done" }, after: { status: "purged" }, result: "done" },
  ]);
});

test("what is active is refused, and stays as it is", async () => {
  const kit = await open();
  const s = kit.object(stock, "s");
  await s.send({ type: "FILL", amount: 5 });
  await expect(s.purge(by)).rejects.toMatchObject({
    code: "EVENT_NOT_ACCEPTED",
    message: "stock/s is active in 'open'; kill it first, or let it end: only what has ended can be purged",
  });
  expect(await s.get()).toMatchObject({ status: "active", revision: 1, context: { left: 5 } });
  await expect(kit.object(stock, "none").purge(by)).rejects.toMatchObject({ code: "NOT_CREATED" });
  await s.kill(by);
  expect(await s.purge(by)).toMatchObject({ changed: true, status: "purged" });
});

test("purged twice, at once, under one order id, and other verbs after it: one turn, each with a clear answer", async () => {
  const kit = await open();
  await closed(kit, "s");
  const [client, s] = [kit.client.object(stock, "s"), kit.object(stock, "s")];
  const orders = [
    { ...by, orderId: "o-1" },
    { ...by, orderId: "o-1" },
    { by: "bob", reason: "me too" },
  ];
  const answers = await kit.run(Promise.all(orders.map((each) => client.purge(each))));
  expect(answers.map(({ changed }) => changed)).toEqual([true, true, false]);
  expect(await s.purge(orders[0] ?? by)).toMatchObject({ changed: true });
  const before = "stock/s was purged before by ann: erasure request 12; nothing was changed";
  expect(await s.purge({ by: "bob", reason: "again" })).toMatchObject({ changed: false, message: before });
  for (const verb of ["kill", "cancel", "pause"] as const) {
    expect(await s[verb](by)).toMatchObject({ changed: false, message: before, status: "purged" });
  }
  expect((await kit.journal(stock, "s")).filter(({ kind }) => kind === "purged")).toHaveLength(1);
});

test("the retry of an accepted message is gone like every other, and is never run again", async () => {
  const kit = await open();
  await closed(kit, "s");
  const s = kit.object(stock, "s");
  await s.purge(by);
  const again = s.send({ type: "TAKE", amount: 2, for: "Ada Lovelace" }, { messageId: "take-1" });
  await expect(again).rejects.toMatchObject(GONE);
  const { object, journal } = kit.database.rows({ name: "stock", key: "s" });
  expect([object?.revision, journal.length]).toEqual([4, 4]);
});

async function lateCopy(kit: Kit): Promise<number | undefined> {
  const late: (() => void)[] = [];
  kit.broker.onDeliver = (subject, deliver) => {
    if (subject.includes("send.stock") && late.length === 0) late.push(deliver);
    deliver();
  };
  await closed(kit, "s");
  await kit
    .object(stock, "s")
    .purge(by)
    .catch(() => undefined);
  await kit.advance("60s");
  for (const deliver of late) deliver();
  await kit.settle();
  expect(late).toHaveLength(1);
  return kit.database.rows({ name: "stock", key: "s" }).object?.revision;
}

test("a copy of an accepted message that the broker held back for a minute makes no new object", async () => {
  const kit = await open();
  expect(await lateCopy(kit)).toBe(4);
  await expect(kit.object(stock, "s").get()).rejects.toMatchObject(GONE);
});

test("were row and ids removed at once, that copy would be run again", async () => {
  const kit = new Kit({ objects: [stock] });
  const removes = (inner: Store): Store =>
    new Proxy(inner, {
      get(of, name) {
        if (name === "clear") return async (address: Address) => kit.database.remove(address);
        const member: unknown = Reflect.get(of, name);
        return typeof member === "function" ? member.bind(of) : member;
      },
    });
  await kit.host({ store: removes });
  const revision = lateCopy(kit);
  expect(await revision).toBe(1);
});

test("sends of other objects are late, asks and creations are refused, and nobody is parked", async () => {
  const kit = await open(2);
  await closed(kit, "s");
  await kit.object(stock, "s").purge(by);
  const teller = kit.object(order, "teller");
  await teller.send({ type: "TELL", key: "s", what: "FILL", amount: 1 });
  await kit.object(order, "asker").send({ type: "TAKE", key: "s", amount: 1 });
  await kit.object(order, "shipper").send({ type: "SHIP", key: "boat", to: "Oslo" });
  await kit.settle();
  await kit.object(shipment, "boat").kill(by);
  await kit.settle();
  await kit.object(shipment, "boat").purge(by);
  await kit.object(order, "second").send({ type: "SHIP", key: "boat", to: "Oslo" });
  await kit.advance("2m");
  expect(kit.hosts.reduce((sum, { counters }) => sum + counters.get("turn.gone"), 0)).toBe(1);
  expect((await kit.object(order, "asker").get()).context.error).toMatchObject(GONE);
  expect((await kit.object(order, "second").get()).context.error).toMatchObject(GONE);
  expect(await kit.store.pendingSends(SCOPE, 9)).toEqual([]);
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
});

test("a result that comes late is ignored, and no timer or invocation is left", async () => {
  const kit = await open();
  const end = hold("meal");
  await kit.object(leg, "a").create({ from: "Oslo" });
  await kit.settle();
  await kit.object(leg, "a").kill(by);
  await kit.object(leg, "a").purge(by);
  end();
  await kit.advance("2h");
  await expect(kit.object(leg, "a").get()).rejects.toMatchObject(GONE);
  expect((await kit.journal(leg, "a")).at(-1)).toMatchObject({ kind: "purged" });
  expect((await kit.store.dueTimers(SCOPE, 9, 0)).nextMs).toBeUndefined();
  expect(await kit.store.pendingInvocations(SCOPE, 9)).toEqual([]);
});

test("what was sent before the purge arrives; what of it is parked can still be taken out", async () => {
  const kit = await open();
  const v = kit.object(victim, "v");
  await v.send({ type: "ADD", what: "first" });
  await v.pause(by);
  const s = kit.object(source, "s");
  await s.send({ type: "TELL", object: "victim", key: "v", what: "ADD", word: "second" });
  await s.send({ type: "TELL", object: "victim", key: "w", what: "NOPE", word: "" });
  await kit.advance("30s");
  await s.kill(by);
  await s.purge(by);
  await v.resume(by);
  await kit.settle();
  expect((await v.get()).context.got).toEqual(["first", "second"]);
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ object: "source", parkedSends: 1 }]);
  expect(await s.skip(by)).toMatchObject({ changed: true });
  await kit.settle();
  expect(await kit.store.pendingSends(SCOPE, 9)).toEqual([]);
  await expect(s.get()).rejects.toMatchObject(GONE);
});

test("once the horizon has passed the key begins a new life, which nothing of the old one reaches", async () => {
  const kit = await createKit({ objects: [stock], horizonMs: 600_000 });
  const sentAt = new Date(kit.clock.wallMs());
  await closed(kit, "s");
  const old = kit.database.rows({ name: "stock", key: "s" }).object?.last.incarnation;
  const s = kit.object(stock, "s");
  await s.purge(by);
  await kit.advance("9m");
  await expect(s.get()).rejects.toMatchObject(GONE);
  await kit.advance("1h"); // a round of the retention
  await expect(s.get()).rejects.toMatchObject({ code: "NOT_CREATED" });
  expect(await kit.journal(stock, "s")).toEqual([]);
  const expired = s.send({ type: "FILL", amount: 5 }, { messageId: "fill-1", sentAt });
  await expect(expired).rejects.toMatchObject({ code: "EXPIRED_ID" });
  expect(await s.send({ type: "FILL", amount: 1 })).toMatchObject({ revision: 1, context: { left: 1 } });
  expect(kit.database.rows({ name: "stock", key: "s" }).object?.last.incarnation).not.toBe(old);
});

test("an object whose stored state fits no machine any more can be purged once it has ended", async () => {
  const kit = await open();
  await closed(kit, "s");
  const rows = kit.database.rows({ name: "stock", key: "s" });
  if (rows.object === undefined) throw new Error("not created");
  const { last } = rows.object;
  const broken = last.snapshot.replace('"value":"closed"', '"value":"burnt"');
  expect(broken).not.toBe(last.snapshot);
  rows.object = { ...rows.object, last: { ...last, snapshot: broken } };
  for (const host of kit.hosts.splice(0)) host.kill();
  await kit.host();
  await kit.advance("10s");
  const s = kit.object(stock, "s");
  await expect(s.send({ type: "FILL", amount: 1 })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  expect(await s.purge(by)).toMatchObject({ changed: true, status: "purged" });
  await expect(s.get()).rejects.toMatchObject(GONE);
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
});
