/** Data from outside that is shaped like an actor reference is refused; so is the machine's own. */
import { expect, test } from "vitest";
import { assign } from "xstate";
import { defineObject } from "../../src/core/define.ts";
import { looseMachine, OneObject, objectOf, the } from "./kit.ts";
import { order } from "./machines.ts";

const SHAPES: readonly unknown[] = [
  { $ref: "" },
  [{ deep: { xstate$$type: 1, id: "kid" } }],
  JSON.parse('{"__proto__": {"polluted": true}}'),
];
const definition = defineObject({
  name: "order",
  machine: order,
  actors: { charge: { run: () => ({ chargeId: "c" }) } },
  actions: { notify: () => undefined },
});

test.each(SHAPES)("%j in an event, an input or a result is refused", (shape) => {
  const object = new OneObject(definition);
  const born = object.tryCreate({ total: 1, shape });
  expect(born).toMatchObject({ kind: "rejected", error: { code: "INVALID_INPUT" } });
  object.create({ total: 1 });
  expect(object.rejected({ type: "AMEND", total: shape }).code).toBe("INVALID_EVENT");
  const { id } = the(object.send("PAY"), "invoke");
  const result = object.try({ kind: "result", invocationId: id, ok: true, value: shape });
  expect(result).toMatchObject({ kind: "rejected", error: { code: "TURN_FAILED" } });
});

test.each(SHAPES)("%j made by the machine is refused: it would come back as an actor", (shape) => {
  const machine = looseMachine({ context: {}, on: { SET: { actions: assign({ shape: () => shape }) } } }, {}, ["SET"]);
  const object = objectOf(machine);
  object.create();
  expect(object.rejected("SET").message).toContain("is a reserved key");
});
