import { expect, test } from "vitest";
import { order } from "../../machines/order.ts";
import { Driven, defineDriven } from "./driven.ts";

const definition = defineDriven(order);
const newOrder = (input: object = { total: 10 }): Driven => new Driven(definition, input);
const pay = { type: "PAY", method: "card" };

test("an order that is paid in time is paid, and its customer is told once", () => {
  const object = newOrder().send(pay);
  expect(object.view).toMatchObject({ value: { unpaid: "paying" }, tags: ["busy"] });
  expect(object.inputs).toEqual([{ amount: 10, method: "card" }]);
  object.answer({ chargeId: "ch_1" });
  expect(object.view).toMatchObject({ value: "paid", status: "done", output: { total: 10, chargeId: "ch_1" } });
  expect(object.actions.map(({ action, params }) => [action, params])).toEqual([
    ["notify", { text: "your order over 10 is paid" }],
  ]);
  expect(object.delaysMs).toEqual([]);
});

test("an order that nobody pays expires after a quarter of an hour, or after its own deadline", () => {
  expect(newOrder().delaysMs).toEqual([900_000]);
  const object = newOrder({ total: 10, deadlineMs: 50 });
  expect(object.delaysMs).toEqual([50]);
  expect(object.fire().view).toMatchObject({ value: "expired", status: "done" });
});

test("a refused payment opens the order again, notes why, and leaves the deadline as it was", () => {
  const object = newOrder().send(pay).decline();
  expect(object.view).toMatchObject({
    value: { unpaid: "open" },
    context: { failures: 1, lastError: "the card was declined", method: null },
  });
  expect(object.delaysMs).toEqual([900_000]);
  expect(object.send(pay).answer({ chargeId: "ch_2" }).view).toMatchObject({
    value: "paid",
    context: { failures: 1, lastError: null },
  });
});

test("an order fails at the third refused payment", () => {
  const object = newOrder();
  for (let i = 0; i < 3; i++) object.send(pay).decline();
  expect(object.view).toMatchObject({ value: "failed", status: "done", context: { failures: 3 } });
});

test("the deadline does not end a payment under way: accepted, the order is paid", () => {
  const object = newOrder().send(pay).fire();
  expect(object.view).toMatchObject({ value: { unpaid: "paying" }, context: { isOverdue: true } });
  expect(object.answer({ chargeId: "ch_3" }).view.value).toBe("paid");
});

test("the deadline does not end a payment under way: refused, the order expires", () => {
  expect(newOrder().send(pay).fire().decline().view.value).toBe("expired");
});

test("an open order can be canceled, one that is being paid cannot", () => {
  expect(newOrder().send({ type: "CANCEL" }).view).toMatchObject({ value: "canceled", status: "done" });
  const paying = newOrder().send(pay).send({ type: "CANCEL" });
  expect(paying.wasHandled).toBe(false);
  expect(paying.view.value).toEqual({ unpaid: "paying" });
});
