/** JSON Schema as far as a form needs it: fields, a first value, and what is wrong with a value. The server judges. */

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly additionalProperties?: boolean | JsonSchema;
}

export interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

export function fieldsOf({ properties = {}, required = [] }: JsonSchema): readonly Field[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, isRequired: required.includes(name) }));
}

/** Of a whole event: its type is chosen before its fields are. */
export const eventFieldsOf = (schema: JsonSchema): readonly Field[] =>
  fieldsOf(schema).filter(({ name, schema: { const: only } }) => name !== "type" || only === undefined);

/** One of several kinds of object, told apart by the value of one field. */
export interface Union {
  readonly field: string;
  readonly variants: readonly { readonly is: unknown; readonly schema: JsonSchema }[];
}

export function unionOf(schema: JsonSchema): Union | undefined {
  const parts = (schema.oneOf ?? schema.anyOf ?? []).filter(({ type }) => type !== "null");
  const [first] = parts;
  if (first === undefined || parts.length < 2) return undefined;
  for (const field of Object.keys(first.properties ?? {})) {
    const variants = parts.map((part) => ({ is: part.properties?.[field]?.const, schema: part }));
    const values = new Set(variants.map(({ is }) => is));
    if (values.size === parts.length && !values.has(undefined)) return { field, variants };
  }
  return undefined;
}

/** The kind that a value is of; the first one where it is of none. */
export function variantOf({ field, variants }: Union, value: unknown): Union["variants"][number] | undefined {
  const is =
    typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
  return variants.find((variant) => variant.is === is) ?? variants[0];
}

/** The same value as another kind: fields that both have keep what they hold. */
export function turnedInto(schema: JsonSchema, field: string, value: unknown): unknown {
  const fresh = firstValue(schema) as Readonly<Record<string, unknown>>;
  const names = Object.keys(schema.properties ?? {}).filter((name) => name !== field);
  const kept = Object.entries((value ?? {}) as object).filter(([name]) => names.includes(name));
  return { ...fresh, ...Object.fromEntries(kept) };
}

export type Shape = "text" | "number" | "boolean" | "choice" | "fields" | "union" | "list" | "json";

/** What a field looks like in a form; what no form can show is edited as JSON. */
export function shapeOf(schema: JsonSchema): Shape {
  const plain = withoutNull(schema);
  if (plain.enum !== undefined || plain.const !== undefined) return "choice";
  if (unionOf(plain) !== undefined) return "union";
  switch (plain.type) {
    case "string":
      return "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return plain.items === undefined ? "json" : "list";
    case "object":
      return plain.properties === undefined ? "json" : "fields";
    default:
      return "json";
  }
}

/** Of a union with null, the other part. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.type)) {
    const types = (schema.type as readonly string[]).filter((type) => type !== "null");
    const [type] = types;
    return types.length === 1 && type !== undefined ? { ...schema, type } : schema;
  }
  const parts = schema.anyOf ?? schema.oneOf;
  const others = parts?.filter(({ type }) => type !== "null");
  const [only] = others ?? [];
  return others?.length === 1 && only !== undefined ? only : schema;
}

export const choicesOf = (schema: JsonSchema): readonly unknown[] => {
  const plain = withoutNull(schema);
  return plain.enum ?? (plain.const === undefined ? [] : [plain.const]);
};

/** `text, 3 or more`, `whole number ≥ 1`, `"a" | "b"`. */
export function typeText(schema: JsonSchema): string {
  const plain = withoutNull(schema);
  const orNull = plain === schema ? "" : " or null";
  if (plain.enum !== undefined) return plain.enum.map((one) => JSON.stringify(one)).join(" | ") + orNull;
  if (plain.const !== undefined) return JSON.stringify(plain.const) + orNull;
  const union = unionOf(plain);
  if (union !== undefined) return union.variants.map(({ is }) => JSON.stringify(is)).join(" | ") + orNull;
  if (plain.type === "array")
    return `list of ${plain.items === undefined ? "anything" : typeText(plain.items)}${orNull}`;
  if (plain.type === "object") {
    const names = Object.keys(plain.properties ?? {});
    return (names.length === 0 ? "object" : `{ ${names.join(", ")} }`) + orNull;
  }
  const words: Readonly<Record<string, string>> = { string: "text", integer: "whole number", boolean: "yes or no" };
  const { type } = plain;
  const word = typeof type === "string" ? (words[type] ?? type) : "anything";
  const low =
    plain.exclusiveMinimum === undefined
      ? isSafe(plain.minimum)
        ? ` ≥ ${plain.minimum}`
        : ""
      : ` > ${plain.exclusiveMinimum}`;
  return `${word}${plain.format === undefined ? "" : ` (${plain.format})`}${low}${orNull}`;
}

