import { expect, test } from "vitest";
import { subscription } from "../../machines/subscription.ts";
import { Driven, defineDriven } from "./driven.ts";

const definition = defineDriven(subscription);
const input = { plan: "pro", pricePerMonth: 12 };
const DAY_MS = 86_400_000;
const active = (): Driven => new Driven(definition, input).answer({ chargeId: "ch_1" });

test("a subscription is charged first, then active for a period", () => {
  const object = new Driven(definition, input);
  expect(object.view.value).toBe("activating");
  expect(object.inputs).toEqual([{ amount: 12, method: "card" }]);
  object.answer({ chargeId: "ch_1" });
  expect(object.view).toMatchObject({ value: { active: "paid" }, context: { payments: 1 } });
  expect(object.delaysMs).toEqual([30 * DAY_MS]);
});

test("each period renews it by another payment", () => {
  const object = active();
  for (let payments = 2; payments <= 4; payments++) {
    expect(object.fire().view.value).toEqual({ active: "renewing" });
    expect(object.answer({ chargeId: `ch_${payments}` }).view).toMatchObject({
      value: { active: "paid" },
      context: { payments },
    });
  }
});

test("period and pause can be made short", () => {
  const object = new Driven(definition, { ...input, periodMs: 100, retryPauseMs: 20 }).answer({ chargeId: "ch_1" });
  expect(object.delaysMs).toEqual([100]);
  expect(object.fire().decline().delaysMs).toEqual([20]);
});

test("a refused renewal is tried again after a pause, and an accepted one forgets it", () => {
  const object = active().fire().decline();
  expect(object.view).toMatchObject({ value: { active: "overdue" }, context: { failures: 1 } });
  expect(object.delaysMs).toEqual([DAY_MS]);
  object.fire().answer({ chargeId: "ch_2" });
  expect(object.view).toMatchObject({ value: { active: "paid" }, context: { payments: 2, failures: 0 } });
});

test("an overdue subscription can be paid with another method at once", () => {
  const object = active().fire().decline().send({ type: "PAY", method: "bank" });
  expect(object.inputs).toEqual([{ amount: 12, method: "bank" }]);
  expect(object.delaysMs).toEqual([]);
});

test("it lapses at the third refusal in a row", () => {
  const object = active().fire().decline().fire().decline().fire().decline();
  expect(object.view).toMatchObject({ value: "lapsed", status: "done", output: { plan: "pro", payments: 1 } });
});

test("one whose first payment is refused waits for another method", () => {
  const object = new Driven(definition, input).decline();
  expect(object.view.value).toBe("unpaid");
  object.send({ type: "PAY", method: "bank" }).answer({ chargeId: "ch_1" });
  expect(object.view.value).toEqual({ active: "paid" });
});

test("it can be canceled in every state, and nothing is left running", () => {
  const states: Driven[] = [
    new Driven(definition, input),
    new Driven(definition, input).decline(),
    active(),
    active().fire(),
    active().fire().decline(),
  ];
  for (const object of states) {
    object.send({ type: "CANCEL" });
    expect(object.view).toMatchObject({ value: "canceled", status: "done", output: { plan: "pro" } });
    expect(object.delaysMs).toEqual([]);
    expect(object.inputs).toEqual([]);
  }
});
