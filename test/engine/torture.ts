/**
 * One machine with every feature of XState 5 that the engine carries, in three concurrent regions.
 *
 * The promise actors are made by the caller: the reference resolves them on its manual clock, the engine captures them.
 */
import { type AnyActorRef, assign, cancel, forwardTo, log, raise, sendTo, setup, stopChild } from "xstate";
import { z } from "zod";
import {
  counter,
  crier,
  grand,
  type MakePromise,
  makeChild,
  type Params,
  type TortureEvent,
} from "./torture-children.ts";

/** Event types that scripts draw from. */
export const EVENTS = [
  ..."INC INC RD CAN SENDD ENQ NEXT HIST MOVE OUT RE SPAWN SPAWN INV TELL KIDS PK AB KILL BYE FW SYS ADD".split(" "),
  ..."SC SX ABORT UNKNOWN CIN COUT CHIST CRY".split(" "),
];
const schemas = {
  input: z.object({ start: z.number() }),
  events: Object.fromEntries([...new Set([...EVENTS, "QUIT"])].map((type) => [type, z.object({ by: z.number() })])),
};

interface Context {
  readonly n: number;
  readonly refs: readonly AnyActorRef[];
  readonly got: readonly unknown[];
  readonly k: number;
  readonly sp: number;
}
const child0 = ({ context }: { context: Context }): AnyActorRef => context.refs[0] as AnyActorRef;

function makeSetup(promise: MakePromise) {
  return setup({
    types: {} as {
      context: Context;
      events: TortureEvent;
      input: { start: number };
      output: unknown;
      emitted: TortureEvent;
    },
    schemas,
    actors: {
      child: makeChild(promise),
      grand,
      counter,
      crier,
      load: promise("load", 30, (input) => {
        const k = input.k ?? 0;
        if (k % 3 === 2) throw Object.assign(new Error(`bad ${k}`), { name: "Bad" });
        return { v: k * 10 };
      }),
    },
    actions: {
      act: (_, _params: Params) => undefined,
      onT: () => undefined,
      ex: () => undefined,
      en: () => undefined,
      snapSeen: (_, _params: Params) => undefined,
    },
    guards: { big: ({ context }) => context.n > 6 },
    delays: { d1: 35, d2: ({ context }) => 20 + context.n },
  });
}
type Setup = ReturnType<typeof makeSetup>;

const makeComp = (s: Setup) =>
  s.createStateConfig({
    initial: "x",
    on: { OUT: "a" },
    states: {
      h: { type: "history", history: "deep" },
      x: { on: { MOVE: "y" } },
      y: {
        initial: "y1",
        states: { y1: { on: { MOVE: "y2" }, after: { 30: "y2" } }, y2: { entry: s.raise({ type: "INY2" }) } },
      },
    },
  });

const makeFirst = (s: Setup) =>
  s.createStateConfig({
    initial: "a",
    states: {
      a: {
        entry: "en",
        exit: "ex",
        after: { 50: { target: "b", actions: "onT" }, d1: { guard: "big", target: "c" } },
        on: { NEXT: "b", HIST: "comp.h" },
      },
      b: {
        invoke: {
          src: "load",
          id: "ld",
          input: ({ context }) => ({ k: context.k }),
          onDone: {
            target: "c",
            actions: assign({
              n: ({ context, event }) => context.n + (event.output as { v: number }).v,
              k: ({ context }) => context.k + 1,
            }),
          },
          onError: {
            target: "a",
            actions: [
              assign({ k: ({ context }) => context.k + 1 }),
              { type: "act", params: ({ event }) => ({ err: (event.error as Error).message }) },
            ],
          },
        },
        after: { 100: "a" },
        on: { NEXT: "a", RE: { target: "b", reenter: true } },
      },
      c: {
        always: [
          { guard: ({ context }) => context.n > 100, target: "comp" },
          { guard: ({ context }) => context.n % 2 === 1, target: "a", actions: raise({ type: "ODD" }) },
        ],
        on: { NEXT: "comp", INC: { actions: { type: "act", params: undefined } } },
        after: { 60: "comp" },
      },
      comp: makeComp(s),
      end: { type: "final" },
    },
  });

