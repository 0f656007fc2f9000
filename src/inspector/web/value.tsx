/** Values of users: summarised by the server, shown as text, never run. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { DiffEntry } from "../api.ts";
import { visible } from "../visible.ts";
import { bytes, count } from "./format.ts";

const OPEN_DEPTH = 2;
const OPEN_ITEMS = 30;

interface ValueProps {
  readonly value: unknown;
  /** Asks for a masked field, by the keys down to it. */
  readonly onReveal?: ((field: readonly string[]) => void) | undefined;
}

export function Value({ value, onReveal }: ValueProps): JSX.Element {
  return (
    <div class="value">
      <Node value={value} field={[]} onReveal={onReveal} />
    </div>
  );
}

interface NodeProps extends ValueProps {
  readonly field: readonly string[];
}

function Node({ value, field, onReveal }: NodeProps): JSX.Element {
  const depth = field.length;
  const name = field.at(-1);
  const entries = entriesOf(value);
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH && entries.length <= OPEN_ITEMS);
  const label = name === undefined ? undefined : <span class="v-name">{nameText(name)}: </span>;
  if (entries.length === 0) {
    return (
      <div class="v-line">
        {label}
        <Plain value={value} />
        {onReveal !== undefined && depth > 0 && isMasked(value) ? (
          <button type="button" class="link" onClick={() => onReveal(field)}>
            Reveal…
          </button>
        ) : undefined}
      </div>
    );
  }
  if (depth === 0)
    return (
      <>
        {entries.map(([key, inner]) => (
          <Node key={key} value={inner} field={[key]} onReveal={onReveal} />
        ))}
      </>
    );
  return (
    <div>
      <button type="button" class="v-fold v-line" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {label}
        <span class="v-mute">{isOpen ? "" : oneLine(value)}</span>
      </button>
      {isOpen ? (
        <div class="v-inner">
          {entries.map(([key, inner]) => (
            <Node key={key} value={inner} field={[...field, key]} onReveal={onReveal} />
          ))}
        </div>
      ) : undefined}
    </div>
  );
}

/** Fields of what has fields; nothing for plain values and for what stands for one. */
function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value === null || typeof value !== "object" || replacement(value) !== undefined) return [];
  return Object.entries(value);
}

const isMasked = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (value as { readonly $masked?: unknown }).$masked === true;

const CUTS: ReadonlyMap<unknown, string> = new Map([
  ["text", "of text"],
  ["list", "items"],
  ["object", "fields"],
]);

/**
 * What the server wrote for a value that JSON does not know, or that it does not show. Users may store fields of the same
 * names: what is not just as the server writes it is a value like any other.
 */
function replacement(value: object): { readonly text: string; readonly look: string } | undefined {
  const { $masked, $cut, $date, $bigint, $map, $set, size, head } = value as Readonly<Record<string, unknown>>;
  if ($masked === true) return { text: "•••••• masked", look: "v-mute" };
  const what = CUTS.get($cut);
  if (what !== undefined && typeof size === "number") {
    const much = $cut === "text" ? bytes(size) : count(size);
    return { text: `${head === undefined ? "" : `${oneLine(head)} … `}(${much} ${what})`, look: "v-mute" };
  }
  if (typeof $date === "string") return { text: $date, look: "v-number" };
  if (typeof $bigint === "string") return { text: `${$bigint}n`, look: "v-number" };
  if (isList($map)) return { text: `Map ${oneLine($map)}`, look: "v-text" };
  if (isList($set)) return { text: `Set ${oneLine($set)}`, look: "v-text" };
  return undefined;
}

/** Whole, or cut. */
const isList = (value: unknown): boolean =>
  Array.isArray(value) || (value as { readonly $cut?: unknown } | null | undefined)?.$cut === "list";

function Plain({ value }: { readonly value: unknown }): JSX.Element {
  if (value !== null && typeof value === "object") {
    const instead = replacement(value);
    return <span class={instead?.look ?? "v-mute"}>{instead?.text ?? (Array.isArray(value) ? "[]" : "{}")}</span>;
  }
  const look = typeof value === "string" ? "v-text" : value === null || value === undefined ? "v-mute" : "v-number";
  return <span class={look}>{oneLine(value)}</span>;
}

const MAX_LINE = 160;

const short = (text: string): string => (text.length <= MAX_LINE ? text : `${text.slice(0, MAX_LINE)}…`);
const nameText = (name: string): string => visible(short(name));

/** As short text: `"LH 404"`, `{ id: "h-88" }`. */
export function oneLine(value: unknown): string {
  return short(lineOf(value, 0));
}

function lineOf(value: unknown, depth: number): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value !== "object") return visible(JSON.stringify(value) ?? String(value));
  const instead = replacement(value);
  if (instead !== undefined) return instead.text;
  if (depth >= 3) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value))
    return `[${value
      .slice(0, 20)
      .map((item) => lineOf(item, depth + 1))
      .join(", ")}]`;
  const fields = Object.entries(value).slice(0, 20);
  if (fields.length === 0) return "{}";
  return `{ ${fields.map(([key, inner]) => `${nameText(key)}: ${lineOf(inner, depth + 1)}`).join(", ")} }`;
}

/** What a turn changed, a line each. */
export function Diff({ entries, isCut }: DiffProps): JSX.Element {
  if (entries.length === 0) return <p class="quiet">The context did not change.</p>;
  return (
    <ul class="diff">
      {entries.flatMap(fieldByField).map(({ path, kind, before, after }) => (
        <li key={path}>
          {kind === "added" ? undefined : <Line look="out" sign="−" path={path} value={before} />}
          {kind === "removed" ? undefined : <Line look="in" sign="+" path={path} value={after} />}
        </li>
      ))}
      {isCut ? <li class="quiet">There are more changes than are shown.</li> : undefined}
    </ul>
  );
}

interface DiffProps {
  readonly entries: readonly DiffEntry[];
  readonly isCut: boolean;
}

interface LineProps {
  readonly look: "in" | "out";
  readonly sign: string;
  readonly path: string;
  readonly value: unknown;
}

function Line({ look, sign, path, value }: LineProps): JSX.Element {
  return (
    <div class={`diff-${look}`}>
      <span class="diff-sign">{sign}</span>
      <span>
        {path === "" ? "" : `${nameText(path)}: `}
        {oneLine(value)}
      </span>
    </div>
  );
}

/** A context that is new as a whole is told by its fields. */
function fieldByField(entry: DiffEntry): readonly DiffEntry[] {
  const fields = entry.path === "" && entry.kind === "added" ? entriesOf(entry.after) : [];
  if (fields.length === 0) return [entry];
  return fields.map(([path, after]) => ({ path, kind: "added", before: undefined, after }));
}
