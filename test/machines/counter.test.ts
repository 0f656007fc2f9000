import { expect, test } from "vitest";
import { counter } from "../../machines/counter.ts";
import { Driven, defineDriven } from "./driven.ts";

test("a counter sums what is added, and begins again after a reset", () => {
  const object = new Driven(defineDriven(counter));
  expect(object.view).toMatchObject({ value: "counting", context: { count: 0 } });
  object.send({ type: "ADD", amount: 2 }).send({ type: "ADD", amount: -5 });
  expect(object.view.context).toEqual({ count: -3 });
  expect(object.send({ type: "RESET" }).view.context).toEqual({ count: 0 });
});
