/** What a built saga does, on the real engine: order of rollback, the first error, cancel, parked, after the pivot. */
import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { booking, checkout, holiday, order, plan } from "./examples.ts";
import { type Answer, type Call, Run, refuses, succeeds } from "./world.ts";

/** Answers per actor, the first time, the second time, …; everything else succeeds. */
const script =
  (answers: Readonly<Record<string, readonly Answer[]>>) =>
  (calls: Call[]): ((call: Call) => Answer) =>
  (call) => {
    calls.push(call);
    const earlier = calls.filter(({ actor }) => actor === call.actor).length - 1;
    return answers[call.actor]?.[earlier] ?? succeeds;
  };
const start = (
  machine: AnyStateMachine,
  input: unknown,
  answers: Readonly<Record<string, readonly Answer[]>> = {},
): Run => new Run(machine, input, script(answers)([]));
const ORDER = { orderId: "o-1", amount: 1 };
const never: Answer = { ...succeeds, answerMs: 1e9 };
const lost: Answer = { ...succeeds, fails: true };
const operator = { reason: "the partner is gone", by: "ana" };

describe("forward", () => {
  test("results are handed on, and the output is made of them", () => {
    const run = start(plan, { items: ["a", "b"] }).settle();
    expect(run.world.log).toEqual(["do pay", "do add[0]", "do add[1]"]);
    expect(run.view).toMatchObject({
      status: "done",
      value: "completed",
      output: { status: "completed", value: ["id", "id"] },
    });
    expect(run.calls.map(({ input }) => input.name)).toEqual(["pay", "a0", "b1"]);
  });

  test("an empty list completes at once", () => {
    const run = start(plan, { items: [] }).settle();
    expect(run.view.output).toMatchObject({ status: "completed", value: [] });
  });

  test("reservations are confirmed once all of them hold", () => {
    const run = start(booking, { to: "x" }).settle();
    expect(run.calls.map(({ actor }) => actor)).toEqual(["flight", "hotel", "confirm:flight", "confirm:hotel"]);
  });

  test("branches of a group run at once", () => {
    const run = start(checkout, ORDER, { ship: [never], tax: [never] });
    while (run.calls.length < 3) run.step();
    expect(run.calls.map(({ actor }) => actor)).toEqual(["reserve", "ship", "tax"]);
    expect(run.view.tags).toEqual(["forward"]);
  });

  test("an action and its compensation have one key, which no other run has", () => {
    const run = start(order, { items: ["a"] }, { archive: [refuses] }).settle();
    const keysOf = (actor: string) =>
      run.calls.filter((call) => call.actor === actor).map(({ input }) => input.stepKey);
    for (const step of ["credit", "pay", "add"]) expect(keysOf(`undo:${step}`)).toEqual(keysOf(step));
    expect(keysOf("credit")).toEqual(["order/k/life-1.1.0/credit"]);
    expect(keysOf("add")).toEqual([expect.stringMatching(/^plan\/life-1\.\d+\.\d+\/add\[0\]$/)]);
  });
});

