import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "../../src/cli/histogram.ts";

test("a percentile is within 0.8 % of the exact one, whatever was recorded", () => {
  const latencies = fc.array(fc.double({ min: 0.001, max: 2_000_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, p) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(p * values.length) - 1] ?? 0;
      expect(Math.abs(histogram.percentile(p) - exact)).toBeLessThanOrEqual(exact * 0.008 + 0.0005);
    }),
  );
});

test("two histograms add up to the histogram of both", () => {
  const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (const [histogram, value] of [
    [one, 0.2],
    [one, 31],
    [other, 31],
    [other, 4_000],
  ] as const) {
    histogram.record(value);
    both.record(value);
  }
  one.add(JSON.parse(JSON.stringify(other)));
  expect(one.toJSON()).toEqual(both.toJSON());
  expect(one.total).toBe(4);
});

test("nothing recorded has no percentile", () => {
  expect(new Histogram().percentile(0.5)).toBeNaN();
});
