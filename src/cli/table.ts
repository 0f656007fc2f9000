/** Tables and texts for people. Nothing that an object holds can move the cursor or change colours of a terminal. */
import pc from "picocolors";
import type { Io } from "./io.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours only where a person looks, and never against NO_COLOR. */
export function colorsOf(io: Io): Colors {
  return pc.createColors(io.isTerminal && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb");
}

/** Control characters as escapes; also those that swap the direction of text. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export interface Column<Row> {
  readonly title: string;
  readonly align?: "right";
  readonly text: (row: Row) => string;
}

/** Columns padded to their widest text; lines cut to `maxWidth`, without trailing space. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  colors: Colors,
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) => columns.map(({ text }) => printable(text(row))));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const layout = (line: readonly string[]): string => {
    const padded = line.map((cell, i) =>
      columns[i]?.align === "right" ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    return cut(padded.join("  ").trimEnd(), maxWidth);
  };
  const head = colors.dim(layout(columns.map(({ title }) => title)));
  return [head, ...cells.map(layout)].map((line) => `${line}\n`).join("");
}

/** `name  value` lines. */
export function list(pairs: readonly (readonly [string, string])[], colors: Colors): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${printable(value)}\n`).join("");
}

const cut = (line: string, width: number): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** A state value as a path: `active.paid`; regions side by side: `a.x, b.y`. */
export function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return value === undefined || value === null ? "-" : String(value);
  return Object.entries(value)
    .map(([name, inner]) => {
      const text = stateText(inner);
      return text.includes(", ") ? `${name}.(${text})` : text === "" ? name : `${name}.${text}`;
    })
    .join(", ");
}
