/** The send form checks with the schema that the server checks with: it must not stand in the way of a good event. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  firstValue,
  type JsonSchema,
  problemsOf,
  shapeOf,
  turnedInto,
  typeText,
  unionOf,
} from "../../src/inspector/web/schema.ts";

const KEYED = z.object({ key: z.literal("x"), name: z.string().optional() });
const SCHEMAS = [
  z.object({ amount: z.number() }),
  z.object({ amount: z.number().int().positive().max(10) }),
  z.object({ method: z.string().min(1).max(3), note: z.string().optional() }),
  z.object({ kind: z.enum(["a", "b"]), isGift: z.boolean().default(false) }),
  z.object({ items: z.array(z.object({ sku: z.string().regex(/^[a-c]+$/), count: z.number().min(0) })).max(2) }),
  z.object({ who: z.union([z.object({ name: z.string() }), z.object({ id: z.number() }), z.null()]) }),
  z.strictObject({ key: z.literal("x"), other: z.string().nullable() }),
  z.object({}),
  z.object({ who: z.discriminatedUnion("key", [z.object({ key: z.literal("a"), id: z.number() }), KEYED]).nullable() }),
  z.discriminatedUnion("key", [z.strictObject({ key: z.literal("abc"), count: z.number() }), KEYED]),
];

/** Values near to what the schemas ask for, so that many are good and many nearly. */
const near = fc.letrec((tie) => ({
  plain: fc.oneof(fc.constantFrom("a", "abc", "x", "", 0, 1, 2.5, -1, 11, true, null), fc.string({ maxLength: 4 })),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("plain"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        "amount",
        "method",
        "note",
        "kind",
        "isGift",
        "items",
        "sku",
        "count",
        "who",
        "name",
        "id",
        "key",
        "other",
      ),
      tie("value"),
      { maxKeys: 3 },
    ),
  ),
})).value;

const jsonSchema = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: "input" }) as JsonSchema;

test.each(SCHEMAS.map((schema, i) => [i, schema] as const))(
  "what the form refuses the server refuses too, and the other way round: schema %d",
  (_, schema) => {
    fc.assert(
      fc.property(near, (value) => {
        expect(problemsOf(jsonSchema(schema), value).length === 0).toBe(schema.safeParse(value).success);
      }),
      { numRuns: 300 },
    );
  },
);

test("a problem stands at its field", () => {
  const schema = jsonSchema(SCHEMAS[4] as z.ZodType);
  const value = {
    items: [
      { sku: "a", count: 1 },
      { sku: "zzz", count: -1 },
    ],
  };
  expect(problemsOf(schema, value).map(({ path }) => path)).toEqual(["items[1].sku", "items[1].count"]);
  expect(problemsOf(schema, {})).toEqual([{ path: "items", message: "is needed" }]);
});

test("a form begins with what is needed, and says what each field takes", () => {
  const schema = jsonSchema(SCHEMAS[3] as z.ZodType);
  expect(firstValue(schema)).toEqual({ kind: "a" });
  expect(shapeOf(schema.properties?.["kind"] ?? {})).toBe("choice");
  expect(typeText(schema.properties?.["kind"] ?? {})).toBe('"a" | "b"');
  expect(typeText(jsonSchema(z.number().int().positive()))).toBe("whole number > 0");
  expect(typeText(jsonSchema(z.string().nullable()))).toBe("text or null");
});

test("a union that is told apart by a field begins as its first kind, and keeps what the next kind has too", () => {
  const schema = jsonSchema(
    z.object({
      payment: z.discriminatedUnion("type", [
        z.object({ type: z.literal("card"), number: z.string(), note: z.string() }),
        z.object({ type: z.literal("invoice"), note: z.string(), days: z.number() }),
      ]),
    }),
  );
  const { payment } = schema.properties ?? {};
  expect(shapeOf(payment ?? {})).toBe("union");
  expect(firstValue(schema)).toEqual({ payment: { type: "card", number: "", note: "" } });
  const invoice = unionOf(payment ?? {})?.variants[1]?.schema ?? {};
  const value = turnedInto(invoice, "type", { type: "card", number: "4", note: "n" });
  expect(value).toEqual({ type: "invoice", note: "n", days: undefined });
  expect(problemsOf(schema, { payment: value })).toEqual([{ path: "payment.days", message: "is needed" }]);
  expect(problemsOf(schema, { payment: { type: "card", note: "" } })).toEqual([
    { path: "payment.number", message: "is needed" },
  ]);
});
