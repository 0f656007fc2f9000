/** Each kind of finding has a saga with that fault in it: found, with the step and a shortest path. */
import { describe, expect, test } from "vitest";
import { setup } from "xstate";
import { type CheckOptions, checkMachine, type FindingKind, reportText } from "../../src/saga/index.ts";
import { type Node, type States, small, step, undo } from "./small.ts";

type Change = Parameters<typeof small>[0];

interface Fault {
  readonly fault: string;
  readonly change: Change;
  readonly kind: FindingKind;
  readonly step?: string;
  /** Events of the path. */
  readonly path: readonly string[];
  readonly options?: CheckOptions;
}
const set = (changed: States): Change => ({ states: (states) => ({ ...states, ...changed }) });
const parkedIn = (name: string, next: string, on: Node): Node => {
  const node = undo(name, next);
  const states = node["states"] as States;
  return { ...node, states: { ...states, parked: { ...states["parked"], on } } };
};

const FAULTS: readonly Fault[] = [
  {
    fault: "a compensation is left out of the chain",
    change: set({ undo_ship: undo("ship", "compensated") }),
    kind: "not-compensated",
    step: "reserve",
    path: ["reserve ✓", "ship ✗ terminal error", "undo:ship ✓"],
  },
  {
    fault: "the step that failed is not undone itself",
    change: set({ do_ship: step("ship", "do_charge", "undo_reserve") }),
    kind: "not-compensated",
    step: "ship",
    path: ["reserve ✓", "ship ✗ terminal error", "undo:reserve ✓"],
  },
  {
    fault: "steps are undone in the order they were done",
    change: set({
      do_ship: step("ship", "do_charge", "undo_reserve"),
      undo_reserve: undo("reserve", "undo_ship"),
      undo_ship: undo("ship", "compensated"),
      do_reserve: {
        ...step("reserve", "do_ship", "compensated"),
        meta: { saga: { step: "reserve", cleanFailure: true } },
      },
    }),
    kind: "order",
    step: "reserve",
    path: ["reserve ✓", "ship ✗ terminal error"],
  },
  {
    fault: "a step after the pivot rolls back",
    change: set({ do_charge: { ...step("charge", "completed", "undo_ship"), tags: ["forward", "afterPivot"] } }),
    kind: "undo-after-pivot",
    step: "ship",
    path: ["reserve ✓", "ship ✓", "charge ✗ terminal error"],
  },
  {
    fault: "an invoke has no onError",
    change: set({
      do_ship: { ...step("ship", "do_charge", ""), on: {}, invoke: { src: "ship", id: "ship", onDone: "do_charge" } },
    }),
    kind: "object-dies",
    step: "ship",
    path: ["reserve ✓", "ship ✗ terminal error"],
  },
  {
    fault: "nothing leads to a compensation",
    change: set({
      do_reserve: {
        ...step("reserve", "do_ship", "compensated"),
        meta: { saga: { cleanFailure: true, step: "reserve" } },
      },
      undo_ship: undo("ship", "compensated"),
    }),
    kind: "unreachable-undo",
    step: "reserve",
    path: [],
  },
  {
    fault: "a compensation runs twice",
    change: set({ undo_reserve: undo("reserve", "again"), again: undo("ship", "compensated") }),
    kind: "undo-twice",
    step: "ship",
    path: ["reserve ✓", "ship ✗ terminal error", "undo:ship ✓", "undo:reserve ✓"],
  },
  {
    fault: "a compensation runs for a step that never started",
    change: set({ do_reserve: step("reserve", "do_ship", "undo_ship") }),
    kind: "undo-without-action",
    step: "ship",
    path: ["reserve ✗ terminal error"],
  },
  {
    fault: "a wait for somebody has no end",
    change: set({
      do_reserve: step("reserve", "approval", "undo_reserve"),
      approval: { tags: ["forward"], on: { APPROVE: "do_ship", CANCEL: "undo_reserve" } },
    }),
    kind: "forgotten-timeout",
    path: ["reserve ✓"],
  },
  {
    fault: "a state has no way on",
    change: set({ do_ship: step("ship", "limbo", "undo_ship"), limbo: { tags: ["parked"] } }),
    kind: "dead-end",
    path: ["reserve ✓", "ship ✓"],
  },
  {
    fault: "two states lead only to each other",
    change: set({
      do_ship: step("ship", "ping", "undo_ship"),
      ping: { tags: ["pivot"], after: { 10: "pong" } },
      pong: { tags: ["pivot"], after: { 10: "ping" } },
    }),
    kind: "no-way-out",
    path: ["reserve ✓", "ship ✓"],
  },
  {
    fault: "a failure is swallowed after it was compensated",
    change: set({ undo_reserve: undo("reserve", "completed") }),
    kind: "failure-swallowed",
    step: "reserve",
    path: ["reserve ✗ terminal error", "undo:reserve ✓"],
  },
  {
    fault: "an error is taken for success",
    change: set({ do_charge: step("charge", "completed", "completed") }),
    kind: "left-uncertain",
    step: "charge",
    path: ["reserve ✓", "ship ✓", "charge ✗ terminal error"],
  },
  {
    fault: "a final state has no tag",
    change: set({ compensated: { type: "final" } }),
    kind: "untagged-final",
    path: ["reserve ✗ terminal error", "undo:reserve ✓"],
  },
  {
    fault: "what an operator skipped is not recorded",
    change: set({ undo_reserve: parkedIn("reserve", "compensated", { RETRY: "running", SKIP: "done" }) }),
    kind: "skip-not-recorded",
    path: ["reserve ✗ terminal error", "undo:reserve ✗ terminal error", "SKIP"],
  },
  {
    fault: "a retry does nothing",
    change: set({
      undo_reserve: parkedIn("reserve", "compensated", {
        RETRY: { guard: "never", target: "running" },
        SKIP: { target: "done", actions: "skip" },
      }),
    }),
    kind: "retry-does-nothing",
    path: ["reserve ✗ terminal error", "undo:reserve ✗ terminal error", "RETRY"],
  },
  {
    fault: "a step starts after a compensation began",
    change: set({ undo_charge: undo("charge", "do_ship") }),
    kind: "forward-after-undo",
    step: "ship",
    path: ["reserve ✓", "ship ✓", "charge ✗ terminal error", "undo:charge ✓"],
  },
  {
    fault: "an assign throws",
    change: set({ do_ship: { ...step("ship", "do_charge", "undo_ship"), exit: "explode" } }),
    kind: "throws",
    path: ["reserve ✓", "ship ✓"],
  },
  {
    fault: "onError leads to its own state without starting it again",
    change: set({ do_ship: step("ship", "do_charge", "do_ship") }),
    kind: "unhandled",
    step: "ship",
    path: ["reserve ✓", "ship ✗ terminal error"],
  },
  {
    fault: "a step has no compensation, and nobody said why",
    change: {
      ...set({
        undo_ship: {},
        do_charge: step("charge", "completed", "undo_charge"),
        undo_charge: undo("charge", "undo_reserve"),
        do_ship: step("ship", "do_charge", "undo_reserve"),
      }),
      without: ["undo:ship"],
    },
    kind: "no-compensation",
    step: "ship",
    path: ["reserve ✓"],
  },
  {
    fault: "a late result is taken for something",
    change: { root: { on: { "xstate.done.actor.reserve": { target: ".compensated" } } } },
    kind: "late-result",
    step: "reserve",
    path: ["reserve ✓", "reserve ✓ again"],
  },
  {
    fault: "the context would not survive a crash",
    change: { context: () => ({ failed: false, skipped: [], since: new Date(0) }) },
    kind: "not-durable",
    path: [],
  },
  {
    fault: "a step does not take a cancel",
    change: set({ do_ship: { ...step("ship", "do_charge", "undo_ship"), on: {} } }),
    kind: "dropped",
    path: ["reserve ✓"],
  },
  {
    fault: "an event is dropped in silence",
    change: { root: { meta: {} } },
    kind: "dropped",
    path: [],
    options: { unhandled: "ignore" },
  },
  {
    fault: "an invariant of the user's breaks",
    change: {},
    kind: "invariant",
    path: ["reserve ✗ terminal error"],
    options: { invariants: { "nothing fails": ({ context }) => (context as { failed: boolean }).failed === false } },
  },
  { fault: "the search was cut short", change: {}, kind: "limit", path: [], options: { limit: 3 } },
];

