/** Machines as XState's documentation writes them, plus an id and schemas: they run in the test kit as they stand. */
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { expect, test } from "vitest";
import { assign, not, raise, sendTo, stateIn } from "xstate";
import { z } from "zod";
import { createKit } from "../../src/testing/index.ts";

const nothing = z.object({});

const toggle = defineObject({
  name: "toggle",
  machine: defineMachine({ context: z.object({}), events: { toggle: nothing } })
    .setup({})
    .createMachine({
      id: "toggle",
      context: {},
      initial: "Inactive",
      states: { Inactive: { on: { toggle: "Active" } }, Active: { on: { toggle: "Inactive" } } },
    }),
});

const light = defineObject({
  name: "light",
  machine: defineMachine({ context: z.object({}), events: { OUTAGE: nothing } })
    .setup({ delays: { yellowLight: 2_000 } })
    .createMachine({
      id: "light",
      context: {},
      initial: "green",
      on: { OUTAGE: ".red.blinking" },
      states: {
        green: { after: { 10000: "yellow" } },
        yellow: { after: { yellowLight: "red" } },
        red: {
          initial: "walk",
          states: { walk: { after: { 5000: "stop" } }, stop: {}, blinking: { tags: ["broken"] } },
          after: { 20000: "green" },
        },
      },
    }),
});

const feedback = defineObject({
  name: "feedback",
  machine: defineMachine({
    context: z.object({ feedback: z.string(), error: z.string().nullable() }),
    events: {
      "feedback.good": nothing,
      "feedback.bad": nothing,
      "feedback.update": z.object({ value: z.string() }),
      submit: nothing,
      close: nothing,
      back: nothing,
    },
    actors: {
      submitForm: promiseActor({ input: z.object({ feedback: z.string() }), output: z.object({ ok: z.boolean() }) }),
    },
  })
    .setup({ guards: { formValid: ({ context }) => context.feedback.length > 0 } })
    .createMachine({
      id: "feedback",
      context: { feedback: "", error: null },
      initial: "prompt",
      states: {
        prompt: { on: { "feedback.good": "thanks", "feedback.bad": "form" } },
        form: {
          on: {
            "feedback.update": { actions: assign({ feedback: ({ event }) => event.value }) },
            back: "prompt",
            submit: { guard: "formValid", target: "submitting" },
          },
        },
        submitting: {
          invoke: {
            id: "submitForm",
            src: "submitForm",
            input: ({ context }) => ({ feedback: context.feedback }),
            onDone: "thanks",
            onError: { target: "form", actions: assign({ error: ({ event }) => (event.error as Error).message }) },
          },
        },
        thanks: { on: { close: "closed" } },
        closed: { type: "final" },
      },
    }),
  actors: { submitForm: { retry: { maxAttempts: 1 }, run: async () => ({ ok: true }) } },
});

const player = defineObject({
  name: "player",
  machine: defineMachine({
    context: z.object({ log: z.array(z.string()) }),
    events: { PLAY: nothing, POWER: nothing, NEXT: nothing, MUTE: nothing, WALK: nothing },
  })
    .setup({ guards: { muted: stateIn({ on: { volume: "muted" } }), loud: not("muted") } })
    .createMachine({
      id: "player",
      context: { log: [] },
      initial: "off",
      states: {
        off: { on: { POWER: "on.hist" } },
        on: {
          type: "parallel",
          on: { POWER: "off" },
          states: {
            track: {
              initial: "a",
              states: { a: { on: { NEXT: "b" } }, b: { on: { NEXT: { actions: raise({ type: "PLAY" }) } } } },
            },
            volume: {
              initial: "normal",
              states: {
                normal: { on: { MUTE: { guard: "loud", target: "muted" } } },
                muted: { on: { MUTE: "normal" } },
              },
            },
            hist: { type: "history", history: "deep" },
          },
        },
      },
    }),
});

const kit = await createKit({ objects: [toggle, light, feedback, player] });

