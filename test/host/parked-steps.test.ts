/** Steps that a machine itself has parked: listed with their cause, and reached by `retry` and `skip`, however deep. */
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { compensation, saga } from "stator/saga";
import { beforeEach, expect, test } from "vitest";
import { assign } from "xstate";
import { z } from "zod";
import { TerminalError } from "../../src/core/define.ts";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { by, leg, reset, voyages } from "./voyage.ts";

const nothing = z.object({});
const booked = promiseActor({ input: z.object({ stepKey: z.string() }), output: nothing });
const never = promiseActor({ input: nothing, output: nothing });
const input = () => ({});
const broken = new Set<string>();

const undoes = (step: string) => ({
  retry: { maxAttempts: 1 },
  run: () => {
    if (broken.has(step)) throw new Error(`${step} does not let go`);
  },
});
const works = { run: () => ({}) };
const refuses = {
  run: () => {
    throw new TerminalError("no");
  },
};

const pair = saga("pair", { input: nothing })
  .parallel("both", {
    left: { do: booked, input, compensate: compensation(booked) },
    right: { do: booked, input, compensate: compensation(booked) },
  })
  .step("last", { do: never, input, cleanFailure: true, compensate: compensation(never) })
  .machine({ output: () => ({}) });

const outer = saga("outer", { input: nothing })
  .nested("inner", { saga: pair, input })
  .machine({ output: () => ({}) });

const sides = { left: works, "undo:left": undoes("left"), right: works, "undo:right": undoes("right") };
const pairObject = defineObject({
  name: "pair",
  machine: pair,
  actors: { ...sides, last: refuses, "undo:last": works },
});
const outerObject = defineObject({
  name: "outer",
  machine: outer,
  actors: { ...sides, last: refuses, "undo:last": works },
} as never);

/** By hand, and the parent knows nothing of what is parked inside of it: no tag, no event. */
const child = defineMachine({
  context: z.object({ why: z.string() }),
  events: { SKIP: z.object({ reason: z.string() }) },
})
  .setup({})
  .createMachine({
    id: "child",
    context: { why: "" },
    initial: "stuck",
    states: {
      stuck: {
        tags: "parked",
        on: { SKIP: { target: "free", actions: assign({ why: ({ event }) => event.reason }) } },
      },
      free: { type: "final" },
    },
    output: ({ context }) => context.why,
  });
const silent = defineObject({
  name: "silent",
  machine: defineMachine({ context: z.object({ why: z.unknown() }), events: { GO: nothing }, actors: { child } })
    .setup({})
    .createMachine({
      id: "silent",
      context: { why: null },
      initial: "idle",
      states: {
        idle: { on: { GO: "waiting" } },
        waiting: {
          tags: "parked",
          invoke: {
            src: "child",
            id: "c:1",
            onDone: { target: "over", actions: assign({ why: ({ event }) => event.output }) },
            onError: "over",
          },
        },
        over: { type: "final" },
      },
    }),
});

beforeEach(() => {
  broken.clear();
  reset();
});

async function open(name: "pair" | "outer"): Promise<Kit> {
  for (const step of ["left", "right"]) broken.add(step);
  const kit = await createKit({ objects: [pairObject, outerObject, silent] });
  await kit.object(name, "a").create({});
  await kit.advance("1m");
  return kit;
}

test("the list of what is parked tells the steps with their causes", async () => {
  const kit = await open("pair");
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([
    { object: "pair", key: "a", parked: "left: left does not let go; right: right does not let go" },
  ]);
});

test("of several parked steps skip wants one by name, and the journal keeps who, why and which", async () => {
  const kit = await open("pair");
  const a = kit.object(pairObject, "a");
  await expect(a.skip(by)).rejects.toMatchObject({ code: "INVALID_REQUEST", details: { parked: ["left", "right"] } });
  await expect(a.skip({ ...by, step: "middle" })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    message: expect.stringContaining("has no parked step 'middle': left, right is parked"),
  });
  expect(await a.skip({ ...by, step: "left" })).toMatchObject({ changed: true, released: ["left"] });
  expect((await kit.journal("pair", "a")).at(-1)).toMatchObject({
    kind: "skipped",
    event: { type: "SKIP", step: "left", ...by },
  });
  expect(await a.skip(by)).toMatchObject({ released: ["right"] });
  expect(await a.result()).toMatchObject({
    status: "compensated",
    skipped: ["left", "right"].map((step) => ({ step, ...by })),
  });
  expect(await a.skip(by)).toMatchObject({ changed: false, released: [], message: "nothing of pair/a is parked" });
});

test("retry without a name tries all of them again; what still fails is parked again", async () => {
  const kit = await open("pair");
  const a = kit.object(pairObject, "a");
  broken.delete("left");
  expect(await a.retry(by)).toMatchObject({ changed: true, released: ["left", "right"] });
  await kit.advance("1m");
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ parked: "right: right does not let go" }]);
  expect((await kit.journal("pair", "a")).map(({ kind }) => kind)).toContain("retried");
  broken.clear();
  await a.retry(by);
  await kit.settle();
  expect(await a.result()).toMatchObject({ status: "compensated", skipped: [] });
});

test("a step of a nested saga is named by its path and reached there", async () => {
  const kit = await open("outer");
  const a = kit.object("outer", "a");
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([
    { parked: "inner/left: left does not let go; inner/right: right does not let go" },
  ]);
  expect(await a.skip({ ...by, step: "inner/left" })).toMatchObject({ released: ["inner/left"] });
  broken.clear();
  await a.retry(by);
  await kit.settle();
  expect(await a.result()).toMatchObject({ skipped: [{ step: "inner/left", ...by }] });
});

test("an actor that is parked inside a machine that knows nothing of it gets the event itself", async () => {
  const kit = await createKit({ objects: [silent] });
  const a = kit.object(silent, "a");
  await a.send({ type: "GO" });
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ parked: "waiting: in state 'waiting'" }]);
  await expect(a.retry(by)).rejects.toMatchObject({ code: "EVENT_NOT_ACCEPTED" });
  expect(await a.skip(by)).toMatchObject({ changed: true });
  expect(await a.get()).toMatchObject({ status: "done", context: { why: "ticket 7" } });
});

test("a step that is parked after the point of no return is tried again, and cannot be skipped", async () => {
  const kit = await createKit({ objects: voyages });
  kit.actors.fake(leg, "mail", async () => {
    throw new TerminalError("no stamps");
  });
  const a = kit.object(leg, "a");
  await a.create({ from: "Oslo" });
  await kit.settle();
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ parked: "mail: no stamps" }]);
  await expect(a.skip(by)).rejects.toMatchObject({
    code: "EVENT_NOT_ACCEPTED",
    details: { accepts: ["GIVE_UP", "RETRY"] },
  });
  await expect(a.cancel(by)).rejects.toMatchObject({ code: "EVENT_NOT_ACCEPTED" });
  expect((await a.kill({ ...by, preview: true })).message).toContain("done and left as it is: seat, meal, issue");
  kit.actors.restore(leg, "mail");
  expect(await a.retry(by)).toMatchObject({ released: ["mail"] });
  await kit.settle();
  expect(await a.result()).toMatchObject({ status: "completed" });
});
