/**
 * The door's check of events and inputs, by the schemas of the definition.
 *
 * Strict: an unknown property is refused, not dropped. Nothing that passes here can forge an event of the engine.
 */
import type { z } from "zod";
import { quote } from "./address.ts";
import { isReservedType, type ObjectDefinition } from "./definition.ts";
import { type ErrorCode, StatorError } from "./errors.ts";
import type { EventObject } from "./message.ts";

/**
 * An event of this object, or `RESERVED_EVENT`, `UNKNOWN_EVENT`, `INVALID_EVENT`. Internal events are taken from other
 * objects only.
 */
export function parseEvent(
  definition: ObjectDefinition,
  raw: unknown,
  from: "caller" | "object" = "caller",
): EventObject {
  const { name } = definition;
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new StatorError("INVALID_EVENT", `${name}: an event must be an object with a type, got ${shown(raw)}`);
  }
  const { type, ...payload } = raw as Record<string, unknown>;
  if (typeof type !== "string") {
    throw new StatorError("INVALID_EVENT", `${name}: an event must have a type that is a text, got ${shown(type)}`);
  }
  assertNotReserved(name, type);
  const schema = definition.events.get(type) ?? (from === "object" ? definition.internal.get(type) : undefined);
  if (schema === undefined) {
    const known = [...definition.events.keys()].sort();
    throw new StatorError("UNKNOWN_EVENT", `${name} has no event ${quote(type)}; it knows: ${known.join(", ")}`, {
      details: { known },
    });
  }
  const parsed = checked(schema, payload, "INVALID_EVENT", `${name}: event ${type} is not valid`);
  return { type, ...(parsed as Record<string, unknown>) };
}

/** What an object of this definition is created with, or `INVALID_INPUT`. */
export function parseInput(definition: ObjectDefinition, raw: unknown): unknown {
  if (definition.input !== undefined) {
    return checked(definition.input, raw, "INVALID_INPUT", `${definition.name}: input is not valid`);
  }
  const isEmpty = raw === undefined || raw === null || (typeof raw === "object" && Object.keys(raw).length === 0);
  if (isEmpty) return undefined;
  throw new StatorError("INVALID_INPUT", `${definition.name} takes no input, got ${shown(raw)}`);
}

/** Refuses the types that only the engine makes. */
export function assertNotReserved(name: string, type: string): void {
  if (!isReservedType(type)) return;
  throw new StatorError(
    "RESERVED_EVENT",
    `${name}: event type ${quote(type)} is reserved; types that begin with xstate. or stator. are made by Stator alone`,
  );
}

function checked(schema: z.ZodType, raw: unknown, code: ErrorCode, what: string): unknown {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issues = issuesOf(result.error);
  const text = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`));
  throw new StatorError(code, `${what}: ${text.join("; ")}`, { details: { issues } });
}

/** What is wrong and where, for people and programs. */
export function issuesOf(error: z.ZodError): readonly { readonly path: string; readonly message: string }[] {
  return error.issues.map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message }));
}

const shown = (value: unknown): string => quote(JSON.stringify(value) ?? String(value));
