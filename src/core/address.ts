/**
 * Who an object is: its definition's name and its key. And where it lives: the partition that the address hashes to.
 *
 * Keys are compared byte by byte and never normalised. The subject token of a key is injective: a key has exactly one
 * token and parsing refuses every other spelling, so two keys never share a subject (and one key never has two).
 */
import { StatorError } from "./errors.ts";

export interface Address {
  readonly name: string;
  readonly key: string;
}

const NAMESPACE = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const OBJECT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const PLAIN_TOKEN = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_KEY_BYTES = 512;

export const isNamespace = (text: string): boolean => NAMESPACE.test(text);
export const isObjectName = (text: string): boolean => OBJECT_NAME.test(text);

export function assertNamespace(text: string): void {
  if (!isNamespace(text)) {
    throw new StatorError("INVALID_REQUEST", `namespace ${quote(text)} must match ${NAMESPACE.source}`);
  }
}

/** What is wrong with a key, or undefined where it is fine. */
export function keyProblem(key: unknown): string | undefined {
  if (typeof key !== "string") return "must be a string";
  if (key.length === 0) return "must not be empty";
  if (key.includes("\u0000")) return "must not contain U+0000";
  if (!key.isWellFormed()) return "must be well-formed Unicode, it holds a lone surrogate";
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) return `must be at most ${MAX_KEY_BYTES} bytes of UTF-8, it has ${bytes}`;
  return undefined;
}

export function assertKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new StatorError("INVALID_KEY", `key ${quote(key)} ${problem}`);
}

/** `name/key`, as people write it and as logs show it. */
export const formatAddress = (address: Address): string => `${address.name}/${address.key}`;

/** Parses `name/key`; the key may itself contain slashes. */
export function parseAddress(text: string): Address {
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.slice(0, slash);
  const key = slash < 0 ? "" : text.slice(slash + 1);
  if (slash < 0 || !isObjectName(name)) {
    throw new StatorError("INVALID_REQUEST", `object ${quote(text)} must be written name/key, for example order/o-1`);
  }
  assertKey(key);
  return { name, key };
}

/** The key as one NATS subject token: as it is where it is plain, else `~` and base64url of its UTF-8 bytes. */
export function keyToken(key: string): string {
  return PLAIN_TOKEN.test(key) ? key : `~${Buffer.from(key, "utf8").toString("base64url")}`;
}

/** The exact inverse of `keyToken`: a token that does not encode back to itself is refused. */
export function keyOfToken(token: string): string {
  if (PLAIN_TOKEN.test(token)) return token;
  const key = token.startsWith("~") ? Buffer.from(token.slice(1), "base64url").toString("utf8") : token;
  assertKey(key);
  if (keyToken(key) !== token) {
    throw new StatorError(
      "INVALID_KEY",
      `subject token ${quote(token)} is not the token of a key; it would be ${keyToken(key)}`,
    );
  }
  return key;
}

/** The partition of an address: murmur3_32 (seed 0) of the UTF-8 bytes of `name/key`, modulo the partition count. */
export function partitionOf(address: Address, partitions: number): number {
  return murmur3(Buffer.from(formatAddress(address), "utf8")) % partitions;
}

/** MurmurHash3 x86 32-bit, seed 0 (Austin Appleby, public domain); judged by its published vectors. */
export function murmur3(bytes: Uint8Array, seed = 0): number {
  const blocks = bytes.length >> 2;
  let h = seed;
  for (let i = 0; i < blocks; i++) {
    const at = i * 4;
    const k = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    h ^= scramble(k);
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocks * 4; at--) tail = (tail << 8) | byte(bytes, at);
  h ^= scramble(tail) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

function scramble(k: number): number {
  const mixed = Math.imul(k, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/** At most 64 characters of what was given, as JSON, for error messages. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
