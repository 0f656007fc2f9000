/** The actors that the torture machine runs: a child with a promise actor, a grandchild, a reducer. */
import { type AnyActorRef, assign, fromTransition, type PromiseActorLogic, sendParent, sendTo, setup } from "xstate";

export interface WorkInput {
  readonly n?: number;
  readonly k?: number;
}
export type Work = (input: WorkInput) => unknown;
export type MakePromise = (name: string, ms: number, work: Work) => PromiseActorLogic<unknown, WorkInput>;
export interface TortureEvent {
  readonly type: string;
  readonly n?: number;
  readonly v?: unknown;
  readonly by?: number;
  readonly out?: unknown;
  readonly output?: unknown;
}

export type Params = Readonly<Record<string, unknown>> | undefined;

export const grand = setup({
  types: {} as {
    context: { tag: string; n: number };
    events: TortureEvent;
    input: { tag?: string } | undefined;
    output: { tag: string; n: number };
  },
  actions: { gEntry: () => undefined },
}).createMachine({
  id: "grand",
  initial: "w",
  context: ({ input }) => ({ tag: input?.tag ?? "g", n: 0 }),
  entry: ["gEntry", sendParent({ type: "GRAND_UP" })],
  states: {
    w: {
      after: { 40: "f" },
      on: {
        POKE: {
          actions: [
            assign({ n: ({ context }) => context.n + 1 }),
            sendParent(({ context }) => ({ type: "POKED", n: context.n })),
          ],
        },
      },
    },
    f: { type: "final" },
  },
  output: ({ context }) => ({ tag: context.tag, n: context.n }),
});

export const counter = fromTransition(
  (state: { readonly c: number }, event: TortureEvent) =>
    event.type === "ADD" ? { ...state, c: state.c + Number(event.by) } : state,
  { c: 0 },
);

/** A reducer that emits: twice in one transition, before its new state is there. */
export const crier = fromTransition(
  (state: { readonly c: number }, event: TortureEvent, { emit }) => {
    if (event.type !== "CRY") return state;
    emit({ type: "cried", n: state.c } as never);
    emit({ type: "cried", n: state.c + 1 } as never);
    return { c: state.c + 2 };
  },
  { c: 0 },
);

export function makeChild(promise: MakePromise) {
  return setup({
    types: {} as {
      context: { n: number; peer: AnyActorRef | null; log: string[] };
      events: TortureEvent;
      input: { n?: number; peer?: AnyActorRef } | undefined;
      output: { n: number; log: string[] };
    },
    actors: { grand, work: promise("work", 25, (input) => ({ doubled: (input.n ?? 0) * 2 })) },
    actions: { cAct: (_, _params: Params) => undefined, cExit: () => undefined },
  }).createMachine({
    id: "child",
    context: ({ input }) => ({ n: input?.n ?? 1, peer: input?.peer ?? null, log: [] }),
    initial: "idle",
    exit: "cExit",
    on: {
      BYE: ".fin",
      FROMPARENT: {
        actions: [
          { type: "cAct", params: ({ event }) => ({ got: event.v }) },
          sendParent(({ context, event }) => ({ type: "ACK", n: context.n, v: event.v })),
        ],
      },
      GRAND_UP: { actions: assign({ log: ({ context }) => [...context.log, "up"] }) },
      POKED: {
        actions: [
          assign({ log: ({ context, event }) => [...context.log, `poked${event.n}`] }),
          sendParent({ type: "RELAYED" }),
        ],
      },
    },
    states: {
      idle: { on: { WORK: "working", KIDS: "kids", CIN: "box", CHIST: "box.hist" } },
      box: {
        initial: "first",
        on: { COUT: "idle" },
        states: {
          hist: { type: "history", history: "shallow", target: "second" },
          first: { on: { CIN: "second" } },
          second: { initial: "in", states: { in: { on: { CIN: "on" }, after: { 20: "on" } }, on: {} } },
        },
      },
      working: {
        invoke: {
          src: "work",
          id: "w",
          input: ({ context }) => ({ n: context.n }),
          onDone: {
            target: "idle",
            actions: [
              assign({ n: ({ event }) => (event.output as { doubled: number }).doubled }),
              sendParent(({ context }) => ({ type: "WORKED", n: context.n })),
            ],
          },
          onError: "idle",
        },
        on: { ABORT: "idle" },
        after: { 200: "idle" },
      },
      kids: {
        invoke: {
          src: "grand",
          id: "g",
          input: ({ context }) => ({ tag: `t${context.n}` }),
          onDone: { target: "idle", actions: sendParent(({ event }) => ({ type: "GDONE", out: event.output })) },
        },
        on: { PK: { actions: sendTo("g", { type: "POKE" }) }, ABORT: "idle" },
      },
      fin: { type: "final" },
    },
    output: ({ context }) => ({ n: context.n, log: context.log }),
  });
}
