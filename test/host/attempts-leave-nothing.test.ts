/** Found by the memory of long simulations: every attempt left its signal behind for the life of the host. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { expect, test } from "vitest";
import { z } from "zod";
import { createKit } from "../../src/testing/index.ts";

const ATTEMPTS = 20;
const signals: WeakRef<AbortSignal>[] = [];

/** As `fetch` does with a signal that it is given. */
function watch(signal: AbortSignal): void {
  signal.addEventListener("abort", () => undefined, { once: true });
  signals.push(new WeakRef(signal));
}

const worker = defineObject({
  name: "worker",
  machine: defineMachine({
    context: z.object({}),
    events: { WORK: z.object({}), TELL: z.object({}) },
    actors: { work: promiseActor({ input: z.object({}), output: z.object({}) }) },
  })
    .setup({ actions: { tell: () => undefined } })
    .createMachine({
      id: "worker",
      context: {},
      initial: "idle",
      states: {
        idle: { on: { WORK: "working", TELL: { actions: "tell" } } },
        working: { invoke: { src: "work", input: {}, onDone: "idle", onError: "idle" } },
      },
    }),
  actors: {
    work: {
      timeoutMs: 60_000,
      run: ({ signal }) => {
        watch(signal);
        return {};
      },
    },
  },
  actions: { tell: { timeoutMs: 60_000, run: ({ signal }) => watch(signal) } },
});

/** Signals of attempts that can still be reached after a collection. */
async function left(type: "WORK" | "TELL"): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  signals.splice(0);
  const kit = await createKit({ objects: [worker] });
  for (let i = 0; i < ATTEMPTS; i++) {
    await kit.object(worker, "w").send({ type });
    await kit.advance("2s");
  }
  expect(signals).toHaveLength(ATTEMPTS);
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds until the end of its turn of the event loop
  collect();
  return signals.filter((signal) => signal.deref() !== undefined).length;
}

test("an attempt of a promise actor that has ended leaves nothing in memory", async () => {
  expect(await left("WORK")).toBeLessThanOrEqual(1);
});

test("an attempt of a named action that has ended leaves nothing in memory", async () => {
  expect(await left("TELL")).toBeLessThanOrEqual(1);
});
