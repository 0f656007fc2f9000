/** Limits of one turn: its snapshot, its view, its effects. */
import { expect, test } from "vitest";
import { assign, emit, log } from "xstate";
import { defineObject } from "../../src/core/define.ts";
import { looseMachine, OneObject, objectOf } from "./kit.ts";

const text = (bytes: number) => assign({ text: () => "é".repeat(bytes / 2) });
const machine = looseMachine(
  {
    context: { text: "" },
    on: {
      SMALL: { actions: text(60_000) },
      LARGE: { actions: text(70_000) },
      HUGE: { actions: text(1_100_000) },
      MANY: { actions: Array.from({ length: 1_001 }, () => emit({ type: "e" } as never)) },
      ENOUGH: { actions: Array.from({ length: 1_000 }, () => log("x")) },
    },
  },
  {},
  ["SMALL", "LARGE", "HUGE", "MANY", "ENOUGH"],
);

test("a view of more than 64 KB is refused, unless the definition exposes less", () => {
  const object = objectOf(machine);
  object.create();
  expect(object.send("SMALL").handled).toBe(true);
  const error = object.rejected("LARGE");
  expect(error.code).toBe("TOO_LARGE");
  expect(error.message).toMatch(/^m\/k: the view of the state has \d+ bytes, the limit is 65536/);

  const narrow = new OneObject(
    defineObject({ name: "m", machine, expose: ({ text: all }) => ({ length: all.length }) }),
  );
  narrow.create();
  expect(narrow.send("LARGE").view.context).toEqual({ length: 35_000 });
  expect(narrow.reload().live?.view.context).toEqual({ length: 35_000 });
});

test("a snapshot of more than 1 MB is refused", () => {
  const object = new OneObject(defineObject({ name: "m", machine, expose: () => null }));
  object.create();
  expect(object.rejected("HUGE")).toMatchObject({ code: "TOO_LARGE", retryable: false });
});

test("more than 1,000 effects in a turn are refused", () => {
  const object = objectOf(machine);
  object.create();
  expect(object.send("ENOUGH").effects).toHaveLength(1_000);
  expect(object.rejected("MANY").message).toContain("more than 1000 effects");
});
