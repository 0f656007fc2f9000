import { expect, test } from "vitest";
import { UsageError } from "../../src/cli/exit.ts";
import { bodyOf, eventOf, parseFields } from "../../src/cli/fields.ts";

test("a value is a number or a boolean where it is one, else text", () => {
  expect(parseFields(["amount=2", "rate=-0.5", "ok=true", "no=false", "method=card", "note=some text"])).toEqual({
    amount: 2,
    rate: -0.5,
    ok: true,
    no: false,
    method: "card",
    note: "some text",
  });
});

test("what a number would lose stays text", () => {
  const kept = { zip: "01234", big: "12345678901234567890", huge: "1e999", none: "", nothing: "null", url: "a=b:=c" };
  expect(parseFields(Object.entries(kept).map(([name, value]) => `${name}=${value}`))).toEqual(kept);
});

test(":= takes any JSON", () => {
  expect(parseFields(["flag:=true", "list:=[1,2]", 'text:="2"', "nothing:=null", 'deep:={"a":{"b":1}}'])).toEqual({
    flag: true,
    list: [1, 2],
    text: "2",
    nothing: null,
    deep: { a: { b: 1 } },
  });
});

test("a field of any name is a field and nothing else", () => {
  const fields = parseFields(["__proto__=1", "constructor=2"]);
  expect(Object.keys(fields)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
});

test.each([[["amount"]], [["=2"]], [["list:=[1,"]], [["a=1", "a=2"]]])("%j is a usage error", (words) => {
  expect(() => parseFields(words)).toThrow(UsageError);
});

test("--json is the body, and fields are added to it", () => {
  expect(bodyOf(undefined, [])).toBeUndefined();
  expect(bodyOf('{"a":1,"b":2}', ["b=3"])).toEqual({ a: 1, b: 3 });
  expect(bodyOf("[1]", [])).toEqual([1]);
  expect(() => bodyOf("[1]", ["b=3"])).toThrow(UsageError);
  expect(() => bodyOf("{", [])).toThrow("--json is not JSON");
});

test("an event has its type as a word or in the JSON, not both", () => {
  const add = { type: "ADD", amount: 2 };
  expect(eventOf("ADD", undefined, ["amount=2"])).toEqual(add);
  expect(eventOf(undefined, '{"type":"ADD","amount":2}', [])).toEqual(add);
  expect(eventOf("ADD", '{"amount":2}', [])).toEqual(add);
  expect(eventOf("amount=2", '{"type":"ADD"}', [])).toEqual(add);
  expect(() => eventOf("SUB", '{"type":"ADD"}', [])).toThrow("given twice");
  expect(() => eventOf(undefined, undefined, [])).toThrow("which event?");
  expect(() => eventOf(undefined, "[]", [])).toThrow(UsageError);
});
