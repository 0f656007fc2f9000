/** A cached object and one restored from its text before every turn do the same; a restore does nothing by itself. */
import { describe, expect, test } from "vitest";
import { DurableRun, makeScript, tortureObject } from "./equivalence.ts";

describe("restoring before every turn", () => {
  const torture = tortureObject();
  test.each([5, 17, 101])("script %i: the same effects, views and snapshots as with a cached object", (seed) => {
    const script = makeScript(seed);
    const cached = new DurableRun(torture, { roundTrip: false, crash: () => false });
    const cold = new DurableRun(torture, { roundTrip: true, crash: () => false });
    expect(cold.run(script)).toEqual(cached.run(script));
    expect(cold.figures.restores).toBe(cold.figures.turns - 1 + cold.ignored);
    expect(cached.figures.restores).toBe(0);
    expect(cold.texts).toEqual(cached.texts);
  });
});
