/** Counts by state as a chart shows them, and the sentence above all machines. */
import { expect, test } from "vitest";
import { tripObject } from "../../actors/sagas.ts";
import { chartHash, chartOf } from "../../src/inspector/chart/index.ts";
import { describe as describeObject, type MachineDescription } from "../../src/inspector/describe.ts";
import { headline } from "../../src/inspector/lists.ts";
import { Machine, Machines, stateText } from "../../src/inspector/machines.ts";
import { acceptedTypes, nextSteps } from "../../src/inspector/next.ts";
import { countsView, machineSummaries } from "../../src/inspector/population.ts";
import type { CountedState } from "../../src/ports/views.ts";
import { constructs } from "./constructs.ts";

const model = chartOf(constructs);
const none = { context: [], input: [], output: [], events: {}, actorInput: {}, actorOutput: {} };
const about: MachineDescription = {
  ...{
    name: "constructs",
    version: "2",
    hash: chartHash(model),
    model,
    events: [],
    input: undefined,
    context: undefined,
  },
  ...{ sensitive: none, maxAttempts: {}, say: {}, maxDwellMs: {}, saga: undefined, takesCancel: false },
};
const machine = new Machine(about);
const trip = new Machine(describeObject(tripObject));

const group = (value: unknown, count: number, more: Partial<CountedState> = {}): CountedState => ({
  ...{ name: "x", version: "1", condition: "waiting", count, value },
  ...{ parked: 0, retrying: 0, paused: 0, running: 0, ...more },
});

test("a compound counts each object once, also one that is in several of its regions", () => {
  const [parallel] = model.states.filter(({ kind }) => kind === "parallel");
  const regions = model.states.filter(({ parent }) => parent === parallel?.id);
  expect(regions.length).toBeGreaterThan(1);
  const leaf = (id: string): unknown => {
    const [child] = model.states.filter(({ parent, kind }) => parent === id && kind !== "history");
    if (child === undefined) return {};
    const inner = leaf(child.id);
    return typeof inner === "object" && inner !== null && Object.keys(inner).length === 0
      ? child.key
      : { [child.key]: inner };
  };
  const value = { [parallel?.key ?? ""]: Object.fromEntries(regions.map(({ id, key }) => [key, leaf(id)])) };
  const view = countsView("x", "", [group(value, 7, { parked: 2 })], machine);
  expect(view.states[parallel?.id ?? ""]).toEqual({ total: 7, retrying: 0, parked: 2 });
  for (const { id } of regions) expect(view.states[id]?.total, id).toBe(7);
  expect(view.states["constructs"]?.total).toBe(7);
});

test("objects in a state that the chart does not have are counted apart, not lost", () => {
  const view = countsView("x", "", [group("idle", 3), group("removed", 4), group({ idle: "never" }, 5)], machine);
  expect(view).toMatchObject({ total: 12, elsewhere: 9, states: { "constructs.idle": { total: 3 } } });
});

test("a state is found by its id and by its path; its text shows regions beside each other", () => {
  expect(trip.pathOf("trip.undo_car.running")).toEqual(["undo_car", "running"]);
  expect(trip.pathOf("undo_car.running")).toEqual(["undo_car", "running"]);
  expect(trip.pathOf("trip")).toEqual([]);
  expect(trip.activeIn({ undo_car: "running" })).toEqual(["trip", "trip.undo_car", "trip.undo_car.running"]);
  expect(trip.activeIn({ undo_car: "gone" })).toBeUndefined();
  expect(stateText({ do_checkout: { payment: "running", tickets: { x: "done" } } })).toBe(
    "do_checkout › (payment › running ‖ tickets › x › done)",
  );
});

test("what can happen next: ends of invocations, timers with their time, events, each with its branches", () => {
  const active = trip.activeIn("do_car") ?? [];
  const timers = [{ timer: "#xstate.after.timeout:car.trip.do_car", dueAt: "2026-01-01T00:00:00.000Z" }];
  const invocations = [{ id: "trip/t/1/4/0", invokeId: "car" }];
  const steps = nextSteps(trip, active, { timers, invocations });
  expect(steps.map(({ kind, label, dueAt, invocationId }) => [kind, label, dueAt, invocationId])).toEqual([
    ["done", "car done", undefined, "trip/t/1/4/0"],
    ["error", "car error", undefined, "trip/t/1/4/0"],
    ["after", "after timeout:car 30s", "2026-01-01T00:00:00.000Z", undefined],
    ["event", "CANCEL", undefined, undefined],
  ]);
  expect(steps[3]?.branches[0]?.targets).toEqual(["trip.undo_car"]);
  expect(acceptedTypes(trip, active)).toEqual(["CANCEL"]);
  expect(acceptedTypes(trip, trip.activeIn("completed") ?? [])).toEqual([]);
});

test("the sentence says the worst thing first", () => {
  const machines = new Machines(() => []);
  const say = (...groups: CountedState[]) =>
    headline("2026-01-01T12:38:00.000Z", machineSummaries(groups, machines), []);
  expect(say().sentence).toBe("No objects yet.");
  expect(say(group("a", 2_431)).sentence).toBe("All good. 2,431 objects: 2,431 waiting normally.");
  expect(
    say(group("a", 2), group("a", 1, { condition: "done" }), group("b", 1, { condition: "running" })).sentence,
  ).toBe("All good. 4 objects: 1 running, 2 waiting normally and 1 at their end.");
  expect(say(group("a", 2), group("a", 42, { condition: "retrying" }))).toEqual({
    sentence: "42 objects are tried again; nothing needs you.",
    isHealthy: true,
  });
  const parked = { condition: "parked" } as const;
  expect(say(group("a", 1, parked), group("a", 3, { condition: "retrying" }))).toEqual({
    sentence: "1 x object needs you.",
    isHealthy: false,
  });
});