describe("rollback", () => {
  test("steps are undone in reverse, the one that failed first, because its error proves nothing", () => {
    const run = start(plan, { items: ["a", "b", "c"] }, { add: [succeeds, succeeds, refuses] }).settle();
    expect(run.world.log).toEqual([
      "do pay",
      "do add[0]",
      "do add[1]",
      "undo add[2]",
      "undo add[1]",
      "undo add[0]",
      "undo pay",
    ]);
    expect(run.view).toMatchObject({
      value: "compensated",
      output: {
        status: "compensated",
        failure: { step: "add[2]", error: { message: "add failed" } },
        compensated: ["add[2]", "add[1]", "add[0]", "pay"],
        skipped: [],
      },
    });
  });

  test("a compensation is told what was asked, what came of it, and whether that is certain", () => {
    const run = start(plan, { items: ["a"] }, { add: [lost] }).settle();
    const [undoAdd, undoPay] = run.calls.filter(({ actor }) => actor.startsWith("undo:"));
    expect(undoAdd?.input).toEqual({
      asked: { name: "a0", stepKey: undoAdd?.input.stepKey },
      uncertain: true,
      stepKey: undoAdd?.input.stepKey,
    });
    expect(undoPay?.input).toMatchObject({ asked: { name: "pay" }, result: { id: "id" }, uncertain: false });
  });

  test("an error that proves that nothing happened leaves that step alone, a timeout proves nothing", () => {
    const declined = start(checkout, ORDER, { charge: [refuses] }).settle();
    expect(declined.view.output).toMatchObject({ failure: { step: "charge" }, compensated: ["ship", "reserve"] });
    const silent = start(checkout, ORDER, { charge: [{ ...succeeds, effectMs: 80, answerMs: 90 }] }).settle();
    expect(silent.view.output).toMatchObject({ compensated: ["charge", "ship", "reserve"] });
    expect(silent.world.held).toEqual([]);
    const run = start(checkout, ORDER, { commit: [refuses] }).settle();
    expect(run.world.log.filter((line) => line.startsWith("undo"))).toEqual([
      "undo charge",
      "undo ship",
      "undo reserve",
    ]);
  });
});

describe("a group that fails", () => {
  test("turns only when every branch has ended", () => {
    const slow: Answer = { ...succeeds, answerMs: 40 };
    const run = start(checkout, ORDER, { tax: [refuses], ship: [slow] });
    while (run.calls.length < 3) run.step();
    run.step();
    run.step();
    expect(run.view.value).toMatchObject({ do_quotes: { tax: "failed", ship: "running" } });
    run.settle();
    expect(run.world.held).toEqual([]);
    expect(run.view.output).toMatchObject({ status: "compensated", failure: { step: "tax" } });
  });

  test("the caller gets the first error, not those that follow", () => {
    const run = start(checkout, ORDER, {
      tax: [refuses],
      ship: [{ ...refuses, answerMs: 20 }],
      "undo:reserve": [refuses],
    });
    run.settle();
    expect(run.view.tags).toContain("parked");
    run.send({ type: "RETRY" });
    run.settle();
    expect(run.view.output).toMatchObject({ failure: { step: "tax", error: { message: "tax failed" } } });
  });

  test("a late success after a timeout is undone, and its late result changes nothing", () => {
    const run = start(plan, { items: [] }, { pay: [{ ...succeeds, effectMs: 80, answerMs: 90 }] }).settle();
    expect(run.nowMs).toBeGreaterThanOrEqual(90);
    expect(run.world.held).toEqual([]);
    expect(run.view.output).toMatchObject({ status: "compensated", failure: { error: { name: "TimeoutError" } } });
  });
});

describe("parked", () => {
  const broken = { add: [refuses], "undo:pay": Array.from({ length: 20 }, () => refuses) };

  test("a compensation that fails twenty times and then succeeds ends clean", () => {
    const run = start(plan, { items: ["a"] }, broken).settle();
    for (let i = 0; i < 20; i++) {
      expect(run.view).toMatchObject({ value: { undo_pay: "parked" }, tags: ["compensation", "parked"] });
      expect(run.send({ type: "RETRY", step: "pay" })).toBe(true);
      run.settle();
    }
    expect(run.view.output).toMatchObject({ status: "compensated", compensated: ["add[0]", "pay"], skipped: [] });
  });

  test("what an operator skips is told, with who and why; an event for another step is not accepted", () => {
    const run = start(plan, { items: ["a"] }, broken).settle();
    expect(run.view.context).toMatchObject({ parked: { pay: { message: "undo:pay failed" } } });
    expect(run.send({ type: "SKIP", step: "add", ...operator })).toBe(false);
    expect(run.send({ type: "SKIP", step: "pay", ...operator })).toBe(true);
    expect(run.view.output).toMatchObject({ status: "compensated", skipped: [{ step: "pay", ...operator }] });
  });

  test("a nested saga that is parked shows on the object, and takes events by path", () => {
    const run = start(order, { items: ["a"] }, { add: [refuses], "undo:add": [refuses] }).settle();
    expect(run.view.tags).toContain("parked");
    expect(run.send({ type: "RETRY", step: "archive/add[0]" })).toBe(false);
    expect(run.send({ type: "SKIP", step: "plan/add[0]", ...operator })).toBe(true);
    expect(run.settle().view.output).toMatchObject({
      status: "compensated",
      failure: { step: "plan/add[0]" },
      skipped: [{ step: "plan/add[0]", ...operator }],
    });
  });
});

