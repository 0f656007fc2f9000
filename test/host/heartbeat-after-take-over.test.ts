/** A long attempt may still be at work in a host that has lost its lease: the new owner waits for its heartbeat, not for nothing. */
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { expect, test } from "vitest";
import { z } from "zod";
import { createKit } from "../../src/testing/index.ts";

const slow = defineObject({
  name: "slow",
  machine: defineMachine({
    context: z.object({}),
    events: { WORK: z.object({}) },
    actors: { work: promiseActor({ input: z.object({}), output: z.object({}) }) },
  })
    .setup({})
    .createMachine({
      id: "slow",
      context: {},
      initial: "idle",
      states: {
        idle: { on: { WORK: "working" } },
        working: { invoke: { src: "work", input: {}, onDone: "idle", onError: "idle" } },
      },
    }),
  actors: { work: { heartbeatMs: 60_000, run: () => ({}) } },
});

test("the first attempt is repeated only once its heartbeat is overdue, however soon another host takes over", async () => {
  const kit = await createKit({ objects: [slow], hosts: 2 });
  await kit.advance("3s");
  let attempts = 0;
  kit.actors.fake(slow, "work", ({ heartbeat }) => {
    attempts++;
    heartbeat("at work");
    return new Promise(() => undefined);
  });
  await kit.object(slow, "s").send({ type: "WORK" });
  await kit.settle();
  kit.hosts.find((host) => (host.counters.get("invocation.attempts") ?? 0) > 0)?.kill();
  await kit.advance("50s");
  expect(attempts).toBe(1);
  await kit.advance("20s");
  expect(attempts).toBe(2);
});
