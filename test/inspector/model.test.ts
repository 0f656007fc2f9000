/** What is read from a machine: the same in every process, and it changes when the chart does. */
import { expect, test } from "vitest";
import { and, createMachine, not, or } from "xstate";
import { order } from "../../machines/order.ts";
import { trip } from "../../machines/trip.ts";
import { type ChartTransition, chartHash, chartOf, layoutChart, machineHash } from "../../src/inspector/chart/index.ts";
import { constructs } from "./constructs.ts";

const of = (source: string): readonly ChartTransition[] =>
  chartOf(constructs).transitions.filter((transition) => transition.source === source);
const triggers = (source: string): readonly string[] => of(source).map(({ trigger }) => trigger.text);

test("events that XState makes have the names that people use", () => {
  expect(triggers("constructs.idle")).toEqual([
    "START",
    "AGAIN",
    "any event",
    "after 1.5s",
    "after 1d",
    "after patience 1m 30s",
  ]);
  expect(triggers("constructs.busy.loading")).toEqual([
    ...["done fetchData", "error fetchData", "error fetchData"],
    ...["done storeData", "error storeData", "changed storeData"],
  ]);
  expect(triggers("constructs.undoing.undoA")).toEqual(["done", "error"]);
});

test("branches of one event are numbered in the order in which they are tried", () => {
  expect(
    of("constructs.waiting")
      .map(({ priority, guard }) => [priority, guard])
      .slice(-2),
  ).toEqual([
    [1, "hasMore"],
    [2, "stateIn"],
  ]);
});

test("combined guards are written as a formula, what has no name as inline", () => {
  const machine = createMachine({
    id: "m",
    initial: "a",
    states: {
      a: {
        on: {
          A: { guard: or(["x", and(["y", not("z")])]), target: "b" },
          B: { guard: () => true, actions: () => undefined, target: "b" },
        },
      },
      b: {},
    },
  });
  const [first, second] = chartOf(machine).transitions;
  expect(first?.guard).toBe("x | (y & !z)");
  expect(second).toMatchObject({ guard: "(inline)", actions: ["(inline)"] });
});

test("compensation is inherited, and a state says what it undoes", () => {
  const states = chartOf(trip).states;
  const byId = (id: string) => states.find((state) => state.id === id);
  expect(byId("trip.undo_car.running")?.isCompensation).toBe(true);
  expect(byId("trip.undo_car")?.undoes).toBe("car");
  expect(byId("trip.do_car")?.isCompensation).toBe(false);
});

test("transitions are numbered from zero, in the order of the definition", () => {
  const { transitions } = chartOf(order);
  expect(transitions.map(({ index }) => index)).toEqual(transitions.map((_, i) => i));
  expect(transitions[0]).toMatchObject({ source: "order.unpaid", trigger: { text: "after deadline" }, priority: 1 });
});

test("a machine's hash changes with a name, a target or an order, and with nothing else", () => {
  const machine = (config: object) =>
    createMachine({ id: "m", initial: "a", states: { a: { on: config }, b: {}, c: {} } });
  const hash = machineHash(machine({ GO: "b", STOP: "c" }));
  expect(machineHash(machine({ GO: "b", STOP: "c" }))).toBe(hash);
  expect(machineHash(machine({ GO: { target: "b" }, STOP: { target: "c" } }))).toBe(hash);
  const others = [
    { GO: "c", STOP: "c" },
    { GOES: "b", STOP: "c" },
    { STOP: "c", GO: "b" },
    { GO: { target: "b", guard: "is" }, STOP: "c" },
  ];
  for (const other of others) expect(machineHash(machine(other))).not.toBe(hash);
  expect(chartHash(JSON.parse(JSON.stringify(chartOf(order))))).toBe(machineHash(order));
});

test("the same machine has the same geometry, to the tenth of a pixel", async () => {
  const [one, other] = [await layoutChart(chartOf(constructs)), await layoutChart(chartOf(constructs))];
  expect(other).toEqual(one);
  expect(one.hash).toBe(machineHash(constructs));
  expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
});
