/** The objects that the simulated clients use, written as users write theirs. `oracle.ts` says what each must do. */
import { defineMachine, defineObject, type ObjectDefinition, objectRef, promiseActor, type Run } from "stator/define";
import { assign, emit, sendTo } from "xstate";
import { z } from "zod";

/** Keeps every id it is given, in the order applied; may tell another object of it. */
export const list = defineObject({
  name: "list",
  machine: defineMachine({
    context: z.object({ ids: z.array(z.string()) }),
    events: {
      APPEND: z.object({ id: z.string() }),
      TELL: z.object({ id: z.string(), to: z.string() }),
      FAIL: z.object({}),
    },
  })
    .setup({
      actions: {
        append: assign({
          ids: ({ context, event }) => (event.type === "FAIL" ? context.ids : [...context.ids, event.id]),
        }),
        fail: assign(() => {
          throw new Error("a turn that always throws");
        }),
      },
    })
    .createMachine({
      id: "list",
      context: { ids: [] },
      on: {
        APPEND: { actions: "append" },
        FAIL: { actions: "fail" },
        TELL: {
          actions: [
            "append",
            sendTo(
              (args) => objectRef(notes, args.event.to)(args),
              ({ event }) => ({ type: "NOTE" as const, text: event.id }),
            ),
          ],
        },
      },
    }),
});

/** What notes refuse for good: its sender is left with a message that only an operator can take out. */
export const UNWANTED = "unwanted";

/** Notes down what other objects send, in the order applied. */
export const notes = defineObject({
  name: "notes",
  private: true,
  machine: defineMachine({
    context: z.object({ texts: z.array(z.string()) }),
    events: { NOTE: z.object({ text: z.string().refine((text) => !text.startsWith(UNWANTED)) }) },
  })
    .setup({ actions: { note: assign({ texts: ({ context, event }) => [...context.texts, event.text] }) } })
    .createMachine({ id: "notes", context: { texts: [] }, on: { NOTE: { actions: "note" } } }),
});

export const counter = defineObject({
  name: "counter",
  machine: defineMachine({
    context: z.object({ count: z.number() }),
    events: { ADD: z.object({ amount: z.number() }) },
  })
    .setup({ actions: { add: assign({ count: ({ context, event }) => context.count + event.amount }) } })
    .createMachine({ id: "counter", context: { count: 0 }, on: { ADD: { actions: "add" } } }),
});

export type AddByAction = (counterKey: string, amount: number, idempotencyKey: string) => Promise<void>;

/** Increments counters by a message, by a message that waits, and by a named action; emits what it did. */
const courier = (add: AddByAction): ObjectDefinition =>
  defineObject({
    name: "courier",
    machine: defineMachine({
      context: z.object({ asked: z.number() }),
      events: {
        FORWARD: z.object({ counter: z.string(), amount: z.number() }),
        LATER: z.object({ counter: z.string(), amount: z.number(), delayMs: z.number() }),
        CALL: z.object({ counter: z.string(), amount: z.number() }),
      },
      emits: { ASKED: z.object({ asked: z.number() }) },
    })
      .setup({
        actions: {
          count: assign({ asked: ({ context }) => context.asked + 1 }),
          add: (_, _params: { counter: string; amount: number }) => undefined,
        },
      })
      .createMachine({
        id: "courier",
        context: { asked: 0 },
        on: {
          FORWARD: {
            actions: [
              "count",
              sendTo(
                (args) => objectRef(counter, args.event.counter)(args),
                ({ event }) => ({ type: "ADD" as const, amount: event.amount }),
              ),
              emit(({ context }) => ({ type: "ASKED" as const, asked: context.asked })),
            ],
          },
          LATER: {
            actions: [
              "count",
              sendTo(
                (args) => objectRef(counter, args.event.counter)(args),
                ({ event }) => ({ type: "ADD" as const, amount: event.amount }),
                { delay: ({ event }) => event.delayMs },
              ),
            ],
          },
          CALL: {
            actions: [
              "count",
              { type: "add", params: ({ event }) => ({ counter: event.counter, amount: event.amount }) },
            ],
          },
        },
      }),
    actions: {
      add: ({ params, idempotencyKey }) => add(params.counter, params.amount, idempotencyKey),
    },
  });

