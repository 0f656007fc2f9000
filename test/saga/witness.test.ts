/** The account that the example actors give of what they did outlives the process that gave it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "stator-witness-"));
const file = join(folder, "witness.ndjson");
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  vi.resetModules(); // other files share our modules: theirs have no witness
  rmSync(folder, { recursive: true });
});

/** The actors as a new process has them. */
async function started() {
  vi.stubEnv("SAGA_WITNESS", file);
  vi.resetModules();
  return await import("../../actors/sagas.ts");
}

const attempt = (stepKey: string) => ({
  input: { stepKey, userId: "u", asked: {}, uncertain: true },
  idempotencyKey: "i",
  attempt: 1,
  signal: new AbortController().signal,
  heartbeat: () => undefined,
  lastHeartbeat: undefined,
});

test("a process that starts again knows what was done and what was undone, and refuses what was undone", async () => {
  const first = await started();
  const run = (from: typeof first, actor: string, stepKey: string) =>
    from.streamingObject.actors.get(actor)?.run(attempt(stepKey));
  expect(first.witnessed()).toEqual([]);
  run(first, "payment", "a");
  run(first, "payment", "a");
  run(first, "payment", "b");
  run(first, "undo:payment", "b");
  const second = await started();
  expect(second.witnessed()).toMatchObject(
    ["a", "a", "b", "b"].map((stepKey, i) => ({ kind: i < 3 ? "do" : "undo", step: "payment", stepKey })),
  );
  expect(second.heldAfter(second.witnessed())).toEqual(["a"]);
  expect(() => run(second, "payment", "b")).toThrow("b was undone before it came");
});
