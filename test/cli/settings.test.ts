import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, expect, test } from "vitest";
import { type Settings, settingsOf } from "../../src/cli/settings.ts";
import { writeEndpoints } from "../../src/dev/endpoints.ts";
import { testIo } from "./console.ts";

const cwd = mkdtempSync(join(tmpdir(), "stator-settings-"));
afterEach(() => rmSync(join(cwd, ".stator"), { recursive: true, force: true }));

function settings(args: readonly string[], env: Record<string, string> = {}): Settings {
  const command = new Command()
    .option("--nats <url>")
    .option("--postgres <url>")
    .option("--namespace <name>")
    .option("--data-dir <dir>")
    .parse(args, { from: "user" });
  return settingsOf(command, testIo({ cwd, env }).io);
}

test("an option beats the environment, which beats the running dev stack", () => {
  writeEndpoints(join(cwd, ".stator"), { nats: "nats://dev", postgres: "postgres://dev", http: "http://dev" });
  expect(settings([]).nats()).toBe("nats://dev");
  expect(settings([], { NATS_URL: "nats://env" }).nats()).toBe("nats://env");
  expect(settings(["--nats", "nats://option"], { NATS_URL: "nats://env" }).nats()).toBe("nats://option");
  expect(settings([], { DATABASE_URL: "" }).postgres()).toBe("postgres://dev");
  expect(settings([], { NATS_URL: "nats://env" }).origin("nats")).toBe("NATS_URL");
  expect(settings([]).origin("postgres")).toBe("the dev stack");
});

test("the dev stack is looked for in the data folder that is named", () => {
  writeEndpoints(join(cwd, ".stator", "other"), {
    nats: "nats://other",
    postgres: "postgres://other",
    http: "http://o",
  });
  expect(settings([], { STATOR_DATA_DIR: ".stator/other" }).nats()).toBe("nats://other");
  expect(settings(["--data-dir", ".stator/other"]).postgres()).toBe("postgres://other");
  expect(() => settings([]).nats()).toThrow("where is NATS?");
});

test("the namespace is default unless said", () => {
  expect(settings([]).namespace).toBe("default");
  expect(settings([], { STATOR_NAMESPACE: "env" }).namespace).toBe("env");
  expect(settings(["--namespace", "option"], { STATOR_NAMESPACE: "env" }).namespace).toBe("option");
});
