/** A machine with every construct that a chart can show, and many of them at once. */
import { type AnyStateMachine, and, assign, fromPromise, not, raise, setup, stateIn } from "xstate";

const work = fromPromise(async () => ({}));

export const constructs: AnyStateMachine = setup({
  actors: { fetchData: work, storeData: work, undoA: work, undoB: work },
  guards: { isReady: () => true, isAdmin: () => true, hasMore: () => false },
  actions: { note: assign({}), notify: () => undefined, aVeryLongActionNameThatGoesOnAndOn: () => undefined },
  delays: { patience: 90_000, backoff: () => 1_000 },
}).createMachine({
  id: "constructs",
  initial: "idle",
  context: {},
  entry: "note",
  on: {
    RESET: { target: ".idle", reenter: true },
    PING: { actions: ["note", "notify"] },
    "metrics.*": { actions: "note" },
    JUMP: { target: "#constructs.busy.deep.b.c", guard: and(["isReady", not("isAdmin")]) },
  },
  states: {
    idle: {
      description: 'Nothing happens & <nobody> "knows".',
      on: {
        START: { target: "busy", guard: "isReady", actions: ["note", "notify", "aVeryLongActionNameThatGoesOnAndOn"] },
        AGAIN: { target: "idle", reenter: true },
        "*": { actions: "note" },
      },
      after: { 1500: "waiting", patience: "waiting", 86400000: "expired" },
    },
    waiting: {
      tags: ["quiet", "slow"],
      always: [
        { guard: "hasMore", target: "busy" },
        { guard: stateIn("idle"), target: "idle" },
      ],
      on: { A: "idle", B: "idle", C: { target: "idle", actions: "note" }, D: "busy", E: "busy", RESUME: "busy.past" },
    },
    busy: {
      initial: "loading",
      entry: ["note", raise({ type: "A" })],
      exit: "notify",
      on: { PAUSE: "waiting", INTO: ".deep.b", CANCEL: "undoing" },
      onDone: { target: "both", actions: "note" },
      states: {
        loading: {
          invoke: [
            {
              id: "first",
              src: "fetchData",
              onDone: "deep",
              onError: [{ guard: "isReady", target: "loading", reenter: true }, { target: "#constructs.undoing" }],
            },
            {
              id: "second",
              src: "storeData",
              onDone: { actions: "note" },
              onError: "#constructs.undoing",
              onSnapshot: { actions: "note" },
            },
          ],
        },
        deep: {
          initial: "a",
          on: { OUT: "finished", UP: "#constructs.busy" },
          states: {
            a: { on: { N: "b", LEAVE: "#constructs.waiting", BACK: "#constructs.busy.loading" } },
            b: {
              initial: "c",
              states: {
                c: { on: { N: "d", M: "d", O: "d", FAR: "#constructs.failed" } },
                d: {
                  on: { P: "c", H: "#constructs.busy.deep.near", UP: "#constructs.busy.deep" },
                  after: { backoff: "c" },
                },
              },
            },
            near: { type: "history" },
          },
        },
        finished: { type: "final" },
        past: { type: "history", history: "deep" },
      },
    },
    both: {
      type: "parallel",
      on: { SPLIT: [{ target: [".left.l2", ".right.r2"] }], STOP: "failed" },
      onDone: "done",
      states: {
        left: {
          initial: "l1",
          states: {
            l1: { on: { GO: "l2" } },
            l2: { on: { END: "l3" }, always: { guard: "hasMore", target: "l1" } },
            l3: { type: "final" },
          },
        },
        right: {
          initial: "r1",
          states: { r1: { on: { GO: "r2", BOTH: { target: "#constructs.busy.deep.b.d" } } }, r2: { type: "final" } },
        },
        alone: {},
      },
    },
    undoing: {
      tags: ["compensation"],
      initial: "undoA",
      onDone: "failed",
      states: {
        undoA: { meta: { undoes: "a" }, invoke: { src: "undoA", onDone: "undoB", onError: "parked" } },
        undoB: { meta: { undoes: "b" }, invoke: { src: "undoB", onDone: "undone", onError: "parked" } },
        parked: { tags: ["parked"], entry: "notify", on: { RETRY: "undoA", SKIP: "undone" } },
        undone: { type: "final" },
      },
    },
    done: { type: "final", tags: ["success"] },
    failed: { type: "final", tags: ["compensated"] },
    expired: { type: "final" },
  },
});
