import { expect, test } from "vitest";
import { keepPromises, SCHEDULES_MS } from "./schedules.ts";
import { simulate } from "./world.ts";

test("the same seed gives the same run, event by event", async () => {
  for (const seed of [1, 2, 3]) {
    const first = await simulate(seed);
    const second = await simulate(seed);
    expect({ seed, fingerprint: second.fingerprint }).toEqual({ seed, fingerprint: first.fingerprint });
    expect(first.history.calls.length).toBeGreaterThan(10);
  }
});

test("250 schedules keep every promise, and meet every rare branch", () => keepPromises(751, 250), SCHEDULES_MS);
