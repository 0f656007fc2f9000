/** The door lets in what the schemas describe and nothing else. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { StatorError } from "../../src/core/errors.ts";
import { parseEvent, parseInput } from "../../src/core/validate.ts";

const nothing = z.object({});
const events = {
  PAY: z.object({ method: z.enum(["card", "bank"]), items: z.array(z.object({ sku: z.string() })).default([]) }),
  CANCEL: nothing,
};
const machine = defineMachine({ context: nothing, events, input: z.object({ total: z.number() }) })
  .setup()
  .createMachine({ id: "order", context: {} });
const order = defineObject({ name: "order", machine });
const bare = defineObject({
  name: "bare",
  machine: defineMachine({ context: nothing, events }).setup().createMachine({ id: "bare", context: {} }),
});

function refused(parse: () => unknown): StatorError {
  try {
    parse();
  } catch (cause) {
    expect(cause).toBeInstanceOf(StatorError);
    return cause as StatorError;
  }
  throw new Error("nothing was refused");
}

describe("parseEvent", () => {
  test("gives the event as the schema has it, with defaults", () => {
    expect(parseEvent(order, { type: "PAY", method: "card" })).toEqual({ type: "PAY", method: "card", items: [] });
    expect(parseEvent(order, { type: "CANCEL" })).toEqual({ type: "CANCEL" });
  });

  test.each([null, undefined, 5, "CANCEL", [], [{ type: "CANCEL" }], {}, { type: 5 }])("%j is not an event", (raw) => {
    expect(refused(() => parseEvent(order, raw))).toMatchObject({ code: "INVALID_EVENT", status: 400 });
  });

  test.each(["NOPE", "toString", "__proto__", "constructor", ""])(
    "type %j is unknown, and the known ones are named",
    (type) => {
      const error = refused(() => parseEvent(order, { type }));
      expect(error).toMatchObject({ code: "UNKNOWN_EVENT", details: { known: ["CANCEL", "PAY"] } });
      expect(error.message).toBe(`order has no event ${JSON.stringify(type)}; it knows: CANCEL, PAY`);
    },
  );

  test.each(["xstate.done.actor.x", "xstate.init", "stator.x"])("type %s is reserved", (type) => {
    expect(refused(() => parseEvent(order, { type })).code).toBe("RESERVED_EVENT");
  });

  test("a payload that does not fit is refused with every place", () => {
    const error = refused(() => parseEvent(order, { type: "PAY", method: "cash", items: [{ sku: 1 }] }));
    expect(error.code).toBe("INVALID_EVENT");
    expect(error.message).toMatch(/^order: event PAY is not valid: method: .*; items\.0\.sku: /);
    expect(error.details).toMatchObject({ issues: [{ path: "method" }, { path: "items.0.sku" }] });
  });

  test("an unknown property is refused, not dropped", () => {
    const error = refused(() => parseEvent(order, { type: "CANCEL", admin: true }));
    expect(error.code).toBe("INVALID_EVENT");
    expect(error.message).toContain("admin");
  });
});

describe("parseInput", () => {
  test("gives the input as the schema has it", () => {
    expect(parseInput(order, { total: 3 })).toEqual({ total: 3 });
  });

  test.each([undefined, null, {}, { total: "3" }, { total: 3, more: 1 }])("%j is refused", (raw) => {
    const error = refused(() => parseInput(order, raw));
    expect(error.code).toBe("INVALID_INPUT");
    expect(error.message).toMatch(/^order: input is not valid: /);
  });

  test.each([undefined, null, {}])("a machine without input takes %j as none", (raw) => {
    expect(parseInput(bare, raw)).toBeUndefined();
  });

  test.each([{ total: 3 }, 5, "x"])("a machine without input refuses %j", (raw) => {
    expect(refused(() => parseInput(bare, raw)).message).toContain("bare takes no input, got");
  });
});
