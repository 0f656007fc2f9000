/**
 * Fields of an event or an input as they are typed: `method=card amount=2 note='some text' flag:=true list:='[1,2]'`.
 *
 * `name=value` is a number, `true` or `false` where the value is one, else text. `name:=json` is any JSON. So
 * `zip=01234` is text, `zip:='"1234"'` makes a text of what looks like a number.
 */
import { UsageError } from "./exit.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function parseFields(words: readonly string[]): Fields {
  const fields = new Map<string, unknown>();
  for (const word of words) {
    const [, name, colon, value] = /^([^=:]+)(:?)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`'${word}' is not a field: write name=value, or name:=json`);
    }
    if (fields.has(name)) throw new UsageError(`field ${name} is given twice`);
    fields.set(name, colon === ":" ? parseJson(value, `field ${name}`) : plainValue(value));
  }
  return Object.fromEntries(fields);
}

function plainValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
  const number = Number(text);
  const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
  return isExact ? number : text;
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** `--json` and the fields together; undefined where neither was given. A field overrides what the JSON says. */
export function bodyOf(json: string | undefined, words: readonly string[]): unknown {
  if (json === undefined) return words.length === 0 ? undefined : parseFields(words);
  const value = parseJson(json, "--json");
  if (words.length === 0) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError("fields can only be added to a --json that is an object");
  }
  return { ...value, ...parseFields(words) };
}

/** The event of `stator send`: the type stands as a word, or in the JSON. */
export function eventOf(type: string | undefined, json: string | undefined, words: readonly string[]): Fields {
  // Without a type the first field takes its place among the words.
  const isField = type !== undefined && /^[^=]+=/.test(type) && json !== undefined;
  const fields = isField ? [type, ...words] : words;
  const body = bodyOf(json, fields) ?? {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new UsageError('an event is an object with a type: --json \'{"type":"ADD","amount":2}\'');
  }
  const given = isField ? undefined : type;
  const { type: inner, ...rest } = body as Record<string, unknown>;
  if (given === undefined && typeof inner !== "string") {
    throw new UsageError("which event? Write its type after the object: stator send counter/c1 ADD amount=2");
  }
  if (given !== undefined && inner !== undefined && inner !== given) {
    throw new UsageError(`the type is given twice: ${given}, and ${JSON.stringify(inner)} in the fields`);
  }
  return { type: given ?? inner, ...rest };
}
