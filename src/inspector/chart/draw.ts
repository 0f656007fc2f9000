/** The marks that an SVG is made of. Text stays text, and is as wide as it was measured. */
import type { Box, Point } from "./geometry.ts";
import type { TriggerKind } from "./names.ts";
import { textWidth, type Weight } from "./text.ts";

/** A coordinate, to a tenth. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** Characters that XML has no way to write. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(UNWRITABLE, "\ufffd")
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** Below, a text is too short for a reader's font to matter. */
const FREE = 2;

export function textAt({ x, y }: Point, text: string, size: number, weight: Weight, classes: string): string {
  const width = textWidth(text, size, weight);
  const fit = text.length > FREE ? ` textLength="${at(width)}" lengthAdjust="spacingAndGlyphs"` : "";
  return `<text x="${at(x)}" y="${at(y)}"${classes === "" ? "" : ` class="${classes}"`}${fit}>${escapeXml(text)}</text>`;
}

export function rectOf({ x, y, width, height }: Box, radius: number, classes: string): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="${at(radius)}" class="${classes}"/>`;
}

/** In a square of 12. */
const ICONS: Readonly<Record<Exclude<TriggerKind, "event"> | "invoke", string>> = {
  after: '<circle cx="6" cy="6" r="4.6"/><path d="M6 3.4V6l1.8 1.2"/>',
  done: '<path d="M2.2 6.4l2.6 2.6L9.8 3.6"/>',
  error: '<path d="M3 3l6 6M9 3l-6 6"/>',
  always: '<path d="M7 1.2L2.6 7H6l-1 3.8L9.4 5H6z"/>',
  snapshot: '<circle cx="6" cy="6" r="4.2"/><circle cx="6" cy="6" r="1"/>',
  invoke: '<path d="M3.4 2.4v7.2L9.4 6z"/>',
};

export function iconAt({ x, y }: Point, kind: TriggerKind | "invoke"): string {
  if (kind === "event") return "";
  return `<g class="icon t-${kind}" transform="translate(${at(x)} ${at(y)})">${ICONS[kind]}</g>`;
}

/** Order among the branches of one event. */
export function rankAt({ x, y }: Point, rank: number): string {
  const width = textWidth(String(rank), 9, 600);
  return `<g class="rank"><circle cx="${at(x)}" cy="${at(y)}" r="6"/>${textAt({ x: x - width / 2, y: y + 3.2 }, String(rank), 9, 600, "")}</g>`;
}

const CORNER = 9;
const TIP = { length: 8, half: 3.6 } as const;

/** Right angles, rounded. */
export function roundedPath(points: readonly Point[], cut = 0): string {
  const path = points.filter((point, i) => i === 0 || distance(point, points[i - 1] ?? point) > 0.5);
  const [first] = path;
  const last = path.at(-1);
  const before = path.at(-2);
  if (first === undefined || last === undefined || before === undefined) return "";
  const corners = path.slice(1, -1).map((corner, i) => {
    const from = path[i] ?? corner;
    const to = path[i + 2] ?? corner;
    const radius = Math.min(CORNER, distance(from, corner) / 2, distance(corner, to) / 2);
    const start = towards(corner, from, radius);
    const end = towards(corner, to, radius);
    return `L${at(start.x)} ${at(start.y)}Q${at(corner.x)} ${at(corner.y)} ${at(end.x)} ${at(end.y)}`;
  });
  const end = towards(last, before, Math.min(cut, distance(last, before) - 1));
  return `M${at(first.x)} ${at(first.y)}${corners.join("")}L${at(end.x)} ${at(end.y)}`;
}

/** The line with its arrow head. */
export function arrow(points: readonly Point[]): string {
  const last = points.at(-1);
  const before = points.findLast((point) => last !== undefined && distance(point, last) > 0.5);
  if (last === undefined || before === undefined) return "";
  const base = towards(last, before, TIP.length);
  const side = { x: ((last.y - base.y) / TIP.length) * TIP.half, y: ((base.x - last.x) / TIP.length) * TIP.half };
  const tip = `M${at(last.x)} ${at(last.y)}L${at(base.x + side.x)} ${at(base.y + side.y)}L${at(base.x - side.x)} ${at(base.y - side.y)}z`;
  return `<path class="line" d="${roundedPath(points, TIP.length - 1)}"/><path class="tip" d="${tip}"/>`;
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole === 0) return from;
  return { x: from.x + ((to.x - from.x) / whole) * length, y: from.y + ((to.y - from.y) / whole) * length };
}
