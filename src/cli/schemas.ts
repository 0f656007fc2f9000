/** Schemas of definitions on their way from the host's process to `stator dev`, whose `/openapi.json` shows them. */
import { z } from "zod";
import type { ObjectSchemas } from "../http/openapi.ts";

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

export interface WrittenSchemas {
  readonly name: string;
  readonly private: boolean;
  readonly events: Readonly<Record<string, JsonSchema>>;
  readonly input: JsonSchema | undefined;
}

export function writeSchemas(objects: readonly ObjectSchemas[]): readonly WrittenSchemas[] {
  return objects.map((object) => ({
    name: object.name,
    private: object.private,
    events: Object.fromEntries([...object.events].map(([type, schema]) => [type, written(schema)])),
    input: object.input === undefined ? undefined : written(object.input),
  }));
}

export function readSchemas(objects: readonly WrittenSchemas[]): readonly ObjectSchemas[] {
  return objects.map((object) => ({
    name: object.name,
    private: object.private,
    events: new Map(Object.entries(object.events).map(([type, schema]) => [type, z.fromJSONSchema(schema)])),
    input: object.input === undefined ? undefined : z.fromJSONSchema(object.input),
  }));
}

/** What JSON Schema cannot say becomes any object: this is for show, the host checks with the schema itself. */
function written(schema: z.ZodType): JsonSchema {
  try {
    const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", cycles: "throw" }) as JsonSchema;
    z.fromJSONSchema(json);
    return json;
  } catch {
    return { type: "object" };
  }
}