const makeSecond = (s: Setup) =>
  s.createStateConfig({
    initial: "none",
    on: { ODD: { actions: { type: "act", params: { odd: 1 } } }, INY2: { actions: s.emit({ type: "iny2" }) } },
    states: {
      none: {
        on: {
          SPAWN: {
            target: "some",
            actions: assign({
              refs: ({ context, spawn, self }) => [
                ...context.refs,
                spawn("child", { id: `c${context.refs.length}`, input: { n: context.n, peer: self } }),
              ],
            }),
          },
          INV: "invd",
        },
      },
      some: {
        on: {
          SPAWN: {
            guard: ({ context }) => context.refs.length < 3,
            actions: assign({
              sp: ({ context }) => context.sp + 1,
              refs: ({ context, spawn }) => [
                ...context.refs,
                spawn("child", { id: `p${context.sp}`, input: { n: context.n, peer: child0({ context }) } }),
              ],
            }),
          },
          TELL: {
            actions: [
              sendTo(child0, ({ context }: { context: Context }) => ({ type: "FROMPARENT", v: context.n })),
              sendTo("c0", { type: "WORK" }),
            ],
          },
          KIDS: { actions: sendTo("c0", { type: "KIDS" }) },
          PK: { actions: sendTo("c0", { type: "PK" }) },
          AB: { actions: sendTo("c0", { type: "ABORT" }) },
          KILL: { target: "none", actions: [stopChild("c0"), assign({ refs: [] })] },
          BYE: { actions: sendTo("c0", { type: "BYE" }) },
          CIN: { actions: sendTo("c0", { type: "CIN" }) },
          COUT: { actions: sendTo("c0", { type: "COUT" }) },
          CHIST: { actions: sendTo("c0", { type: "CHIST" }) },
        },
      },
      invd: makeInvoked(s),
      end: { type: "final" },
    },
  });

const makeInvoked = (s: Setup) =>
  s.createStateConfig({
    invoke: [
      {
        src: "child",
        id: "ic",
        systemId: "sysc",
        input: { n: 3 },
        onDone: { target: "none", actions: { type: "act", params: ({ event }) => ({ icDone: event.output }) } },
        onSnapshot: {
          actions: {
            type: "snapSeen",
            params: ({ event }) => ({ v: event.snapshot.value, n: event.snapshot.context.n }),
          },
        },
      },
      {
        src: "counter",
        id: "cnt",
        onSnapshot: {
          actions: assign({ got: ({ context, event }) => [...context.got, `cnt${event.snapshot.context.c}`] }),
        },
      },
      { src: "crier", id: "cry" },
    ],
    on: {
      CRY: { actions: forwardTo("cry") },
      FW: { actions: sendTo("ic", { type: "WORK" }) },
      SYS: { actions: sendTo(({ system }) => system.get("sysc") as AnyActorRef, { type: "FROMPARENT", v: "sys" }) },
      ADD: { actions: forwardTo("cnt") },
      BYE: { actions: sendTo("ic", { type: "BYE" }) },
      INV: "none",
    },
  });

const makeThird = (s: Setup) =>
  s.createStateConfig({
    initial: "p",
    states: {
      p: {
        on: {
          SC: {
            actions: [
              stopChild("sg"),
              s.spawnChild("grand", { id: "sg", input: ({ context }) => ({ tag: `sg${context.n}` }) }),
            ],
          },
          SX: { actions: stopChild("sg") },
          GRAND_UP: { actions: { type: "act", params: undefined } },
        },
      },
      end: { type: "final", entry: log("bye") },
    },
  });

export function makeTorture(promise: MakePromise) {
  const s = makeSetup(promise);
  return s.createMachine({
    id: "T",
    type: "parallel",
    context: ({ input }) => ({ n: input.start, refs: [], got: [], k: 0, sp: 0 }),
    on: {
      INC: {
        actions: [
          assign({ n: ({ context }) => context.n + 1 }),
          { type: "act", params: ({ context }) => ({ n: context.n }) },
        ],
      },
      ACK: { actions: assign({ got: ({ context, event }) => [...context.got, `ack${event.v}`] }) },
      WORKED: {
        actions: [
          assign({ got: ({ context, event }) => [...context.got, `w${event.n}`] }),
          s.emit(({ event }) => ({ type: "worked", n: event.n })),
        ],
      },
      RELAYED: { actions: assign({ got: ({ context }) => [...context.got, "relay"] }) },
      GDONE: {
        actions: [
          assign({ got: ({ context, event }) => [...context.got, event.out] }),
          log(({ event }) => event.out, "gdone"),
        ],
      },
      RD: { actions: s.raise(({ context }) => ({ type: "DLY", n: context.n }), { delay: "d2", id: "rd" }) },
      CAN: { actions: cancel("rd") },
      DLY: { actions: { type: "act", params: ({ event }) => ({ dly: event.n }) } },
      SENDD: {
        guard: ({ context }) => context.refs.length > 0,
        actions: sendTo(child0, { type: "FROMPARENT", v: "delayed" }, { delay: 45, id: "sd" }),
      },
      ENQ: {
        actions: s.enqueueActions(({ enqueue, check, context }) => {
          enqueue.assign({ n: context.n + 2 });
          if (check("big")) enqueue.emit({ type: "big", n: context.n });
          else enqueue.raise({ type: "INC" });
          enqueue({ type: "act", params: { enq: context.n } });
          enqueue.raise({ type: "INC" }, { delay: 15, id: "enqd" });
        }),
      },
      "xstate.done.actor.*": {
        actions: { type: "act", params: ({ event }) => ({ done: event.type, out: event.output }) },
      },
      QUIT: { target: [".r1.end", ".r2.end", ".r3.end"] },
    },
    states: { r1: makeFirst(s), r2: makeSecond(s), r3: makeThird(s) },
    output: ({ context }: { context: Context }) => ({ n: context.n, got: context.got }),
  });
}