test("toggle", async () => {
  const t = kit.object(toggle, "t");
  expect(await t.send({ type: "toggle" })).toMatchObject({ value: "Active" });
  expect(await t.send({ type: "toggle" })).toMatchObject({ value: "Inactive" });
});

test("traffic light: delayed transitions, nested states, a tag", async () => {
  const l = kit.object(light, "l");
  await l.create();
  await kit.advance("10s");
  expect(await l.get()).toMatchObject({ value: "yellow" });
  await kit.advance("2s");
  expect(await l.get()).toMatchObject({ value: { red: "walk" } });
  await kit.advance("5s");
  expect(await l.get()).toMatchObject({ value: { red: "stop" } });
  expect(await l.send({ type: "OUTAGE" })).toMatchObject({ value: { red: "blinking" }, tags: ["broken"] });
  await kit.advance("20s");
  expect(await l.get()).toMatchObject({ value: "green" });
});

test("feedback form: a guard, a promise actor that fails once and then works", async () => {
  const f = kit.object(feedback, "f");
  await f.send({ type: "feedback.bad" });
  await expect(f.send({ type: "submit" })).rejects.toMatchObject({ code: "EVENT_NOT_ACCEPTED" });
  await f.send({ type: "feedback.update", value: "slow" });
  kit.actors.fake(feedback, "submitForm", () => {
    throw new Error("offline");
  });
  await f.send({ type: "submit" });
  await kit.settle();
  expect(await f.get()).toMatchObject({ value: "form", context: { error: "offline" } });
  kit.actors.restore(feedback, "submitForm");
  await f.send({ type: "submit" });
  await kit.settle();
  expect(await f.get()).toMatchObject({ value: "thanks" });
  expect(await f.send({ type: "close" })).toMatchObject({ status: "done" });
});

test("media player: parallel states, deep history, stateIn", async () => {
  const p = kit.object(player, "p");
  await p.send({ type: "POWER" });
  await p.send({ type: "NEXT" });
  await p.send({ type: "MUTE" });
  await p.send({ type: "POWER" });
  expect(await p.send({ type: "POWER" })).toMatchObject({ value: { on: { track: "b", volume: "muted" } } });
});

test("a hundred nested children live in one object, over a restart of the host", async () => {
  const leaf = defineMachine({
    context: z.object({ n: z.number() }),
    input: z.object({ n: z.number() }),
    events: { PING: nothing },
  })
    .setup({})
    .createMachine({
      id: "leaf",
      context: ({ input }) => ({ n: input.n }),
      on: { PING: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      after: { 60000: { actions: assign({ n: ({ context }) => context.n + 1_000 }) } },
    });
  const forest = defineObject({
    name: "forest",
    machine: defineMachine({
      context: z.object({ planted: z.number() }),
      events: { PLANT: nothing, PING: z.object({ id: z.string() }) },
      actors: { leaf },
    })
      .setup({})
      .createMachine({
        id: "forest",
        context: { planted: 0 },
        on: {
          PLANT: {
            actions: assign(({ context, spawn }) => {
              spawn("leaf", { id: `leaf${context.planted}`, input: { n: context.planted } });
              return { planted: context.planted + 1 };
            }),
          },
          PING: { actions: sendTo(({ event }) => event.id, { type: "PING" }) },
        },
      }),
  });
  const wood = await createKit({ objects: [forest] });
  const f = wood.object(forest, "f");
  for (let i = 0; i < 100; i++) await f.send({ type: "PLANT" });
  wood.hosts[0]?.kill();
  await wood.host();
  await f.send({ type: "PING", id: "leaf99" });
  await wood.advance("70s");
  const [row] = await wood.store.load([{ name: "forest", key: "f" }]);
  const { snapshot } = JSON.parse(row?.snapshot ?? "{}") as { snapshot: { children: Record<string, unknown> } };
  expect(Object.keys(snapshot.children)).toHaveLength(100);
  expect(snapshot.children["leaf99"]).toMatchObject({ snapshot: { context: { n: 1_100 } } });
  expect(row?.revision).toBe(201);
});
