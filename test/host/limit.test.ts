/** The end of an attempt reaches whoever looks at it, whenever they begin to look. */
import { expect, test } from "vitest";
import { Limit } from "../../src/host/limit.ts";

const never = (): Promise<never> => new Promise(() => undefined);

test("a signal that is asked for after the end is aborted, with the first reason", async () => {
  const limit = new Limit();
  limit.end(new Error("too long"));
  limit.end(new Error("moved"));
  expect(limit.signal.aborted).toBe(true);
  expect(limit.signal.reason).toEqual(new Error("too long"));
  expect(limit.signal).toBe(limit.signal);
});

test("work that runs is given up at the end, and its signal says so", async () => {
  const limit = new Limit();
  const { signal } = limit;
  const race = limit.race(never);
  limit.end(new Error("moved"));
  await expect(race).rejects.toThrow("moved");
  expect(signal.aborted).toBe(true);
});

test("work is not begun after the end", async () => {
  const limit = new Limit();
  limit.end(new Error("moved"));
  let isBegun = false;
  await expect(
    limit.race(() => {
      isBegun = true;
    }),
  ).rejects.toThrow("moved");
  expect(isBegun).toBe(false);
});

test("the signal above ends it, before and while it runs, and is left alone afterwards", async () => {
  const above = new AbortController();
  const limits = [new Limit(above.signal), new Limit(above.signal)];
  const race = limits[0]?.race(never);
  await limits[1]?.race(() => "done");
  above.abort(new Error("the host stops"));
  await expect(race).rejects.toThrow("the host stops");
  expect(limits.map((limit) => limit.signal.aborted)).toEqual([true, false]);
  expect(new Limit(above.signal).signal.reason).toEqual(new Error("the host stops"));
});
