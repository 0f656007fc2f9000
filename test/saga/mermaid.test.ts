/** The chart as text: lanes are marked, and Mermaid can read every line of it. */
import { expect, test } from "vitest";
import { order } from "../../machines/order.ts";
import { transfer } from "../../machines/transfer.ts";
import { toMermaid } from "../../src/saga/index.ts";
import { checkout } from "./examples.ts";
import { type States, small } from "./small.ts";

const LINES = [
  /^stateDiagram-v2$/,
  /^ *state "[^":;#]*" as \w+( \{)?$/,
  /^ *(\w+|\[\*\]) --> (\w+|\[\*\])( : [^:;#"]*)?$/,
  /^ *(\}|--)$/,
  /^ *classDef \w+ [^ ]+$/,
  /^ *class \w+ \w+$/,
  /^ *note left of \w+ : [^:;#"]*$/,
];

test.each([
  ["a built saga", checkout],
  ["a saga by hand", transfer],
  ["another machine", order],
  ["a machine whose root has transitions", small({ root: { on: { APPROVE: ".completed" } } })],
])("%s: every line is Mermaid's", (_, machine) => {
  const odd = toMermaid(machine)
    .split("\n")
    .filter((line) => !LINES.some((known) => known.test(line)));
  expect(odd).toEqual([]);
});

test("states of the way back, parked and final states are told apart", () => {
  const lines = toMermaid(checkout)
    .split("\n")
    .map((line) => line.trim());
  expect(lines).toContain("class checkout_undo_charge compensation");
  expect(lines).toContain("class checkout_undo_charge_parked parked");
  expect(lines).toContain("class checkout_do_commit pivot");
  expect(lines).toContain('state "undo_charge\\n↩ charge" as checkout_undo_charge {');
  expect(lines).toContain("checkout_do_charge --> checkout_undo_charge : charge failed / fail");
  expect(lines).toContain("checkout_do_reserve --> checkout_undo_reserve : after timeout reserve / fail");
});

test("regions, history and guards are drawn", () => {
  const hist: States = {
    hist: { type: "history", history: "deep" },
    a: { on: { GO: { guard: "never", target: "hist" } } },
  };
  const lines = toMermaid(
    small({ states: (states) => ({ ...states, both: { type: "parallel", states: { x: {}, y: {} } }, ...hist }) }),
  );
  expect(lines).toContain('state "hist\\ndeep history" as small_hist');
  expect(lines).toContain("small_a --> small_hist : GO [never]");
  expect(lines).toMatch(/as small_both \{\n {4}state "x" as small_both_x\n {4}--\n/);
});
