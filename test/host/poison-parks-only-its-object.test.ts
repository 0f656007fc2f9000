/** What keeps failing inside parks its object, with the message visible; nobody else notices. */
import { expect, test } from "vitest";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { source, trap, victim } from "./poison.ts";

async function open(): Promise<Kit> {
  trap.isSet = true;
  return createKit({ objects: [source, victim] });
}

const parkedOf = async (kit: Kit) => (await kit.client.list({ parked: true })).objects;

test("a timer whose turn throws parks its object after five tries", async () => {
  const kit = await open();
  const v1 = kit.object(victim, "v1");
  await v1.send({ type: "LATER" });
  await kit.advance("2m");
  expect(await parkedOf(kit)).toMatchObject([
    {
      object: "victim",
      key: "v1",
      parked: expect.stringMatching(/^timer\/.* failed 5 times: .*planted failure/) as unknown,
    },
  ]);
  await expect(v1.send({ type: "ADD", what: "x" })).rejects.toMatchObject({
    code: "OBJECT_PAUSED",
    details: { reason: expect.stringContaining("planted failure") as unknown },
  });
  expect(await kit.object(victim, "v2").send({ type: "ADD", what: "x" })).toMatchObject({ revision: 1 });
  const [row] = await kit.store.load([{ name: "victim", key: "v1" }]);
  expect(JSON.parse(row?.parked ?? "")).toMatchObject({
    kind: "timer",
    attempts: 5,
    event: { kind: "timer" },
    since: expect.any(String) as unknown,
  });
});

test("a message between objects whose turn throws parks the receiver; other links and callers of others go on", async () => {
  const kit = await open();
  const tell = (from: string, key: string, what: string) =>
    kit.object(source, from).send({ type: "TELL", object: "victim", key, what, word: from });
  await tell("c", "v1", "ADD");
  await tell("a", "v1", "POISON");
  await tell("a", "v1", "ADD");
  await tell("a", "v2", "ADD");
  await tell("b", "v1", "ADD");
  await kit.settle();
  expect((await kit.object(victim, "v1").get()).context.got).toEqual(["c", "b"]);
  expect((await kit.object(victim, "v2").get()).context.got).toEqual(["a"]);
  await kit.advance("2m");
  expect(await parkedOf(kit)).toMatchObject([
    { key: "v1", parked: expect.stringMatching(/^effect\/source\/a/) as unknown },
  ]);
  expect((await kit.object(victim, "v1").get()).context.got).toEqual(["c", "b"]);
});

test("a first message whose turn throws makes no object: it is parked where it comes from", async () => {
  const kit = await open();
  const tell = (what: string) =>
    kit.object(source, "a").send({ type: "TELL", object: "victim", key: "unborn", what, word: "" });
  await tell("POISON");
  await tell("ADD");
  await kit.advance("5m");
  expect(await parkedOf(kit)).toMatchObject([{ object: "source", key: "a", parkedSends: 1 }]);
  expect(await kit.journal(victim, "unborn")).toEqual([]);
});

test("a result whose turn throws parks its object", async () => {
  const kit = await open();
  await kit.object(victim, "v1").send({ type: "WORK" });
  await kit.advance("2m");
  expect(await parkedOf(kit)).toMatchObject([{ key: "v1", parked: expect.stringMatching(/^result\//) as unknown }]);
});

test("a message that its receiver refuses for good is parked with its link, and not for ever repeated", async () => {
  const kit = await open();
  const tell = (what: string, key = "v1") =>
    kit.object(source, "a").send({ type: "TELL", object: "victim", key, what, word: "a" });
  await tell("UNHEARD_OF");
  await tell("ADD");
  await tell("ADD", "v2");
  await kit.advance("2m");
  expect(await parkedOf(kit)).toMatchObject([{ object: "source", key: "a", parkedSends: 1 }]);
  expect(await kit.journal(victim, "v1")).toEqual([]);
  expect(await kit.journal(victim, "v2")).toHaveLength(1);
  const repeated = kit.hosts[0]?.counters.get("relay.repeated");
  await kit.advance("1h");
  expect(kit.hosts[0]?.counters.get("relay.repeated")).toBe(repeated);
});

test("what is parked stays parked when another host takes over", async () => {
  const kit = await open();
  await kit.object(victim, "v1").send({ type: "LATER" });
  await kit.object(source, "a").send({ type: "TELL", object: "victim", key: "v2", what: "UNHEARD_OF", word: "" });
  await kit.object(source, "a").send({ type: "TELL", object: "victim", key: "v2", what: "ADD", word: "" });
  await kit.advance("2m");
  kit.hosts[0]?.kill();
  await kit.host();
  await kit.advance("1m");
  expect(await parkedOf(kit)).toMatchObject([{ object: "source" }, { object: "victim", key: "v1" }]);
  expect(await kit.journal(victim, "v2")).toEqual([]);
});
