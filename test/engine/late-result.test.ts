/** The result of an invocation counts once, and only while the machine waits for it. */
import { expect, test } from "vitest";
import { defineObject } from "../../src/core/define.ts";
import { errorData, TerminalError } from "../../src/core/errors.ts";
import { kinds, OneObject, the } from "./kit.ts";
import { order } from "./machines.ts";

const definition = defineObject({
  name: "order",
  machine: order,
  actors: { charge: { run: () => ({ chargeId: "c" }) } },
  actions: { notify: () => undefined },
});

function charging(): { readonly object: OneObject; readonly id: string } {
  const object = new OneObject(definition);
  object.create({ total: 5 });
  const invoke = the(object.send("PAY"), "invoke");
  expect(invoke).toMatchObject({ actor: "charge", input: { amount: 5 }, id: "order/k/i1/2/0" });
  return { object, id: invoke.id };
}

test("a result reaches onDone, and starts nothing again after a restore", () => {
  const { object, id } = charging();
  const turn = object.reload().finish(id, { chargeId: "c-1" });
  expect(turn.view).toMatchObject({ status: "done", value: "paid", output: { chargeId: "c-1" } });
  expect(kinds(turn)).toEqual(["action"]);
});

test("a second result of one invocation is late", () => {
  const { object, id } = charging();
  object.finish(id, { chargeId: "c-1" });
  const again = { kind: "result", invocationId: id, ok: true, value: {} } as const;
  expect(object.try(again)).toEqual({ kind: "ignored", reason: "late-result" });
  expect(object.reload().try(again)).toEqual({ kind: "ignored", reason: "late-result" });
});

test("leaving the state aborts the invocation; its result is late", () => {
  const { object, id } = charging();
  expect(object.send("CANCEL").effects).toEqual([{ kind: "abort", id }]);
  const late = object.reload().try({ kind: "result", invocationId: id, ok: true, value: { chargeId: "c-1" } });
  expect(late).toEqual({ kind: "ignored", reason: "late-result" });
});

test("the result of an earlier run does not finish a later one", () => {
  const { object, id } = charging();
  object.finish(id, errorData(new Error("declined")), false);
  const second = the(object.send("PAY"), "invoke");
  expect(second.id).not.toBe(id);
  const late = object.try({ kind: "result", invocationId: id, ok: true, value: { chargeId: "old" } });
  expect(late).toEqual({ kind: "ignored", reason: "late-result" });
  expect(object.finish(second.id, { chargeId: "new" }).view.output).toEqual({ chargeId: "new" });
});

test("onError gets the error as data: name, message, code, data", () => {
  const { object, id } = charging();
  const error = errorData(new TerminalError("declined", { code: "CARD", data: { reason: 7 } }));
  expect(error).toEqual({ name: "TerminalError", message: "declined", code: "CARD", data: { reason: 7 } });
  const turn = object.reload().finish(id, error, false);
  expect(turn.view).toMatchObject({ value: "open", context: { failure: "declined" } });
});

test("an input that the actor's schema refuses rejects the turn and names the place", () => {
  const object = new OneObject(definition);
  object.create({ total: -5 });
  const error = object.rejected("PAY");
  expect(error).toMatchObject({ code: "TURN_FAILED", details: { event: "PAY", path: "charge" } });
  expect(error.message).toContain("input of actor 'charge' is not valid: amount:");
});