describe("cancel", () => {
  test("rolls back at any moment, what runs included, and is refused when it is already rolling back", () => {
    const run = start(plan, { items: ["a"] }, { add: [never] });
    while (run.calls.length < 2) run.step();
    expect(run.send({ type: "CANCEL" })).toBe(true);
    expect(run.send({ type: "CANCEL" })).toBe(false);
    while (run.view.status === "active") run.step();
    expect(run.world.log).toEqual(["do pay", "do add[0]", "undo add[0]", "undo pay"]);
    expect(run.view.output).toMatchObject({ status: "compensated", failure: { error: { name: "CanceledError" } } });
  });

  test("goes to the leaf first: a parent undoes nothing before its nested saga has ended", () => {
    const run = start(order, { items: ["a"] }, { add: [never] });
    while (run.calls.length < 3) run.step();
    expect(run.send({ type: "CANCEL" })).toBe(true);
    expect(run.send({ type: "CANCEL" })).toBe(true); // no effect
    while (run.view.status === "active") run.step();
    expect(run.world.log.filter((line) => line.startsWith("undo"))).toEqual(["undo add[0]", "undo pay", "undo credit"]);
  });

  test("is refused after the pivot", () => {
    const run = start(checkout, ORDER, { mail: [never], stock: [never] });
    while (!run.view.tags.includes("afterPivot")) run.step();
    expect(run.send({ type: "CANCEL" })).toBe(false);
  });

  test("reaches a nested saga that has passed its own pivot too late: all goes on", () => {
    const run = start(holiday, { to: "x" }, { "confirm:flight": [never] });
    while (!run.calls.some(({ actor }) => actor === "confirm:flight")) run.step();
    run.send({ type: "CANCEL" });
    run.settle();
    expect(run.view.output).toMatchObject({ status: "completed" });
  });
});

describe("after the pivot", () => {
  test("a step is retried when an operator says so, and what is done is not done again", () => {
    const run = start(checkout, ORDER, { mail: [refuses] }).settle();
    expect(run.view).toMatchObject({ value: "parked", tags: ["afterPivot", "parked"] });
    expect(run.send({ type: "RETRY", step: "stock" })).toBe(false);
    expect(run.send({ type: "RETRY" })).toBe(true);
    run.settle();
    expect(run.view.output).toMatchObject({ status: "completed" });
    expect(run.calls.filter(({ actor }) => actor === "stock")).toHaveLength(1);
    expect(run.calls.filter(({ actor }) => actor.startsWith("undo:"))).toEqual([]);
  });

  test("it can be given up, and says what stands", () => {
    const run = start(checkout, ORDER, { mail: [refuses] }).settle();
    run.send({ type: "GIVE_UP", ...operator });
    expect(run.view.output).toMatchObject({
      status: "abandoned",
      failure: { step: "mail" },
      skipped: [{ step: "mail", ...operator }],
      ledger: { completed: ["reserve", "ship", "tax", "charge", "commit", "stock"] },
    });
  });

  test("a nested saga that is given up makes its parent abandoned", () => {
    const run = start(holiday, { to: "x" }, { "confirm:hotel": [refuses] }).settle();
    expect(run.view.tags).toContain("parked");
    expect(run.send({ type: "GIVE_UP", ...operator })).toBe(true);
    expect(run.view).toMatchObject({ value: "abandoned", output: { status: "abandoned" } });
  });
});