/** Rings once after the last time it was armed, unless it was canceled. */
export const alarm = defineObject({
  name: "alarm",
  machine: defineMachine({
    context: z.object({ delayMs: z.number(), log: z.array(z.string()) }),
    events: { ARM: z.object({ delayMs: z.number() }), CANCEL: z.object({}) },
  })
    .setup({
      delays: { due: ({ context }) => context.delayMs },
      actions: {
        arm: assign({
          delayMs: ({ context, event }) => (event.type === "ARM" ? event.delayMs : context.delayMs),
          log: ({ context }) => [...context.log, "arm"],
        }),
        cancel: assign({ log: ({ context }) => [...context.log, "cancel"] }),
        ring: assign({ log: ({ context }) => [...context.log, "ring"] }),
      },
    })
    .createMachine({
      id: "alarm",
      context: { delayMs: 0, log: [] },
      initial: "idle",
      states: {
        idle: { on: { ARM: { target: "armed", actions: "arm" } } },
        armed: {
          on: {
            ARM: { target: "armed", reenter: true, actions: "arm" },
            CANCEL: { target: "idle", actions: "cancel" },
          },
          after: { due: { target: "idle", actions: "ring" } },
        },
      },
    }),
});

/** Its timer's turn throws, each time: after some tries the object is parked. */
const fragile = defineObject({
  name: "fragile",
  machine: defineMachine({ context: z.object({}), events: { LIGHT: z.object({}), NOTE: z.object({ id: z.string() }) } })
    .setup({
      actions: {
        burst: assign(() => {
          throw new Error("a timer whose turn always throws");
        }),
        note: assign({}),
      },
    })
    .createMachine({
      id: "fragile",
      context: {},
      initial: "dark",
      states: {
        dark: { on: { LIGHT: "lit", NOTE: { actions: "note" } } },
        lit: { after: { 500: { target: "dark", actions: "burst" } } },
      },
    }),
});

export type Plan = "ok" | "slow" | "throw" | "flaky" | "hang" | "late" | "terminal";

/** Works by a promise actor that may fail in every way. */
const job = ({ work: run, heartbeatMs }: ProgramParts): ObjectDefinition =>
  defineObject({
    name: "job",
    machine: defineMachine({
      context: z.object({ plan: z.string(), results: z.array(z.string()) }),
      events: { START: z.object({ plan: z.string() }), STOP: z.object({}) },
      actors: {
        work: promiseActor({ input: z.object({ plan: z.string() }), output: z.object({ receipt: z.string() }) }),
      },
    })
      .setup({
        actions: {
          plan: assign({ plan: ({ context, event }) => (event.type === "START" ? event.plan : context.plan) }),
        },
      })
      .createMachine({
        id: "job",
        context: { plan: "", results: [] },
        initial: "idle",
        states: {
          idle: { on: { START: { target: "working", actions: "plan" } } },
          working: {
            on: { START: { target: "working", reenter: true, actions: "plan" }, STOP: "idle" },
            invoke: {
              id: "work",
              src: "work",
              input: ({ context }) => ({ plan: context.plan }),
              onDone: {
                target: "idle",
                actions: assign({ results: ({ context, event }) => [...context.results, event.output.receipt] }),
              },
              onError: {
                target: "idle",
                actions: assign({ results: ({ context }) => [...context.results, "failed"] }),
              },
            },
          },
        },
      }),
    actors: {
      work: {
        retry: { maxAttempts: 4, initialMs: 100 },
        timeoutMs: 800,
        ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
        run,
      },
    },
  });

export interface ProgramParts {
  readonly addByAction: AddByAction;
  readonly work: Run<{ plan: string }, { receipt: string }>;
  /** How often `work` says that it is alive; it need not where this is left out. */
  readonly heartbeatMs?: number;
}

export function programs(parts: ProgramParts, others: readonly ObjectDefinition[]): readonly ObjectDefinition[] {
  return [list, notes, counter, courier(parts.addByAction), alarm, fragile, job(parts), ...others];
}
