/**
 * The codec `tagged`: Date, Map, Set and bigint in contexts, written as `{ "$date": … }`, `{ "$map": [[key, value]] }`,
 * `{ "$set": […] }` and `{ "$bigint": "…" }`. Declared by the definition; data with such a key is refused under it.
 */
import { NotJsonError } from "./codec.ts";

const TAGS: ReadonlySet<string> = new Set(["$date", "$map", "$set", "$bigint"]);

/** A copy in which all that JSON does not know is tagged. Actor references and classes stay as they are. */
export function tag(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new NotJsonError("is not a valid date");
    return { $date: value.toISOString() };
  }
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [tag(key), tag(item)]) };
  if (value instanceof Set) return { $set: [...value].map(tag) };
  if (Array.isArray(value)) return value.map(tag);
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Object.prototype || prototype === null ? tagRecord(value as Record<string, unknown>) : value;
}

function tagRecord(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(record)) {
    if (TAGS.has(key)) throw new NotJsonError("is a reserved key of the codec 'tagged'").within(key);
    try {
      copy[key] = tag(item);
    } catch (cause) {
      throw cause instanceof NotJsonError ? cause.within(key) : cause;
    }
  }
  return copy;
}

/** Back again, in place where it can be; for values that `tag` made. Live actors are left alone. */
export function untag(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  const record = value as Record<string, unknown>;
  const { $date: date, $map: entries, $set: items, $bigint: digits } = record;
  if (typeof date === "string") return new Date(date);
  if (typeof digits === "string") return BigInt(digits);
  if (Array.isArray(items)) return new Set(items.map(untag));
  if (Array.isArray(entries)) return new Map((entries as [unknown, unknown][]).map(([k, v]) => [untag(k), untag(v)]));
  for (const key of Object.keys(record)) record[key] = untag(record[key]);
  return value;
}
