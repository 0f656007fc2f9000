/** What a request says: address, body, query and headers, each read strictly. Anything not understood is refused. */
import type { Context } from "hono";
import { type Address, assertKey, isObjectName, parseAddress, quote } from "../core/address.ts";
import { parseDelay } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { MAX_BODY_BYTES } from "../core/json.ts";
import { type ObjectStatus, STATUSES } from "../core/message.ts";
import { HEADER, MAX_PAGE } from "../core/wire.ts";
import type { Headers } from "../ports/transport.ts";
import { JSON_TYPE } from "./respond.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const invalid = (message: string): StatorError => new StatorError("INVALID_REQUEST", message);

/**
 * `/objects/{object}/{key}…` of the raw path, or what stands after `prefix` instead: an encoded slash belongs to the key,
 * a wrong encoding is refused.
 */
export function addressOf(c: Context, prefix = "/objects/"): Address {
  const [name = "", key = ""] = new URL(c.req.url).pathname.slice(prefix.length).split("/").map(decode);
  if (!isObjectName(name)) {
    throw new StatorError("UNKNOWN_OBJECT", `${quote(name)} is not the name of an object; it would be like 'order'`);
  }
  assertKey(key);
  return { name, key };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new StatorError("INVALID_KEY", `${quote(segment)} is not percent-encoded UTF-8`, { cause });
  }
}

/** The body's text, byte for byte; empty where there is none. */
export async function bodyOf(c: Context): Promise<string> {
  const encoding = c.req.header("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new StatorError(
      "UNSUPPORTED_MEDIA_TYPE",
      `content encoding ${quote(encoding)} is not taken: send plain JSON`,
    );
  }
  const bytes = await readBody(c);
  if (bytes.length === 0) return "";
  assertJson(c.req.header("content-type"));
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", "body is not UTF-8", { cause });
  }
}

/** A form of another site cannot send this type: with the check, every change needs a script that CORS stops. */
function assertJson(type: string | undefined): void {
  const [media = "", ...parameters] = (type ?? "").toLowerCase().split(";");
  const isUtf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?\s*)?$/.test(parameter));
  if (media.trim() === JSON_TYPE && isUtf8) return;
  const given = type === undefined ? "no content type" : `content type ${quote(type)}`;
  throw new StatorError("UNSUPPORTED_MEDIA_TYPE", `${given}: bodies are application/json in UTF-8`);
}

async function readBody(c: Context): Promise<Uint8Array> {
  if (Number(c.req.header("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const reader = c.req.raw.body?.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw tooLarge();
    }
    parts.push(value);
  }
  return Buffer.concat(parts);
}

const tooLarge = (): StatorError => new StatorError("TOO_LARGE", `body is above the limit of ${MAX_BODY_BYTES} bytes`);

const PASSED = [HEADER.sentAt, HEADER.delay, "traceparent", "tracestate"] as const;

/** What of the request's headers goes to the object: never a credential, never one that only hosts set. */
export function messageHeadersOf(c: Context): Headers {
  const headers: Record<string, string> = {};
  const id = c.req.header("idempotency-key");
  if (id !== undefined) headers[HEADER.messageId] = id;
  for (const name of PASSED) {
    const value = c.req.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/** The query, of which only these names are known and each stands once, but for those of `many`. */
export function queryOf<Name extends string>(
  c: Context,
  names: readonly Name[],
  many: readonly Name[] = [],
): Partial<Record<Name, string>> {
  const query: Partial<Record<Name, string>> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!(names as readonly string[]).includes(name)) {
      throw invalid(`query parameter ${quote(name)} is not known here; there are: ${names.join(", ")}`);
    }
    if (values.length > 1 && !(many as readonly string[]).includes(name))
      throw invalid(`query parameter ${name} is repeated`);
    query[name as Name] = values[0] ?? "";
  }
  return query;
}

export function wholeNumber(name: string, text: string | undefined, max = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw invalid(`${name} ${quote(text)} must be a whole number, at most ${max}`);
}

export function pageSize(text: string | undefined): number | undefined {
  const limit = wholeNumber("limit", text, MAX_PAGE);
  if (limit === 0) throw invalid("limit must be at least 1");
  return limit;
}

export function statusOf(text: string | undefined): ObjectStatus | undefined {
  if (text === undefined || (STATUSES as readonly string[]).includes(text)) return text as ObjectStatus | undefined;
  throw invalid(`status ${quote(text)} must be one of ${STATUSES.join(", ")}`);
}

/** A page's end as `name/key`. */
export const cursorOf = (text: string | undefined): Address | undefined =>
  text === undefined ? undefined : parseAddress(text);

/** `30s`, `5m`, or milliseconds. */
export function timeoutOf(text: string | undefined, defaultMs: number, maxMs: number): number {
  if (text === undefined) return defaultMs;
  const ms = /^\d+$/.test(text) ? Number(text) : /^[\d.]+(ms|s|m)$/.test(text) ? parseDelay(text, 0) : Number.NaN;
  if (ms > 0 && ms <= maxMs) return ms;
  throw invalid(`timeout ${quote(text)} must be like 30s, 5m or 1500ms, above 0 and at most ${maxMs} ms`);
}

/** A dotted path, or JSON where the value has several regions. */
export function stateValueOf(text: string): unknown {
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StatorError("INVALID_REQUEST", `matches ${quote(text)} is neither a path nor JSON`, { cause });
  }
}
