/** `cancel` is the machine's own CANCEL: leaf first, once, and with a clear answer where it changes nothing. */
import { beforeEach, expect, test } from "vitest";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { counter } from "./rig.ts";
import { by, calls, held, hold, leg, reset, voyage, voyages } from "./voyage.ts";

beforeEach(reset);

const open = (): Promise<Kit> => createKit({ objects: [...voyages, counter] });
const kindsOf = async (kit: Kit, name: string, key = "a"): Promise<readonly string[]> =>
  (await kit.journal(name, key)).map(({ kind }) => kind);

/** A voyage whose leg does not come to the end of its meal. */
async function underWay(kit: Kit) {
  hold("meal");
  const parent = kit.object(voyage, "a");
  await parent.create({ leg: "a1" });
  await kit.settle();
  return parent;
}

test("a saga is rolled back, the journal says who and why, and a second cancel changes nothing", async () => {
  const kit = await open();
  const end = hold("meal");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  const undo = hold("undo meal");
  expect(await a.cancel(by)).toMatchObject({ ok: true, verb: "cancel", changed: true, status: "active", waitsFor: [] });
  expect((await kit.journal(leg, "a")).at(-1)).toMatchObject({ kind: "canceled", event: { type: "CANCEL", ...by } });
  const again = await a.cancel({ by: "bob", reason: "me too" });
  expect(again).toMatchObject({ changed: false });
  expect(again.message).toContain("was canceled before and is in");
  undo();
  end();
  await kit.settle();
  expect(calls).toEqual(["seat", "meal", "undo meal", "undo seat"]);
  expect((await a.result()) as object).toMatchObject({ status: "compensated" });
  const late = await a.cancel(by);
  expect(late).toMatchObject({ changed: false, status: "done" });
  expect(late.message).toBe("leg/a had ended with status done in 'compensated' (compensated); nothing was changed");
  expect((await kindsOf(kit, "leg")).filter((kind) => kind === "canceled")).toHaveLength(1);
});

test("after the pivot, and where no CANCEL is declared, a cancel is refused and says why", async () => {
  const kit = await open();
  hold("issue");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  await expect(a.cancel(by)).rejects.toMatchObject({
    code: "EVENT_NOT_ACCEPTED",
    message: `leg "a" is in 'do_issue', which does not accept CANCEL; it accepts: nothing`,
  });
  const c = kit.object(counter, "c");
  await c.send({ type: "ADD", amount: 1 });
  await expect(c.cancel(by)).rejects.toMatchObject({
    code: "EVENT_NOT_ACCEPTED",
    message: expect.stringMatching(/declares no event CANCEL/),
  });
  await expect(kit.object(leg, "none").cancel(by)).rejects.toMatchObject({ code: "NOT_CREATED" });
  expect(await kindsOf(kit, "counter", "c")).toEqual(["event"]);
});

test("an order whose answer was lost is carried out once", async () => {
  const kit = await open();
  hold("meal");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  const order = { ...by, orderId: "o-1" };
  expect(await a.cancel(order)).toMatchObject({ changed: true });
  expect(await a.cancel(order)).toMatchObject({ changed: true });
  expect((await kindsOf(kit, "leg")).filter((kind) => kind === "canceled")).toHaveLength(1);
  expect(await kit.run(kit.client.audit({ object: "leg" }))).toHaveLength(1);
});

test("leaf first: the object that it invoked rolls back to its end before the parent hears CANCEL", async () => {
  const kit = await open();
  const parent = await underWay(kit);
  const undo = hold("undo meal");
  expect(await parent.cancel(by)).toMatchObject({ changed: true, waitsFor: ["leg/a1"], value: "do_leg" });
  expect(await parent.cancel(by)).toMatchObject({ changed: false, waitsFor: ["leg/a1"] });
  await kit.advance("1h");
  expect(await parent.get()).toMatchObject({ value: "do_leg" });
  for (const host of kit.hosts.splice(0)) host.kill(); // the wait is part of the snapshot
  await kit.host();
  await kit.advance("10s");
  undo();
  await kit.advance("1s");
  expect(await parent.get()).toMatchObject({ value: "compensated" });
  expect(calls.filter((call) => call !== "undo meal")).toEqual(["visa", "seat", "meal", "undo seat", "undo visa"]);
  expect((await kit.journal(leg, "a1")).filter(({ kind }) => kind === "canceled")).toMatchObject([{ event: by }]);
});

