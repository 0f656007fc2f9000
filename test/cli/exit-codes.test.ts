import { expect, test } from "vitest";
import { exitCodeOf, UsageError } from "../../src/cli/exit.ts";
import { ERROR_STATUS, type ErrorCode, StartupError, StatorError } from "../../src/core/errors.ts";
import { cli } from "./console.ts";

const CONTRACT: Readonly<Record<number, readonly ErrorCode[]>> = {
  1: ["TURN_FAILED"],
  3: ["UNKNOWN_OBJECT", "NOT_CREATED", "GONE"],
  4: ["EVENT_NOT_ACCEPTED", "ALREADY_EXISTS", "OBJECT_DONE", "IDEMPOTENCY_MISMATCH", "EXPIRED_ID", "CANNOT_HAPPEN"],
  5: [
    "INVALID_EVENT",
    "UNKNOWN_EVENT",
    "RESERVED_EVENT",
    "INVALID_INPUT",
    "INVALID_KEY",
    "INVALID_REQUEST",
    "TOO_LARGE",
  ],
  6: ["UNAVAILABLE", "OVERLOADED", "OUTCOME_UNKNOWN"],
  7: ["TIMEOUT"],
};

test("each error code has its exit code", () => {
  for (const [exit, codes] of Object.entries(CONTRACT)) {
    for (const code of codes) expect([code, exitCodeOf(new StatorError(code, "x"))]).toEqual([code, Number(exit)]);
  }
  for (const code of Object.keys(ERROR_STATUS) as ErrorCode[]) {
    expect(exitCodeOf(new StatorError(code, "x"))).toBeGreaterThan(0);
  }
});

test("a server that is not there is unavailable, anything else that breaks has failed", () => {
  expect(exitCodeOf(new StartupError("NATS_UNREACHABLE", "x"))).toBe(6);
  expect(exitCodeOf(Object.assign(new Error("x"), { code: "ECONNREFUSED" }))).toBe(6);
  expect(exitCodeOf(new UsageError("x"))).toBe(2);
  expect(exitCodeOf(new StartupError("INVALID_DEFINITION", "x"))).toBe(1);
  expect(exitCodeOf(new Error("x"))).toBe(1);
});

test.each([
  [["--help"], 0],
  [["send", "--help"], 0],
  [["--version"], 0],
  [[], 2],
  [["sned"], 2],
  [["send", "counter/c1", "ADD", "--bogus"], 2],
  [["send", "counter", "ADD"], 2],
  [["send", "counter/c1", "ADD", "amount"], 2],
  [["get"], 2],
  [["get", "counter/c1", "-o", "xml"], 2],
  [["get", "counter/c1", "--timeout", "soon"], 2],
  [["wait", "counter/c1", "--nats", "nats://127.0.0.1:1"], 2],
  [["get", `counter/${"k".repeat(600)}`], 5],
  [["get", "counter/c1", "--namespace", "NOT GOOD"], 5],
  [["get", "counter/c1", "--nats", "nats://127.0.0.1:1"], 6],
])("stator %j ends with %i", async (args, code) => {
  expect((await cli(args)).code).toBe(code);
});

test("a misspelt command is answered with the nearest one", async () => {
  expect((await cli(["sned"])).err).toContain("Did you mean send?");
});

test("where no server is named, the error names the three ways", async () => {
  const { code, err } = await cli(["get", "counter/c1"]);
  expect(code).toBe(2);
  expect(err).toContain("--nats <url>");
  expect(err).toContain("NATS_URL");
  expect(err).toContain("stator dev");
});

test("a refusal is a line for people and the contract's body for programs, never on stdout", async () => {
  const args = ["get", `counter/${"k".repeat(600)}`];
  const people = await cli(args);
  expect(people).toMatchObject({ out: "" });
  expect(people.err).toMatch(/^stator: key .* \(INVALID_KEY\)\n$/);
  const programs = await cli([...args, "-o", "json"]);
  expect(programs.out).toBe("");
  expect(JSON.parse(programs.err)).toMatchObject({ ok: false, error: { code: "INVALID_KEY", retryable: false } });
});
