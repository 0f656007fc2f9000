/** What leaves the server of a value: capped in depth, length and number, masked where its schema says so. */
import { expect, test } from "vitest";
import { z } from "zod";
import { diffOf } from "../../src/inspector/diff.ts";
import { sensitiveIn } from "../../src/inspector/sensitive.ts";
import { show, showText } from "../../src/inspector/show.ts";

const nested = (depth: number): unknown => (depth === 0 ? "end" : { inner: nested(depth - 1) });
const size = (value: unknown): number => JSON.stringify(value).length;

test("deep, long and many values are cut, and say how much there was", () => {
  expect(JSON.stringify(show(nested(5_000)))).toContain('{"$cut":"object","size":1}');
  expect(show("x".repeat(5_000_000))).toMatchObject({ $cut: "text", size: 5_000_000 });
  expect(show(Array.from({ length: 1_000 }, (_, i) => i))).toMatchObject({ $cut: "list", size: 1_000 });
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i]));
  expect(show(wide)).toMatchObject({ $cut: "object", size: 1_000 });
  const bush = Array.from({ length: 150 }, () => Array.from({ length: 150 }, () => ["a", ["b"]]));
  expect(size(show(bush))).toBeLessThan(size(bush) / 3);
  expect(size(show({ [`k${"y".repeat(1_000_000)}`]: 1 }))).toBeLessThan(5_000);
});

test("a text is not cut inside of a character, and one that is no JSON is shown as it is", () => {
  const { head } = show(`${"x".repeat(1_999)}😀${"x".repeat(100)}`) as { head: string };
  expect(head.isWellFormed()).toBe(true);
  expect(showText("{not json")).toBe("{not json");
  expect(showText('{"a":1}')).toEqual({ a: 1 });
});

test("fields are masked by their schema wherever they stand: lists, records, unions, optional, recursive", () => {
  const secret = z.string().meta({ sensitive: true });
  interface Tree {
    readonly pin?: string | undefined;
    readonly next?: Tree | undefined;
  }
  const tree: z.ZodType<Tree> = z.object({ pin: secret.optional(), next: z.lazy(() => tree).optional() });
  const schema = z.object({
    list: z.array(z.object({ card: secret })),
    byName: z.record(z.string(), secret),
    either: z.union([z.object({ a: secret }), z.object({ b: z.number() })]),
    whole: z.object({ x: z.number() }).meta({ sensitive: true }),
    maybe: secret.nullable().optional(),
    tree,
  });
  const value = {
    list: [{ card: "1", bank: "n" }],
    byName: { ann: "2" },
    either: { a: "3" },
    whole: { x: 4 },
    maybe: "5",
    tree: { pin: "6", next: { pin: "7" } },
    plain: "8",
  };
  const masked = { $masked: true };
  expect(show(value, sensitiveIn(schema))).toEqual({
    list: [{ card: masked, bank: "n" }],
    byName: { ann: masked },
    either: { a: masked },
    whole: masked,
    maybe: masked,
    tree: { pin: masked, next: { pin: masked } },
    plain: "8",
  });
});

test("a schema that cannot be read hides everything", () => {
  const broken = { _zod: { def: { type: "nonsense" } } } as unknown as z.ZodType;
  expect(show({ a: 1 }, sensitiveIn(broken))).toEqual({ $masked: true });
});

test("a difference is told path by path, a secret one without its values", () => {
  const before = { total: 1, items: [{ sku: "a" }], gone: true, pin: "1" };
  const after = { total: 2, items: [{ sku: "a" }, { sku: "b" }], pin: "2", born: null };
  expect(diffOf(before, after, [["pin"]])).toEqual({
    isDiffCut: false,
    diff: [
      { path: "total", kind: "changed", before: 1, after: 2 },
      { path: "items[1]", kind: "added", before: undefined, after: { sku: "b" } },
      { path: "gone", kind: "removed", before: true, after: undefined },
      { path: "pin", kind: "changed", before: { $masked: true }, after: { $masked: true } },
      { path: "born", kind: "added", before: undefined, after: null },
    ],
  });
  expect(diffOf({ a: { b: 1 } }, { a: { b: 1 } }, [])).toEqual({ diff: [], isDiffCut: false });
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]));
  expect(diffOf({}, many, [])).toMatchObject({ isDiffCut: true });
  expect(diffOf({}, many, []).diff).toHaveLength(100);
});
