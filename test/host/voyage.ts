/**
 * A saga that makes another object, a saga too: what operators cancel and kill. What is done outside is written into
 * `calls`; a step named in `held` does not end until its promise does.
 *
 *   voyage/k  visa ─▶ leg (object leg/k) ─▶ pay          leg/k  seat ─▶ meal ─▶ issue (pivot) ─▶ mail
 */
import { defineMachine, defineObject, objectActor, promiseActor } from "stator/define";
import { compensation, saga } from "stator/saga";
import { assign } from "xstate";
import { z } from "zod";

export const calls: string[] = [];
export const held = new Map<string, Promise<unknown>>();
export const aborted: string[] = [];
/** How long each step takes. */
export const pace: { wait: () => Promise<unknown> } = { wait: async () => undefined };

export function reset(): void {
  calls.length = 0;
  aborted.length = 0;
  held.clear();
  pace.wait = async () => undefined;
}

/** Ends what it holds when it is told to. */
export function hold(step: string): () => void {
  let release = (): void => undefined;
  held.set(step, new Promise<void>((resolve) => (release = resolve)));
  return () => {
    held.delete(step);
    release();
  };
}

const nothing = z.object({});
const booked = promiseActor({ input: z.object({ stepKey: z.string() }), output: nothing });
const sent = promiseActor({ input: nothing, output: nothing });

const does = (call: string) => ({
  run: async ({ signal }: { readonly signal: AbortSignal }) => {
    calls.push(call);
    signal.addEventListener("abort", () => aborted.push(call));
    await pace.wait();
    await held.get(call);
    return {};
  },
});
const input = () => ({});

export const legMachine = saga("leg", { input: z.object({ from: z.string() }) })
  .step("seat", { do: booked, input, compensate: compensation(booked) })
  .step("meal", { do: booked, input, compensate: compensation(booked), timeoutMs: 3_600_000 })
  .pivot("issue", { do: sent, input, cleanFailure: true })
  .step("mail", { do: sent, input })
  .machine({ output: () => ({}) });

export const leg = defineObject({
  name: "leg",
  machine: legMachine,
  actors: {
    seat: does("seat"),
    "undo:seat": does("undo seat"),
    meal: does("meal"),
    "undo:meal": { ...does("undo meal"), retry: { maxAttempts: 1 } },
    issue: does("issue"),
    mail: does("mail"),
  },
});

export const voyage = defineObject({
  name: "voyage",
  machine: defineMachine({
    context: z.object({ leg: z.string(), why: z.string() }),
    input: z.object({ leg: z.string() }),
    events: { CANCEL: nothing, RETRY: nothing, SKIP: nothing },
    actors: { visa: sent, "undo:visa": sent, pay: sent, leg: objectActor(leg) },
  })
    .setup({
      actions: { failed: assign({ why: ({ event }) => JSON.stringify((event as { error?: unknown }).error) }) },
      guards: { isCompleted: ({ event }) => statusOf(event) === "completed" },
    })
    .createMachine({
      id: "voyage",
      context: ({ input: { leg: key } }) => ({ leg: key, why: "" }),
      initial: "do_visa",
      states: {
        do_visa: {
          on: { CANCEL: "undo_visa" },
          invoke: { src: "visa", id: "visa", input, onDone: "do_leg", onError: "undo_visa" },
        },
        do_leg: {
          on: { CANCEL: "undo_visa" },
          invoke: {
            src: "leg",
            id: "leg",
            input: ({ context }) => ({ key: context.leg, input: { from: "Oslo" } }),
            onDone: [{ guard: "isCompleted", target: "do_pay" }, { target: "undo_visa" }],
            onError: { target: "undo_visa", actions: "failed" },
          },
        },
        do_pay: {
          on: { CANCEL: "undo_visa" },
          invoke: { src: "pay", id: "pay", input, onDone: "completed", onError: "undo_visa" },
        },
        undo_visa: {
          tags: "compensation",
          invoke: { src: "undo:visa", id: "undo:visa", input, onDone: "compensated", onError: "parked" },
        },
        parked: { tags: "parked", on: { RETRY: "undo_visa", SKIP: "compensated" } },
        completed: { type: "final", tags: "success" },
        compensated: { type: "final", tags: "compensated" },
      },
    }),
  actors: { visa: does("visa"), "undo:visa": does("undo visa"), pay: does("pay") },
});

const statusOf = (event: object): unknown => (event as { output?: { status?: unknown } }).output?.status;
export const voyages = [voyage, leg];
export const by = { by: "ann", reason: "ticket 7" };
