/** Random bytes are fetched many at a time: no two draws may share any, not even across a fetch. */
import { expect, test } from "vitest";
import { systemRandom } from "../../src/clock/system.ts";

const DRAWS = 20_000;

test("no two tags are the same, each has 63 bits and every bit is used", () => {
  const tags = Array.from({ length: DRAWS }, () => BigInt(systemRandom.tag()));
  expect(new Set(tags).size).toBe(DRAWS);
  expect(tags.every((tag) => tag > 0n && tag < 2n ** 63n)).toBe(true);
  for (let bit = 0n; bit < 63n; bit++) {
    const ones = tags.filter((tag) => (tag >> bit) & 1n).length;
    expect(Math.abs(ones / DRAWS - 0.5)).toBeLessThan(0.05); // 14 standard deviations
  }
});

test("ids of one process rise and never repeat, drawn between tags", () => {
  const ids = Array.from({ length: DRAWS }, () => {
    systemRandom.tag();
    return systemRandom.uuid();
  });
  expect(new Set(ids).size).toBe(DRAWS);
  expect(ids).toEqual([...ids].sort());
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
