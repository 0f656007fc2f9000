/**
 * Small JSON files that are whole or absent: written aside and renamed. What cannot be read counts as absent.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { systemCode } from "./errors.ts";

export function writeJson(path: string, value: unknown): void {
  const aside = `${path}.${process.pid}.${randomUUID()}.tmp`;
  try {
    writeFileSync(aside, `${JSON.stringify(value, undefined, 2)}\n`);
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The fields of the object in the file; undefined when there is no file, or no JSON object in it. */
export function readJson(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asFields(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof SyntaxError || systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
