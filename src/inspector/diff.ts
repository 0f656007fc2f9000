/** What differs between two values of users, path by path. Compared as they are, shown as they may be. */
import type { DiffEntry } from "./api.ts";
import { below, type FieldPath, isHidden } from "./sensitive.ts";
import { MASKED, show } from "./show.ts";

export interface Diff {
  readonly diff: readonly DiffEntry[];
  readonly isDiffCut: boolean;
}

const MAX_ENTRIES = 100;
/** Lists that differ in length are compared item by item all the same; beyond so many items they are one difference. */
const MAX_COMPARED = 1_000;

export function diffOf(before: unknown, after: unknown, secret: readonly FieldPath[]): Diff {
  const diff: DiffEntry[] = [];
  compare(before, after, "", secret, diff);
  return { diff: diff.slice(0, MAX_ENTRIES), isDiffCut: diff.length > MAX_ENTRIES };
}

type Fields = Readonly<Record<string, unknown>>;

function compare(before: unknown, after: unknown, path: string, secret: readonly FieldPath[], into: DiffEntry[]): void {
  if (into.length > MAX_ENTRIES || Object.is(before, after)) return;
  const isOpaque = isHidden(secret) || !isBranch(before) || !isBranch(after);
  if (isOpaque || Array.isArray(before) !== Array.isArray(after) || sizeOf(before) + sizeOf(after) > MAX_COMPARED) {
    if (!isEqual(before, after)) into.push(entryOf(before, after, path, secret));
    return;
  }
  const isList = Array.isArray(before);
  const [old, now] = [before as Fields, after as Fields];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const at = isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    compare(old[key], now[key], at, below(secret, isList ? "*" : key), into);
  }
}

const isBranch = (value: unknown): value is object => typeof value === "object" && value !== null;
const sizeOf = (value: unknown): number => (isBranch(value) ? Object.keys(value).length : 0);
const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function entryOf(before: unknown, after: unknown, path: string, secret: readonly FieldPath[]): DiffEntry {
  const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  const masked = isHidden(secret);
  const shown = (value: unknown): unknown => (value === undefined ? undefined : masked ? MASKED : show(value, secret));
  return { path, kind, before: shown(before), after: shown(after) };
}
