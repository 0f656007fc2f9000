import { expect, test } from "vitest";
import { colorsOf, printable, stateText, table } from "../../src/cli/table.ts";
import { testIo } from "./console.ts";

const plain = colorsOf(testIo().io);
const columns = [
  { title: "OBJECT", text: ([name]: readonly [string, number]) => name },
  { title: "REVISION", align: "right" as const, text: ([, revision]: readonly [string, number]) => String(revision) },
];

test("columns are as wide as their widest text, numbers to the right, no trailing space", () => {
  const text = table(
    columns,
    [
      ["counter/c1", 2],
      ["order/o-1", 1_000],
    ] as const,
    plain,
  );
  expect(text).toBe("OBJECT      REVISION\ncounter/c1         2\norder/o-1       1000\n");
});

test("lines are cut to the terminal", () => {
  expect(table(columns, [["counter/c1", 2]] as const, plain, 10)).toBe("OBJECT   …\ncounter/c…\n");
});

test("colours only on a terminal, and not against NO_COLOR", () => {
  expect(plain.red("x")).toBe("x");
  expect(colorsOf(testIo({ isTerminal: true }).io).red("x")).not.toBe("x");
  expect(colorsOf(testIo({ isTerminal: true, env: { NO_COLOR: "1" } }).io).red("x")).toBe("x");
});

test("what an object holds cannot steer the terminal", () => {
  expect(printable("a\u001b[2Jb\r\n\u202ec")).toBe("a\\u001b[2Jb\\u000d\\u000a\\u202ec");
});

test("a state value reads as a path", () => {
  expect(stateText("open")).toBe("open");
  expect(stateText({ active: "paid" })).toBe("active.paid");
  expect(stateText({ a: "x", b: { c: "y" } })).toBe("a.x, b.c.y");
  expect(stateText({ run: { a: "x", b: "y" } })).toBe("run.(a.x, b.y)");
  expect(stateText(null)).toBe("-");
});
