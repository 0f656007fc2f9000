/** Timers are net per turn, and one per (actor, send id): a second send under a live id replaces the first. */
import { expect, test } from "vitest";
import { cancel, fromPromise, raise } from "xstate";
import { looseMachine, objectOf, the } from "./kit.ts";

const arm = (delay: number) => raise({ type: "T" }, { delay, id: "x" });
const machine = looseMachine(
  {
    context: {},
    initial: "a",
    states: {
      a: { on: { T: "fired", PASS: "busy" } },
      fired: {},
      busy: { invoke: { src: "p", id: "p", onError: "a" }, always: "a" },
    },
    on: {
      ARM: { actions: arm(10) },
      LATER: { actions: arm(99) },
      CANCEL: { actions: cancel("x") },
      REARM: { actions: [cancel("x"), arm(20)] },
      BOTH: { actions: [arm(1), cancel("x")] },
      TWICE: { actions: [arm(1), arm(2), cancel("x"), arm(3)] },
      ZERO: { actions: arm(0) },
    },
  },
  { actors: { p: fromPromise(async () => 1) } },
  ["ARM", "LATER", "CANCEL", "REARM", "BOTH", "TWICE", "ZERO", "PASS"],
);

function created() {
  const object = objectOf(machine, [], ["p"]);
  object.create();
  return object;
}

test("a second send under a live id replaces the first, also after a restore", () => {
  const object = created();
  object.send("ARM");
  expect(object.reload().send("LATER").effects).toEqual([
    { kind: "timer.set", timer: "#x", generation: 3, delayMs: 99 },
  ]);
  expect(object.send("CANCEL").effects).toEqual([{ kind: "timer.clear", timer: "#x" }]);
  expect(JSON.parse(object.text).timers).toEqual([]);
});

test("canceled and armed again in one turn: one set", () => {
  const object = created();
  object.send("ARM");
  expect(object.send("REARM").effects).toEqual([{ kind: "timer.set", timer: "#x", generation: 3, delayMs: 20 }]);
});

test("armed and canceled in one turn: nothing", () => {
  expect(created().send("BOTH").effects).toEqual([]);
});

test("armed before, then armed and canceled in one turn: one clear", () => {
  const object = created();
  object.send("ARM");
  expect(object.send("BOTH").effects).toEqual([{ kind: "timer.clear", timer: "#x" }]);
});

test("armed several times in one turn: the last one", () => {
  expect(created().send("TWICE").effects).toEqual([{ kind: "timer.set", timer: "#x", generation: 2, delayMs: 3 }]);
});

test("a cancel that was committed wins over a firing on its way", () => {
  const object = created();
  const timer = the(object.send("ARM"), "timer.set");
  object.send("CANCEL");
  expect(object.try({ ...timer, kind: "timer" })).toEqual({ kind: "ignored", reason: "late-timer" });
});

test("a delay of 0 is an ordinary timer", () => {
  const object = created();
  const timer = the(object.send("ZERO"), "timer.set");
  expect(timer.delayMs).toBe(0);
  expect(object.reload().fire(timer).view.value).toBe("fired");
});

test("an invocation that is entered and left within one turn never starts", () => {
  expect(created().send("PASS").effects).toEqual([]);
});