/** zod gives whole numbers the limits of JavaScript. */
const isSafe = (limit: number | undefined): boolean => limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

/** What a form begins with. */
export function firstValue(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  switch (shapeOf(schema)) {
    case "fields": {
      const fields = fieldsOf(withoutNull(schema)).filter(({ isRequired }) => isRequired);
      return Object.fromEntries(fields.map((field) => [field.name, firstValue(field.schema)]));
    }
    case "union":
      return firstValue(unionOf(withoutNull(schema))?.variants[0]?.schema ?? {});
    case "choice":
      return choicesOf(schema)[0];
    case "list":
      return [];
    case "boolean":
      return false;
    case "text":
      return "";
    default:
      return undefined;
  }
}

export interface Problem {
  /** `items[0].price`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export function problemsOf(schema: JsonSchema, value: unknown, path = ""): readonly Problem[] {
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) {
    const union = unionOf(schema);
    const mine = union === undefined || value === null ? undefined : variantOf(union, value);
    if (mine !== undefined && typeof value === "object") return problemsOf(mine.schema, value, path);
    const all = parts.map((part) => problemsOf(part, value, path));
    return all.some((one) => one.length === 0) ? [] : (all.toSorted((a, b) => depth(b) - depth(a))[0] ?? []);
  }
  const problem = (message: string): readonly Problem[] => [{ path, message }];
  if (schema.const !== undefined && value !== schema.const) return problem(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum !== undefined && !schema.enum.includes(value)) return problem(`must be one of ${typeText(schema)}`);
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    const words = types.map((type) => WORDS[type] ?? type).join(" or ");
    return problem(value === undefined || value === "" ? "is needed" : `must be ${words}`);
  }
  if (typeof value === "string") return textProblems(schema, value, problem);
  if (typeof value === "number") return numberProblems(schema, value, problem);
  if (Array.isArray(value)) return listProblems(schema, value, path, problem);
  if (value !== null && typeof value === "object") return fieldProblems(schema, value, path);
  return [];
}

const depth = (problems: readonly Problem[]): number => Math.max(0, ...problems.map(({ path }) => path.length));
const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "yes or no",
  array: "a list",
  object: "an object",
  null: "null",
};

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return value !== null && typeof value === "object" && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

type Problems = (message: string) => readonly Problem[];

function textProblems(
  { minLength = 0, maxLength, pattern }: JsonSchema,
  value: string,
  problem: Problems,
): readonly Problem[] {
  if (value.length < minLength)
    return problem(minLength === 1 ? "must not be empty" : `must have at least ${minLength} characters`);
  if (maxLength !== undefined && value.length > maxLength) return problem(`must have at most ${maxLength} characters`);
  if (pattern !== undefined && !matches(pattern, value)) return problem(`must match ${pattern}`);
  return [];
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true; // not one of this language
  }
}

function numberProblems(schema: JsonSchema, value: number, problem: Problems): readonly Problem[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && value < minimum) return problem(`must be ${minimum} or more`);
  if (maximum !== undefined && value > maximum) return problem(`must be ${maximum} or less`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    return problem(`must be more than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    return problem(`must be less than ${exclusiveMaximum}`);
  return [];
}

function listProblems(
  { items, minItems = 0, maxItems }: JsonSchema,
  value: readonly unknown[],
  path: string,
  problem: Problems,
): readonly Problem[] {
  if (value.length < minItems) return problem(`needs at least ${minItems}`);
  if (maxItems !== undefined && value.length > maxItems) return problem(`takes at most ${maxItems}`);
  return items === undefined ? [] : value.flatMap((item, i) => problemsOf(items, item, `${path}[${i}]`));
}

function fieldProblems(schema: JsonSchema, value: object, path: string): readonly Problem[] {
  const given = value as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const fields = path === "" ? eventFieldsOf(schema) : fieldsOf(schema);
  const known = fields.flatMap(({ name, schema: inner, isRequired }) => {
    if (given[name] === undefined) return isRequired ? [{ path: at(name), message: "is needed" }] : [];
    return problemsOf(inner, given[name], at(name));
  });
  const names = Object.keys(schema.properties ?? {});
  const strange =
    schema.additionalProperties === false ? Object.keys(given).filter((name) => !names.includes(name)) : [];
  return [...known, ...strange.map((name) => ({ path: at(name), message: "is not a field of this event" }))];
}
