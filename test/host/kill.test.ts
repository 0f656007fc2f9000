/** `kill` ends an object and those that it invoked, at once: nothing is compensated, nothing of it runs on. */
import { defineMachine, defineObject, objectActor } from "stator/define";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { source, trap, victim } from "./poison.ts";
import { aborted, by, calls, hold, leg, reset, voyage, voyages } from "./voyage.ts";

beforeEach(reset);

/** Makes a voyage, so that there is a tree of three. */
const agency = defineObject({
  name: "agency",
  machine: defineMachine({
    context: z.object({}),
    events: { GO: z.object({}) },
    actors: { voyage: objectActor(voyage) },
  })
    .setup({})
    .createMachine({
      id: "agency",
      context: {},
      initial: "open",
      states: {
        open: { on: { GO: "away" } },
        away: {
          invoke: {
            src: "voyage",
            id: "voyage",
            input: () => ({ key: "a", input: { leg: "a1" } }),
            onDone: "open",
            onError: "open",
          },
        },
      },
    }),
});

const open = (hosts = 1): Promise<Kit> => createKit({ objects: [...voyages, agency, victim, source], hosts });
const SCOPE = { partitions: [...Array(8).keys()], names: ["leg", "voyage", "agency", "victim"] };

test("a running step is aborted, its late result ignored, and the end is shown everywhere", async () => {
  const kit = await open();
  const end = hold("meal");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  const killed = await a.kill(by);
  expect(killed).toMatchObject({ ok: true, changed: true, status: "stopped", value: "do_meal", invoked: [] });
  expect(killed.standing).toEqual([
    { step: "seat", isCertain: true },
    { step: "meal", isCertain: false },
  ]);
  expect(killed.message).toBe(
    "leg/a stops and compensates nothing; done and left as it is: seat; may have happened: meal",
  );
  expect(aborted).toEqual(["meal"]);
  end();
  await kit.advance("2h");
  expect(calls).toEqual(["seat", "meal"]);
  expect(await a.get()).toMatchObject({ status: "stopped", value: "do_meal", output: null, killed: by });
  expect((await kit.journal(leg, "a")).at(-1)).toMatchObject({
    kind: "killed",
    status: "stopped",
    event: by,
    killed: by,
  });
  expect((await kit.client.list({ status: "stopped" })).objects).toMatchObject([{ key: "a", status: "stopped" }]);
  await expect(a.send({ type: "CANCEL" })).rejects.toMatchObject({
    code: "OBJECT_DONE",
    message: expect.stringMatching(/status stopped/),
  });
  await expect(a.waitFor({ status: "done" })).rejects.toMatchObject({ code: "CANNOT_HAPPEN" });
  expect((await kit.store.dueTimers(SCOPE, 9, 0)).nextMs).toBeUndefined();
  expect(await kit.store.pendingInvocations(SCOPE, 9)).toEqual([]);
});

test("killed twice, after its end, and under one order id: once, each time with a clear answer", async () => {
  const kit = await open();
  hold("meal");
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  const order = { ...by, orderId: "o-1" };
  expect(await a.kill(order)).toMatchObject({ changed: true });
  expect(await a.kill(order)).toMatchObject({ changed: true });
  const second = await a.kill({ by: "bob", reason: "me too" });
  expect(second).toMatchObject({ changed: false, status: "stopped", invoked: [] });
  expect(second.message).toBe("leg/a was killed before by ann: ticket 7; nothing was changed");
  expect((await a.cancel(by)).message).toBe(second.message);
  expect((await kit.journal(leg, "a")).filter(({ kind }) => kind === "killed")).toHaveLength(1);
  reset();
  const b = kit.object(leg, "b");
  await b.create({ from: "Oslo" });
  await kit.settle();
  expect(await b.result()).toMatchObject({ status: "completed" });
  expect(await b.kill(by)).toMatchObject({ changed: false, status: "done" });
  await expect(kit.object(leg, "none").kill(by)).rejects.toMatchObject({ code: "NOT_CREATED" });
});

test("a preview says what would stand and changes nothing", async () => {
  const kit = await open();
  hold("meal");
  const parent = kit.object(voyage, "a");
  await parent.create({ leg: "a1" });
  await kit.settle();
  const preview = await parent.kill({ ...by, preview: true });
  expect(preview).toMatchObject({ changed: false, status: "active", invoked: ["leg/a1"] });
  expect(preview.message).toContain("killed with it: leg/a1");
  expect(await parent.get()).toMatchObject({ status: "active" });
  expect(await kit.run(kit.client.audit())).toEqual([]);
});

