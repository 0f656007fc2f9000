/**
 * Values of users as they may leave the server: secrets masked, and never so deep, long or many that a page stops.
 * What is left out says how much it was. Values come from JSON texts, so there are no cycles and no functions in them.
 */
import { below, type FieldPath, isHidden } from "./sensitive.ts";

const MAX_DEPTH = 12;
const MAX_TEXT = 2_000;
const MAX_ITEMS = 200;
const MAX_NODES = 4_000;

export const MASKED = { $masked: true } as const;

/** `secret` are the paths that are masked, counted from this value. */
export function show(value: unknown, secret: readonly FieldPath[] = []): unknown {
  return new Shower().show(value, secret, 0);
}

/** A JSON text as it is shown; what is no JSON is shown as text. */
export function showText(text: string, secret: readonly FieldPath[] = []): unknown {
  return show(parsed(text), secret);
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

class Shower {
  #nodes = 0;

  show(value: unknown, secret: readonly FieldPath[], depth: number): unknown {
    if (value !== undefined && value !== null && isHidden(secret)) return MASKED;
    this.#nodes++;
    if (typeof value === "string") return textOf(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return this.#list(value, secret, depth);
    return this.#object(value as Readonly<Record<string, unknown>>, secret, depth);
  }

  #list(list: readonly unknown[], secret: readonly FieldPath[], depth: number): unknown {
    if (depth >= MAX_DEPTH || this.#nodes > MAX_NODES) return { $cut: "list", size: list.length };
    const items = below(secret, "*");
    const head = list.slice(0, MAX_ITEMS).map((item) => this.show(item, items, depth + 1));
    return list.length <= MAX_ITEMS ? head : { $cut: "list", size: list.length, head };
  }

  #object(object: Readonly<Record<string, unknown>>, secret: readonly FieldPath[], depth: number): unknown {
    const keys = Object.keys(object);
    if (depth >= MAX_DEPTH || this.#nodes > MAX_NODES) return { $cut: "object", size: keys.length };
    const entries = keys
      .slice(0, MAX_ITEMS)
      .map((key) => [key.slice(0, MAX_TEXT), this.show(object[key], below(secret, key), depth + 1)] as const);
    const head = Object.fromEntries(entries);
    return keys.length <= MAX_ITEMS ? head : { $cut: "object", size: keys.length, head };
  }
}

/** Cut between characters, not inside of one. */
function textOf(text: string): unknown {
  if (text.length <= MAX_TEXT) return text;
  return { $cut: "text", size: text.length, head: text.slice(0, MAX_TEXT).toWellFormed() };
}
