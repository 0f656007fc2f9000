/**
 * CPU time of one turn of a cached small object, snapshot and effects as text included. Best of several rounds.
 * Run: node --expose-gc --import tsx test/bench/engine.bench.ts
 */
import { type AnyStateMachine, assign } from "xstate";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { viewText } from "../../src/core/message.ts";
import { createEngine } from "../../src/engine/create.ts";
import type { EngineTurn, LiveObject } from "../../src/engine/engine.ts";

const nothing = z.object({});
const small = defineMachine({
  context: z.object({ n: z.number(), items: z.array(z.string()), customer: z.string(), note: z.string() }),
  events: { PAY: nothing, SHIP: nothing, DELIVER: nothing, RESET: nothing },
})
  .setup({ actions: { notify: () => undefined } })
  .createMachine({
    id: "order",
    initial: "new",
    context: { n: 0, items: [], customer: "c1", note: "" },
    states: {
      new: { on: { PAY: { target: "paid", actions: assign({ n: ({ context }) => context.n + 1 }) } } },
      paid: { after: { 3600000: "expired" }, on: { SHIP: { target: "shipped", actions: "notify" } } },
      shipped: { on: { DELIVER: "delivered" } },
      delivered: { on: { RESET: "new" } },
      expired: { on: { RESET: "new" } },
    },
  });
const engine = createEngine(defineObject({ name: "order", machine: small, actions: { notify: () => undefined } }));
const EVENTS = ["PAY", "SHIP", "DELIVER", "RESET"];
const address = { name: "order", key: "o-1" };
const context = (revision: number) => ({ address, incarnation: "i1", revision });

function settled(turn: EngineTurn): Extract<EngineTurn, { kind: "settled" }> {
  if (turn.kind !== "settled") throw new Error(turn.kind);
  return turn;
}

function measure(name: string, run: (i: number) => void): void {
  for (let i = 0; i < 4_000; i++) run(i);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < 20_000; i++) run(i);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 20_000);
  }
  process.stdout.write(`${name.padEnd(48)} ${best.toFixed(1)} µs CPU\n`);
}

let revision = 1;
const first = engine.create(undefined, context(revision));
let object: LiveObject = first.object;
let text = settled(first.turn).snapshot;
const turn = (i: number): void => {
  const event = { type: EVENTS[i % EVENTS.length] ?? "PAY" };
  const done = settled(object.handle({ kind: "event", event }, context(++revision)));
  text = done.snapshot;
  viewText(done.view);
  JSON.stringify(done.effects);
};
measure("cached turn, with snapshot, view and effects", turn);
measure("cold turn: restore, then the same", (i) => {
  object = engine.restore(text, context(revision));
  turn(i);
});
process.stdout.write(`snapshot ${text.length} characters\n`);

/** Four regions of nine states each; every event moves one of them. */
const region = (r: number) => ({
  initial: "s0",
  states: Object.fromEntries(
    Array.from({ length: 9 }, (_, s) => [
      `s${s}`,
      { on: { [`GO${r}`]: { target: `s${(s + 1) % 9}`, actions: "count" } }, after: { 3600000: "s0" } },
    ]),
  ),
});
const wide = defineMachine({
  context: z.object({ n: z.number() }),
  events: { GO0: nothing, GO1: nothing, GO2: nothing, GO3: nothing },
})
  .setup({ actions: { count: assign({ n: ({ context }) => context.n + 1 }) } })
  .createMachine({
    id: "wide",
    type: "parallel",
    context: { n: 0 },
    states: Object.fromEntries(Array.from({ length: 4 }, (_, r) => [`r${r}`, region(r)])) as never,
  });
const wideEngine = createEngine(defineObject({ name: "wide", machine: wide as unknown as AnyStateMachine }));
const wideObject = wideEngine.create(undefined, context(1)).object;
let wideRevision = 1;
measure("cached turn of four regions with nine states", (i) => {
  const event = { type: `GO${i % 4}` };
  const done = settled(wideObject.handle({ kind: "event", event }, context(++wideRevision)));
  viewText(done.view);
  JSON.stringify(done.effects);
});

const gc = (globalThis as { gc?: () => void }).gc;
if (gc !== undefined) {
  const kept: LiveObject[] = [];
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 5_000; i++) kept.push(engine.create(undefined, context(1)).object);
  gc();
  const bytes = (process.memoryUsage().heapUsed - before) / kept.length;
  process.stdout.write(`a cached small object takes ${(bytes / 1024).toFixed(1)} KB\n`);
}
