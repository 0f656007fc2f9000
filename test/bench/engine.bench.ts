/**
 * CPU time of one turn of a cached small object, snapshot and effects as text included. Best of several rounds.
 * Run: npx tsx test/bench/engine.bench.ts
 */
import { assign } from "xstate";
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