describe("seeded faults", () => {
  test("the saga that they are made of is sound", () => {
    const report = checkMachine(small(), { failures: 3 });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, isSaga: true, notVisited: [] });
    expect(report.ends).toEqual(["compensated", "completed"]);
  });

  test.each(FAULTS)("$fault: $kind", ({ change, kind, step: name, path, options }) => {
    const { ok, findings } = checkMachine(small(change), { failures: 2, ...options });
    expect(ok).toBe(false);
    const found = findings.filter((finding) => finding.kind === kind && (name === undefined || finding.step === name));
    expect(found.map((finding) => finding.path.slice(1).map(({ event }) => event))).toContainEqual(path);
  });

  test("a value that no schema gives away is asked for", () => {
    const machine = setup({}).createMachine({
      id: "m",
      initial: "a",
      states: { a: { on: { GO: "b" } }, b: { type: "final" } },
    });
    Object.assign(machine, { schemas: { events: { GO: "not a schema" } } });
    expect(checkMachine(machine).findings).toMatchObject([{ kind: "no-sample" }]);
    expect(checkMachine(machine, { events: { GO: [{}] } }).ok).toBe(true);
  });

  test("a report names fault, step and path, and where the path ends", () => {
    const report = checkMachine(small(set({ undo_ship: undo("ship", "compensated") })), { failures: 1 });
    expect(reportText(report)).toContain(
      "  not-compensated: reserve (done) is left behind\n    reserve ✓ → ship ✗ terminal error → undo:ship ✓ → compensated",
    );
  });
});
