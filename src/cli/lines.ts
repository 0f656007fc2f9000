/**
 * Lines of a file of events: `{"object","key","event","id"?}`. Read strictly: a misspelt name is an error, not a line
 * without an id.
 *
 * The id of a line that brings none is a hash over the file's path and every line up to this one. The same file gives
 * the same ids again; lines that are appended do not change those before; two files never share one.
 */
import { createHash } from "node:crypto";
import { isRecord } from "../client/reply.ts";
import { type Address, assertKey, isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";

export interface EventLine {
  readonly number: number;
  readonly text: string;
  readonly address: Address;
  readonly event: object;
  readonly id: string | undefined;
  readonly sentAt: string | undefined;
}

/** `line` and `error` stand in files of refused lines, which can be sent as they are. */
const KNOWN: ReadonlySet<string> = new Set(["object", "key", "event", "id", "sentAt", "line", "error"]);

export function parseLine(text: string, number: number): EventLine {
  const value = parse(text);
  if (!isRecord(value))
    throw invalid('a line must be an object: {"object":"counter","key":"c1","event":{"type":"ADD"}}');
  const unknown = Object.keys(value).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) throw invalid(`a line has object, key, event and id, not ${unknown.map(quote).join(", ")}`);
  const { object, key, event, id, sentAt } = value;
  if (typeof object !== "string" || !isObjectName(object)) throw invalid("object must be the name of an object");
  if (typeof key !== "string") throw new StatorError("INVALID_KEY", "key must be a text");
  assertKey(key);
  if (!isRecord(event)) throw invalid("event must be an object with a type");
  if (id !== undefined && typeof id !== "string") throw invalid("id must be a text");
  if (sentAt !== undefined && typeof sentAt !== "string") throw invalid("sentAt must be a text");
  return { number, text, address: { name: object, key }, event, id, sentAt };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`not JSON: ${(cause as Error).message}`);
  }
}

const invalid = (message: string): StatorError => new StatorError("INVALID_REQUEST", message);

/** Ids for the lines of one file, in order. */
export class LineIds {
  #hash: string;

  constructor(path: string) {
    this.#hash = digest(path);
  }

  /** Must be told of every line, also of those that have an id. */
  next(text: string, number: number): string {
    this.#hash = digest(`${this.#hash}\n${text}`);
    return `line-${number}-${this.#hash}`;
  }
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 22);
