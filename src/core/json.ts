/**
 * JSON from outside: parsed once, strictly. Bounded depth and size, no repeated key, no key that could reach a prototype,
 * no actor-reference shape, no number or string that would not survive Postgres and a round trip.
 */
import { quote } from "./address.ts";
import { StatorError } from "./errors.ts";

export const MAX_BODY_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
const MAX_NODES = 10_000;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
/** The snapshot codec and XState read objects with these keys as actor references; the rest reach prototypes. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(["__proto__", "$ref", "xstate$$type"]);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses a message body. Refuses with `INVALID_REQUEST` or `TOO_LARGE`; `what` names the thing in the error. */
export function parseJson(bytes: Uint8Array, what = "body"): unknown {
  if (bytes.length > MAX_BODY_BYTES) {
    throw new StatorError("TOO_LARGE", `${what} has ${bytes.length} bytes, the limit is ${MAX_BODY_BYTES}`);
  }
  const text = decode(bytes, what);
  const { keys: written } = scan(text, what);
  const keys = { seen: 0 };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", `${what} is not JSON: ${(cause as Error).message.slice(0, 80)}`, {
      cause,
    });
  }
  assertClean(value, what, keys);
  if (keys.seen !== written) throw new StatorError("INVALID_REQUEST", `${what} repeats a key within one object`);
  return value;
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", `${what} is not UTF-8`, { cause });
  }
}

/**
 * Depth is counted on the text: a deep value must not overflow the stack of the parser's users. JSON.parse lets the last
 * of two equal keys win in silence; each key is followed by one of the only colons outside strings.
 */
function scan(text: string, what: string): { readonly keys: number } {
  let depth = 0;
  let keys = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) {
      if (code === BACKSLASH) i++;
    } else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (++depth > MAX_DEPTH)
        throw new StatorError("INVALID_REQUEST", `${what} is nested deeper than ${MAX_DEPTH} levels`);
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) depth--;
    else if (code === COLON) keys++;
  }
  return { keys };
}

function assertClean(value: unknown, path: string, keys: { seen: number }, nodes = { seen: 0 }): void {
  if (++nodes.seen > MAX_NODES) throw new StatorError("INVALID_REQUEST", `${path} holds more than ${MAX_NODES} values`);
  if (typeof value === "string") assertString(value, path);
  if (typeof value === "number") assertNumber(value, path);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      assertClean(item, `${path}[${i}]`, keys, nodes);
    });
    return;
  }
  for (const key of Object.keys(value)) {
    keys.seen++;
    if (REFUSED_KEYS.has(key)) throw new StatorError("INVALID_REQUEST", `${path} holds the reserved key ${quote(key)}`);
    assertString(key, path);
    const item = (value as Record<string, unknown>)[key];
    if (key === "constructor" && typeof item === "object" && item !== null && Object.hasOwn(item, "prototype")) {
      throw new StatorError("INVALID_REQUEST", `${path} holds constructor.prototype`);
    }
    assertClean(item, `${path}.${key}`, keys, nodes);
  }
}

function assertString(text: string, path: string): void {
  if (text.includes("\u0000"))
    throw new StatorError("INVALID_REQUEST", `${path} holds U+0000, which Postgres cannot store`);
  if (!text.isWellFormed()) throw new StatorError("INVALID_REQUEST", `${path} holds a lone surrogate`);
}

function assertNumber(value: number, path: string): void {
  if (!Number.isFinite(value))
    throw new StatorError("INVALID_REQUEST", `${path} is a number beyond the range of JSON readers`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw new StatorError(
      "INVALID_REQUEST",
      `${path} is a whole number beyond 2^53, which would lose digits: send it as a string`,
    );
  }
}

/** JSON with the properties of every object in one order: equal content has equal text. Takes JSON values. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(item)}`;
  }
  return `{${text}}`;
}
