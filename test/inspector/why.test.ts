/** Why an object goes no other way: the reason is the machine's, and what its guards said is the journal's. */
import { expect, test } from "vitest";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import type { ObjectView, WayShown } from "../../src/inspector/api.ts";
import { describe } from "../../src/inspector/describe.ts";
import { Machine } from "../../src/inspector/machines.ts";
import { nextSteps } from "../../src/inspector/next.ts";
import { type GuardAnswer, waysOf } from "../../src/inspector/why.ts";

const ticket = defineMachine({ context: z.object({}), events: { BUY: z.object({}), LEAVE: z.object({}) } })
  .setup({
    guards: { isOpen: () => true, isFull: () => false, isGone: () => false },
    delays: { patience: 60_000 },
  })
  .createMachine({
    id: "ticket",
    context: {},
    initial: "queue",
    on: { LEAVE: ".left" },
    states: {
      queue: {
        always: { guard: "isGone", target: "left" },
        on: { BUY: [{ guard: "isFull", target: "sorry" }, { guard: "isOpen", target: "sold" }, { target: "left" }] },
        after: { patience: "left" },
      },
      sorry: { on: { LEAVE: "left", BUY: [{ target: "sold" }, { guard: "isOpen", target: "left" }] } },
      sold: { type: "final" },
      left: { type: "final" },
    },
  });
const machine = new Machine(describe(defineObject({ name: "ticket", machine: ticket })));

interface Given {
  readonly state: string;
  readonly guards?: Readonly<Record<string, GuardAnswer>>;
  readonly timers?: readonly string[];
  readonly isPaused?: boolean;
  readonly status?: ObjectView["status"];
}

const AT = "2026-01-01T12:00:00.000Z";

function ways(given: Given, wanted?: readonly number[]): readonly WayShown[] {
  const { state, guards = {}, timers = [], isPaused = false, status = "active" } = given;
  const active = machine.activeIn(state) ?? [];
  const armed = timers.map((timer) => ({ timer, dueAt: "2026-01-01T12:00:30.000Z" }));
  const object = {
    at: AT,
    status,
    state,
    flags: isPaused ? ["paused"] : [],
    overlay: { active, path: [{ turn: 4, transition: 0 }], visited: [], next: [] },
    timers: armed,
    invocations: [],
    next: nextSteps(machine, active, { timers: armed, invocations: [] }),
  } as unknown as ObjectView;
  return waysOf({ object, machine, guards: new Map(Object.entries(guards)) }, wanted);
}

const reasons = (given: Given): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ways(given).map(({ label, source, guard, isOpen, reason }) => [
      `${source} ${label}${guard === undefined ? "" : ` [${guard}]`}`,
      `${isOpen ? "+" : "-"} ${reason}`,
    ]),
  );

test("a guard that refused is named with its answer and the turn of it, and branches say what they come after", () => {
  const guards = { isFull: { passed: false, turn: 3 }, isGone: { passed: false, turn: 5 } };
  expect(reasons({ state: "queue", guards, timers: ["#xstate.after.patience.ticket.queue"] })).toMatchObject({
    "ticket LEAVE": "+ When LEAVE comes.",
    "ticket.queue BUY [isFull]": "+ When BUY comes. [isFull] must say yes. When asked last, isFull said no in turn 3.",
    "ticket.queue BUY [isOpen]":
      "+ When BUY comes. [isOpen] must say yes. It was not asked yet. [isFull] must say no first.",
    "ticket.queue BUY": "+ When BUY comes. [isFull] and [isOpen] must say no first.",
    "ticket.queue after patience 1m": "+ Its timer fires in 30 s.",
    "ticket.queue always [isGone]":
      "- It is asked in every turn. [isGone] must say yes. When asked last, isGone said no in turn 5.",
    "ticket.sorry LEAVE": "- It is in queue, not in sorry.",
  });
});

test("what cannot happen whatever comes says so: an inner state that is first, a branch behind one that is always taken, no timer", () => {
  expect(reasons({ state: "sorry" })).toMatchObject({
    "ticket LEAVE": "- sorry, inside of it, takes LEAVE first.",
    "ticket.sorry BUY": "+ When BUY comes.",
    "ticket.sorry BUY [isOpen]": "- Never: branch 1, asked before it, has no guard and is taken always.",
  });
  expect(reasons({ state: "queue" })).toMatchObject({ "ticket.queue after patience 1m": "- Its timer is not set." });
});

test("of an object that has ended nothing can be taken; of a paused one what comes waits", () => {
  const ended = ways({ state: "left", status: "done" });
  expect(ended.every(({ isOpen, reason }) => !isOpen && reason === "It has ended, in left.")).toBe(true);
  expect(reasons({ state: "sorry", isPaused: true })["ticket.sorry LEAVE"]).toBe(
    "+ When LEAVE comes. It is paused: that waits until it is resumed.",
  );
});

test("a way that was taken names the turns, and only those asked for are told", () => {
  const found = ways({ state: "queue" }, [0, 3]);
  expect(found.map(({ transition, taken }) => [transition, taken])).toEqual([
    [0, [4]],
    [3, []],
  ]);
});
