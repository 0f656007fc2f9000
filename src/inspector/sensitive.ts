/**
 * Which fields of a value are secret: those whose zod schema says `.meta({ sensitive: true })`. They never leave the
 * server. A schema that cannot be read hides everything: better a page without values than a page with a secret.
 */
import { z } from "zod";

/** Keys from the value down; `*` is any item of a list or field of a record. Empty: the whole value. */
export type FieldPath = readonly string[];

interface Json {
  readonly [key: string]: unknown;
}

export function sensitiveIn(schema: z.ZodType | undefined): readonly FieldPath[] {
  if (schema === undefined) return [];
  try {
    const both = (["input", "output"] as const).flatMap((io) => {
      const json = z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" }) as Json;
      return fieldsOf(json, json, [], 0);
    });
    return [...new Map(both.map((path) => [JSON.stringify(path), path])).values()];
  } catch {
    return [[]];
  }
}

/** A schema that contains itself is followed only so far. */
const MAX_DEPTH = 12;

function fieldsOf(node: Json, root: Json, path: FieldPath, depth: number): readonly FieldPath[] {
  if (node["sensitive"] === true) return [path];
  if (depth > MAX_DEPTH) return [];
  const into = (child: unknown, key?: string): readonly FieldPath[] =>
    isJson(child) ? fieldsOf(child, root, key === undefined ? path : [...path, key], depth + 1) : [];
  const found: FieldPath[] = [];
  const { $ref: ref, properties, items, prefixItems, additionalProperties } = node;
  if (typeof ref === "string") found.push(...into(resolved(root, ref)));
  for (const [key, child] of Object.entries(isJson(properties) ? properties : {})) found.push(...into(child, key));
  found.push(...into(items, "*"), ...into(additionalProperties, "*"));
  for (const child of listOf(prefixItems)) found.push(...into(child, "*"));
  for (const union of ["anyOf", "oneOf", "allOf"]) {
    for (const child of listOf(node[union])) found.push(...into(child));
  }
  return found;
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function resolved(root: Json, ref: string): unknown {
  if (!ref.startsWith("#")) return undefined;
  const keys = ref.split("/").slice(1);
  return keys.reduce<unknown>(
    (at, key) => (isJson(at) ? at[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined),
    root,
  );
}

/** The paths that concern what stands under a key. */
export const below = (paths: readonly FieldPath[], key: string): readonly FieldPath[] =>
  paths.flatMap(([first, ...rest]) => (first === key || first === "*" ? [rest] : []));

/** Whether a field is secret, or holds something that is. */
export function touches(paths: readonly FieldPath[], field: FieldPath): boolean {
  const [first, ...rest] = field;
  if (paths.length === 0 || isHidden(paths)) return paths.length > 0;
  return first === undefined || touches(below(paths, first), rest);
}

export const isHidden = (paths: readonly FieldPath[]): boolean => paths.some((path) => path.length === 0);
