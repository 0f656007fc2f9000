/** How large what is written is: the sizes that the layout gets and the SVG keeps to. */
import type { ChartLabel, LabelRow, NodeFace, NodeRow, Size } from "./geometry.ts";
import type { TriggerKind } from "./names.ts";
import { shorten, textWidth, wrap } from "./text.ts";
import type { ViewRow } from "./view.ts";

/** Sizes of type, and the distances that go with them. */
export const TYPE = { name: 13, event: 11.5, row: 11, action: 10.5, mark: 9.5, badge: 10.5 } as const;
export const NODE = {
  padding: 12,
  /** Of the name alone. */
  head: 36,
  baseline: 22.5,
  row: 18,
  rowsBottom: 7,
  /** Beside the name for a count: kept free, so that live data moves nothing. */
  slot: 46,
  icon: 16,
  minWidth: 84,
} as const;
export const LABEL = { padding: 9, line: 19, action: 13, icon: 15, priority: 16, gap: 5 } as const;

const MAX_ROW = 300;
const MAX_ACTIONS = 190;
const MAX_NAME = 340;

/** What stands before the text of a row. */
export function leadOf(row: NodeRow): { readonly icon: TriggerKind | "invoke" | undefined; readonly word: string } {
  const icon = row.kind === "invoke" ? "invoke" : row.trigger === "event" ? undefined : row.trigger;
  const word =
    row.kind === "entry" || row.kind === "exit" ? `${row.kind} /` : row.kind === "on" && icon === undefined ? "on" : "";
  return { icon, word };
}

export const rowText = (row: NodeRow): string => shorten(row.text, MAX_ROW, TYPE.row);
export const nameText = (face: NodeFace): string => shorten(face.key, MAX_NAME, TYPE.name, 600);
export const markWidth = (mark: string): number => textWidth(mark, TYPE.mark, 600) + 12;

/** Offset of a row's text from the row's beginning. */
export function rowIndent(row: NodeRow): number {
  const { icon, word } = leadOf(row);
  const before = row.priority === undefined ? 0 : LABEL.priority;
  if (icon !== undefined) return before + LABEL.icon;
  return before + (word === "" ? 0 : textWidth(word, TYPE.row) + 5);
}

/** Of the sign before a name: ◉ of a final state, ‖ of a parallel one. */
export const signWidth = (face: NodeFace): number =>
  face.kind === "final" || face.kind === "parallel" ? NODE.icon + 2 : 0;

/** Of the upper part of a state: name, rows, and nothing of what is inside. */
export function headSize(face: NodeFace): Size {
  const marks = face.marks.reduce((sum, mark) => sum + markWidth(mark) + 6, 0);
  const name = textWidth(nameText(face), TYPE.name, 600) + signWidth(face) + marks + face.icons.length * NODE.icon;
  const rows = face.rows.map((row) => rowIndent(row) + textWidth(rowText(row), TYPE.row));
  const width = Math.max(NODE.minWidth, Math.ceil(Math.max(name + NODE.slot, ...rows) + NODE.padding * 2));
  const height = NODE.head + (face.rows.length > 0 ? face.rows.length * NODE.row + NODE.rowsBottom : 0);
  return { width, height };
}

/** The label of an arrow, at no place yet. */
export function labelOf(rows: readonly ViewRow[]): Omit<ChartLabel, "x" | "y"> {
  const measured = rows.map(measure);
  const width = Math.ceil(Math.max(...measured.map((row) => row.width)));
  return { width, height: measured.reduce((sum, row) => sum + row.height, 0) + 2, rows: measured };
}

function measure(row: ViewRow): LabelRow {
  const actions = row.actions.length === 0 ? [] : wrap(listed(row.actions), MAX_ACTIONS, TYPE.action);
  const text = shorten(row.text, MAX_NAME, TYPE.event, 600);
  const guard = row.guard === undefined ? undefined : shorten(`[${row.guard}]`, MAX_ROW, TYPE.row);
  const parts = [
    ...(row.priority === undefined ? [] : [LABEL.priority]),
    ...(row.trigger === "event" ? [] : [LABEL.icon]),
    ...(text === "" ? [] : [textWidth(text, TYPE.event, 600)]),
    ...(guard === undefined ? [] : [textWidth(guard, TYPE.row) + LABEL.gap]),
    ...(row.note === undefined ? [] : [textWidth(row.note, TYPE.row, 600) + LABEL.gap]),
  ];
  const first = parts.reduce((sum, part) => sum + part, 0);
  const width = Math.max(first, ...actions.map((line) => textWidth(line, TYPE.action))) + LABEL.padding * 2;
  return {
    ...row,
    text,
    guard,
    actions,
    width,
    height: LABEL.line + (actions.length > 0 ? actions.length * LABEL.action + 2 : 0),
  };
}

/** `/ one, two`, in words that may be broken between. */
const listed = (actions: readonly string[]): readonly string[] =>
  actions.map((name, i) => `${i === 0 ? "/ " : ""}${name}${i < actions.length - 1 ? "," : ""}`);
