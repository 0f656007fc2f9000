import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEndpoints, removeEndpoints, writeEndpoints } from "../../src/dev/endpoints.ts";
import { scratchDir } from "./scratch.ts";

const endpoints = { nats: "nats://127.0.0.1:1", postgres: "postgres://127.0.0.1:2/x", http: "http://127.0.0.1:3" };

test("what was written is read, nothing else is left, and removal is idempotent", () => {
  const dataDir = join(scratchDir(), "not", "there", "yet");
  expect(readEndpoints(dataDir)).toBeUndefined();
  writeEndpoints(dataDir, endpoints);
  expect(readEndpoints(dataDir)).toEqual(endpoints);
  expect(readdirSync(dataDir)).toEqual(["endpoints.json"]);
  removeEndpoints(dataDir);
  removeEndpoints(dataDir);
  expect(readEndpoints(dataDir)).toBeUndefined();
});

test("a file that is empty, half-written or of another shape counts as absent", () => {
  const dataDir = scratchDir();
  for (const text of ["", '{"nats": "nats://', "[]", "null", '{"nats": 1}']) {
    writeFileSync(join(dataDir, "endpoints.json"), text);
    expect(readEndpoints(dataDir)).toBeUndefined();
  }
});