test("whoever invoked it gets an error with the reason", async () => {
  const kit = await open();
  hold("meal");
  const parent = kit.object(voyage, "a");
  await parent.create({ leg: "a1" });
  await kit.settle();
  await kit.object(leg, "a1").kill(by);
  await kit.settle();
  const { context, value } = await parent.get();
  expect(value).toBe("compensated");
  expect(JSON.parse(context.why)).toMatchObject({ code: "KILLED", message: "leg/a1 was killed by ann: ticket 7" });
});

test("a tree dies from the root, across hosts, and frees every key of it; nothing is compensated", async () => {
  const kit = await open(3);
  await kit.advance("5s");
  hold("meal");
  const root = kit.object(agency, "g");
  await root.send({ type: "GO" });
  await kit.advance("1s");
  expect(await kit.object(leg, "a1").get()).toMatchObject({ value: "do_meal" });
  expect(await root.kill(by)).toMatchObject({ invoked: ["voyage/a"] });
  await kit.advance("1s");
  for (const of of [kit.object(agency, "g"), kit.object(voyage, "a"), kit.object(leg, "a1")]) {
    expect(await of.get()).toMatchObject({ status: "stopped", killed: by });
  }
  expect(calls).toEqual(["visa", "seat", "meal"]);
  expect(aborted).toEqual(["meal"]);
  expect((await kit.journal(leg, "a1")).at(-1)).toMatchObject({ kind: "killed", source: "voyage/a", event: by });
  expect(await kit.store.pendingSends(SCOPE, 9)).toEqual([]);
  expect(await kit.store.pendingInvocations(SCOPE, 9)).toEqual([]);
});

test("a tree dies although every host does, right after the root", async () => {
  const kit = await open();
  hold("meal");
  await kit.object(agency, "g").send({ type: "GO" });
  await kit.settle();
  await kit.object(voyage, "a").pause(by);
  await kit.object(agency, "g").kill(by);
  for (const host of kit.hosts.splice(0)) host.kill();
  await kit.host();
  await kit.advance("1m");
  expect(await kit.object(leg, "a1").get()).toMatchObject({ status: "stopped", killed: by });
  expect((await kit.client.list({ paused: true })).objects).toEqual([]);
  expect(calls).toEqual(["visa", "seat", "meal"]);
});

test("what was sent before the kill arrives", async () => {
  trap.isSet = false;
  const kit = await open();
  const v = kit.object(victim, "v");
  await v.send({ type: "ADD", what: "first" });
  await v.pause(by);
  const s = kit.object(source, "s");
  for (const word of ["second", "third"]) await s.send({ type: "TELL", object: "victim", key: "v", what: "ADD", word });
  await s.kill(by);
  await v.resume(by);
  await kit.settle();
  expect((await v.get()).context.got).toEqual(["first", "second", "third"]);
});

test("a parked object can be killed, and is not listed as parked any more", async () => {
  trap.isSet = true;
  const kit = await open();
  const v = kit.object(victim, "v");
  await v.send({ type: "LATER" });
  await kit.advance("2m");
  expect((await kit.client.list({ parked: true })).objects).toHaveLength(1);
  expect(await v.kill(by)).toMatchObject({ changed: true, status: "stopped" });
  expect((await kit.client.list({ parked: true })).objects).toEqual([]);
  await expect(v.send({ type: "ADD", what: "x" })).rejects.toMatchObject({ code: "OBJECT_DONE" });
});

test("an object whose stored state fits no machine any more can be killed", async () => {
  const kit = await open();
  hold("meal");
  const parent = kit.object(voyage, "a");
  await parent.create({ leg: "a1" });
  await kit.settle();
  const rows = kit.database.rows({ name: "leg", key: "a1" });
  if (rows.object === undefined) throw new Error("not created");
  const { last } = rows.object;
  const broken = last.snapshot.replace('"value":"do_meal"', '"value":"do_pray"');
  expect(broken).not.toBe(last.snapshot);
  rows.object = { ...rows.object, last: { ...last, snapshot: broken } };
  for (const host of kit.hosts.splice(0)) host.kill();
  await kit.host();
  await kit.advance("10s");
  const a1 = kit.object(leg, "a1");
  await expect(a1.send({ type: "CANCEL" })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  expect(await a1.kill(by)).toMatchObject({ changed: true, status: "stopped", value: "do_pray" });
  await kit.settle();
  expect(await a1.get()).toMatchObject({ status: "stopped", value: "do_pray", killed: by });
  expect(await parent.get()).toMatchObject({ value: "compensated" });
});
