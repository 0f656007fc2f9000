/** `stator check` and `stator diagram`: what they print, and how they end. */
import { Command, Option } from "commander";
import { expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import type { Configure } from "../../src/cli/command.ts";
import { diagram } from "../../src/cli/diagram.ts";
import { exitCodeOf } from "../../src/cli/exit.ts";
import { testIo } from "../cli/console.ts";

async function run(configure: Configure, args: readonly string[]) {
  const { io, written } = testIo({ cwd: process.cwd() });
  const command = new Command("stator").addOption(new Option("-o, --output <format>").default("table"));
  configure(command, io);
  try {
    await command.parseAsync(args, { from: "user" });
    return { code: 0, ...written };
  } catch (cause) {
    return { code: exitCodeOf(cause), ...written };
  }
}

test("sound machines are told one a line, with what was explored", async () => {
  const { code, out } = await run(check, ["counter", "order"]);
  expect(out).toMatch(
    /^counter {3}\d+ configurations, 2 failures, \d+ ms {3}ok\norder {5}\d+ configurations, .* ok\n$/,
  );
  expect(code).toBe(0);
});

test("a search that is cut short is a problem, and ends with 8", async () => {
  const { code, out } = await run(check, ["order", "--limit", "2"]);
  expect(out).toContain("order   ✗ 1 problem");
  expect(out).toContain("limit: more than 2 configurations, so nothing is proven");
  expect(out).toContain("\n    machines/order.ts\n");
  expect(out).toContain("1 of 1 machines has problems");
  expect(code).toBe(8);
});

test("programs get findings with paths", async () => {
  const { out } = await run(check, ["order", "--limit", "2", "-o", "json"]);
  expect(JSON.parse(out)).toMatchObject([
    { machine: "order", ok: false, findings: [{ kind: "limit", path: [], file: "machines/order.ts" }] },
  ]);
});

test("an unknown object is a usage error", async () => {
  expect((await run(check, ["nope"])).code).toBe(2);
  expect((await run(diagram, ["nope"])).code).toBe(2);
});

test("a chart is printed as Mermaid", async () => {
  expect((await run(diagram, ["counter"])).out).toMatch(/^stateDiagram-v2\n {2}state "counting" as counter_counting\n/);
});

test("a finding says where: the file that defines the machine, and the state that the path ends in", async () => {
  const { code, out } = await run(check, ["--module", "test/saga/broken-module.ts"]);
  expect(code).toBe(8);
  expect(out).toMatch(
    /\n {2}not-compensated: .*\n {4}reserve ✓ → ship ✗ terminal error → undo:reserve ✓ → compensated\n {4}test\/saga\/broken-machine\.ts, state compensated\n/,
  );
});
