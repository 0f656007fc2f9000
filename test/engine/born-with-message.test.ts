/** An object that is born by a message handles it in the same turn: one revision, the effects of both, or nothing. */
import { expect, test } from "vitest";
import { defineObject } from "../../src/core/define.ts";
import type { EngineMessage } from "../../src/engine/engine.ts";
import { OneObject } from "./kit.ts";
import { order } from "./machines.ts";

const definition = defineObject({
  name: "order",
  machine: order,
  actors: { charge: { run: () => ({ chargeId: "c" }) } },
  actions: { notify: () => undefined },
});
const event = (type: string): EngineMessage => ({ kind: "event", event: { type } });

function born(message: EngineMessage, total = 5) {
  const object = new OneObject(definition);
  return { ...object.engine.create({ total }, object.context, message), object };
}

test("the effects are net over both: the deadline of the state that was left at once is never armed", () => {
  const { turn } = born(event("PAY"));
  expect(turn).toMatchObject({
    kind: "settled",
    handled: true,
    view: { value: "charging" },
    effects: [{ kind: "invoke", id: "order/k/i1/1/0", actor: "charge" }],
  });
});

test("an event that the initial state does not take leaves a birth that is not handled", () => {
  const { turn, object } = born(event("RETRY"));
  expect(turn).toMatchObject({ kind: "settled", handled: false, view: { value: "open" } });
  expect(turn.kind === "settled" && turn.effects).toHaveLength(1);
  expect(turn.kind === "settled" && object.engine.restore(turn.snapshot, object.context).view.value).toBe("open");
});

test("a message that fails takes the birth with it", () => {
  expect(born(event("PAY"), -1).turn).toMatchObject({ kind: "rejected", error: { code: "TURN_FAILED" } });
  expect(born(event("xstate.init")).turn).toMatchObject({ kind: "rejected", error: { code: "RESERVED_EVENT" } });
});

test("a delayed message arms its timer beside those of the initial state", () => {
  const { turn } = born({ kind: "delayed", event: { type: "CANCEL" }, delayMs: 7, id: "m-1" });
  expect(turn.kind === "settled" && turn.effects).toMatchObject([
    { kind: "timer.set", generation: 1, delayMs: 900_000 },
    { kind: "timer.set", generation: 1, delayMs: 7 },
  ]);
});
