/**
 * Values that a schema accepts, for payloads and results that nobody named. They come from the schema's JSON Schema; a
 * value that the schema itself then refuses is not used.
 */
import { z } from "zod";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

/** One value per alternative of a union, else one. Undefined where none was found. */
export function samplesOf(schema: unknown): readonly unknown[] | undefined {
  if (schema === undefined) return [undefined];
  if (!isSchema(schema)) return undefined;
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const alternatives = json.anyOf ?? json.oneOf ?? [json];
  const samples = alternatives.map((alternative) => sample(alternative, "x"));
  const accepted = samples.filter((value) => schema.safeParse(value).success);
  return accepted.length === 0 ? undefined : accepted;
}

/** By shape: a module may have its own copy of zod. */
const isSchema = (value: unknown): value is z.ZodType =>
  typeof value === "object" && value !== null && "safeParse" in value;

function sample(schema: JsonSchema, name: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [alternative] = schema.anyOf ?? schema.oneOf ?? [];
  if (alternative !== undefined) return sample(alternative, name);
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map((part) => sample(part, name)));
  const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
  switch (type) {
    case "object": {
      const required = schema.required ?? [];
      const properties = Object.entries(schema.properties ?? {}).filter(([key]) => required.includes(key));
      return Object.fromEntries(properties.map(([key, property]) => [key, sample(property, key)]));
    }
    case "array":
      return list(schema, name);
    case "string":
      return text(schema, name);
    case "integer":
    case "number":
      return Math.min(Math.max(1, schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1), schema.maximum ?? Infinity);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return {};
  }
}

/** Two items, so that an order among them shows. */
function list(schema: JsonSchema, name: string): readonly unknown[] {
  if (schema.prefixItems !== undefined) return schema.prefixItems.map((item) => sample(item, name));
  const count = Math.min(Math.max(2, schema.minItems ?? 0), schema.maxItems ?? 2);
  return Array.from({ length: count }, (_, i) => sample(schema.items ?? {}, `${name}${i + 1}`));
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: "00000000-0000-4000-8000-000000000000",
  email: "a@example.com",
  uri: "https://example.com/",
  date: "2024-01-01",
  "date-time": "2024-01-01T00:00:00Z",
};
function text({ format, minLength }: JsonSchema, name: string): string {
  return (format === undefined ? undefined : FORMATS[format]) ?? name.padEnd(minLength ?? 0, "x");
}