test("an order that comes again when the leaf has ended waits for its result", async () => {
  const kit = await open();
  const parent = await underWay(kit);
  const undo = hold("undo meal");
  const order = { ...by, orderId: "o-1" };
  await parent.cancel(order);
  await parent.pause(by); // takes no result
  undo();
  await kit.advance("1s");
  expect(await kit.object(leg, "a1").get()).toMatchObject({ value: "compensated" });
  expect(await parent.cancel(order)).toMatchObject({ value: "do_leg", waitsFor: ["leg/a1"] });
  await parent.resume(by);
  await kit.advance("10s");
  expect(await parent.get()).toMatchObject({ value: "compensated" });
  expect((await kindsOf(kit, "voyage")).filter((kind) => kind === "canceled")).toHaveLength(1);
});

test("a leaf that ends otherwise while the cancel waits: the parent takes its result, then CANCEL, in one turn", async () => {
  const kit = await open();
  const parent = await underWay(kit);
  hold("undo meal");
  await parent.cancel(by);
  await kit.object(leg, "a1").kill(by); // ends it otherwise than by the roll back
  await kit.advance("1s");
  const entries = await kit.journal(voyage, "a");
  expect(entries.map(({ kind, value }) => [kind, value]).slice(-3)).toEqual([
    ["canceled", "do_leg"],
    ["result", "undo_visa"],
    ["result", "compensated"],
  ]);
});

test("a leaf past its pivot takes no CANCEL: the parent does not wait for it", async () => {
  const kit = await open();
  hold("issue");
  const parent = kit.object(voyage, "a");
  await parent.create({ leg: "a1" });
  await kit.settle();
  expect(await parent.cancel(by)).toMatchObject({ changed: true, waitsFor: [] });
  await kit.settle();
  expect(await parent.get()).toMatchObject({ value: "compensated" });
  expect(await kit.object(leg, "a1").get()).toMatchObject({ value: "do_issue" });
});

test("an object that somebody else made under the same key is neither canceled nor killed", async () => {
  const kit = await open();
  hold("meal");
  const foreign = kit.object(leg, "a1");
  await foreign.create({ from: "Rome" });
  await foreign.pause(by); // so that nobody has refused to make it once more when the orders come
  for (const key of ["a", "b"]) await kit.object(voyage, key).create({ leg: "a1" });
  await kit.settle();
  expect(await kit.object(voyage, "b").kill(by)).toMatchObject({ changed: true, invoked: ["leg/a1"] });
  expect(await kit.object(voyage, "a").cancel(by)).toMatchObject({ changed: true, waitsFor: [] });
  await foreign.resume(by);
  await kit.advance("1m");
  expect(await foreign.get()).toMatchObject({ status: "active", value: "do_meal" });
  expect(await kit.journal(leg, "a1")).toHaveLength(2);
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
});

test("cancel against completion: one of them wins, never half, whatever comes first", async () => {
  for (const canceledFirst of [true, false]) {
    reset();
    const kit = await open();
    const end = hold("issue");
    const meal = hold("meal");
    const a = kit.object(leg, "a");
    await a.create({ from: "Oslo" });
    await kit.settle();
    const order = canceledFirst ? kit.client.object(leg, "a").cancel(by) : undefined;
    meal();
    const late = order ?? kit.client.object(leg, "a").cancel(by);
    const outcome = await kit.run(late.then(() => "canceled" as const).catch(({ code }: { code: string }) => code));
    held.clear();
    end();
    await kit.advance("1m");
    const { value, output } = await a.get();
    const done = ["seat", "meal", "issue", "mail"];
    if (outcome === "canceled") {
      expect([value, calls.filter((call) => call === "issue")]).toEqual(["compensated", []]);
      expect(output).toMatchObject({ compensated: ["meal", "seat"] });
    } else expect([outcome, value, calls]).toEqual(["EVENT_NOT_ACCEPTED", "completed", done]);
  }
});
