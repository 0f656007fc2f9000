/**
 * Values of a machine as JSON and back: actor references are written as data, anything else that would not survive a
 * round trip is refused with the place where it stands.
 *
 * `{ "$ref": path, "s": session }` is an actor of this object, `{ "$ref": "object:<name>/<key>" }` another object.
 * XState's own `{ "xstate$$type" }` means something only inside one parent, and is never written. Both keys are shaped
 * like data, so they are refused wherever data comes from outside.
 */
import { isActor } from "./internals.ts";
import { DeadRef, isRemoteId, RemoteRef } from "./refs.ts";

const REF = "$ref";
const XSTATE_REF = "xstate$$type";
const MAX_DEPTH = 200;
const REMEDIES: Readonly<Record<string, string>> = {
  Date: "store date.toISOString(), or declare codec: 'tagged'",
  Map: "store Object.fromEntries(map), or declare codec: 'tagged'",
  Set: "store [...set], or declare codec: 'tagged'",
  RegExp: "store regexp.source",
  Error: "store its name and message",
  bigint: "store it as text, or declare codec: 'tagged'",
  function: "store what it needs and name it in setup()",
};

/** What knows the actors of one object. */
export interface Refs {
  pathOf(actor: object): string;
  /** The live actor of that path and session, or a dead reference. */
  local(path: string, session: string): object;
  remote(id: string): RemoteRef;
}

/** A value that cannot be stored; `place` says where it stands. */
export class NotJsonError extends Error {
  readonly #reason: string;
  #place = "";

  constructor(reason: string) {
    super(reason);
    this.name = "NotJsonError";
    this.#reason = reason;
  }

  /** On its way up: `key` is what held the value. */
  within(key: string | number): this {
    this.#place = typeof key === "number" ? `[${key}]${this.#place}` : `.${key}${this.#place}`;
    this.message = `${this.#place.replace(/^\./, "")}: ${this.#reason}`;
    return this;
  }
}

/** A deep copy as plain JSON. Without `refs` an actor reference is refused: it means nothing outside its object. */
export function encode(value: unknown, refs: Refs | undefined, depth = 0): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new NotJsonError(`${value} is not a JSON number`);
      return value;
    case "object":
      if (value === null) return null;
      if (depth > MAX_DEPTH) throw new NotJsonError(`is nested deeper than ${MAX_DEPTH} levels`);
      if (Array.isArray(value)) return encodeArray(value, refs, depth);
      return encodeObject(value, refs, depth);
    default:
      throw new NotJsonError(`a ${typeof value} is not JSON; ${REMEDIES[typeof value] ?? "store data instead"}`);
  }
}

function encodeArray(value: readonly unknown[], refs: Refs | undefined, depth: number): unknown[] {
  const copy = new Array<unknown>(value.length);
  let i = 0;
  try {
    for (; i < value.length; i++) {
      const item = encode(value[i], refs, depth + 1);
      if (item === undefined) throw new NotJsonError("undefined in a list would come back as null");
      copy[i] = item;
    }
  } catch (cause) {
    throw cause instanceof NotJsonError ? cause.within(i) : cause;
  }
  return copy;
}

function encodeObject(value: object, refs: Refs | undefined, depth: number): unknown {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== Object.prototype && prototype !== null) return encodeRef(value, refs);
  const record = value as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  let at = "";
  try {
    for (const key of Object.keys(record)) {
      at = key;
      if (key === REF || key === XSTATE_REF || key === "__proto__") throw new NotJsonError("is a reserved key");
      const item = encode(record[key], refs, depth + 1);
      if (item !== undefined) copy[key] = item;
    }
  } catch (cause) {
    throw cause instanceof NotJsonError ? cause.within(at) : cause;
  }
  return copy;
}

function encodeRef(value: object, refs: Refs | undefined): unknown {
  const isRef = isActor(value) || value instanceof RemoteRef || value instanceof DeadRef;
  if (!isRef) {
    const name = value.constructor?.name ?? "class instance";
    throw new NotJsonError(
      `a ${name} is not JSON and would not come back; ${REMEDIES[name] ?? "store a plain object"}`,
    );
  }
  if (refs === undefined) throw new NotJsonError("an actor reference means nothing outside of its object");
  if (value instanceof RemoteRef) return { [REF]: value.id };
  return { [REF]: refs.pathOf(value), s: (value as { sessionId: string }).sessionId };
}

/** Turns references back into actors, in place; for values that `encode` made. */
export function revive(value: unknown, refs: Refs): unknown {
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  const { [REF]: ref, s: session } = record;
  if (typeof ref === "string") return isRemoteId(ref) ? refs.remote(ref) : refs.local(ref, String(session));
  for (const key of Object.keys(record)) {
    const item = record[key];
    if (typeof item === "object" && item !== null) record[key] = revive(item, refs);
  }
  return value;
}

/** Whether data from outside holds a key that would be read as an actor reference. */
export function holdsReservedKey(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(value)) return value.some((item) => holdsReservedKey(item, depth + 1));
  for (const key of Object.keys(value)) {
    if (key === REF || key === XSTATE_REF || key === "__proto__") return true;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && item !== null && holdsReservedKey(item, depth + 1)) return true;
  }
  return false;
}
