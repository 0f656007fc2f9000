/** The labels of arrows: a pill with a row for each event, opaque, so that no line shows through. */
import { markAt } from "./badge.ts";
import { at, escapeXml, iconAt, rankAt, rectOf, textAt } from "./draw.ts";
import type { ChartEdge, LabelRow, Point } from "./geometry.ts";
import { LABEL, TYPE } from "./measure.ts";
import type { Live } from "./overlay.ts";
import { textWidth } from "./text.ts";

/** Between a line and its label, where the ground is known; inside a state it would show as a ring. */
const HALO = 3;

export function labelOnTop({ id, role, label }: ChartEdge, isOnGround: boolean, live: Live): string {
  const transitions = label.rows.flatMap((row) => row.transitions);
  const turns = live.turnsOf(transitions);
  const mark = live.markOf(transitions);
  const isNext = turns === undefined && live.isNext(transitions);
  const state = turns !== undefined ? "taken" : isNext ? "next" : live.isObject ? "dim" : "";
  const isOneLine = label.height < 24;
  const { x, y, width, height } = label;
  const radius = isOneLine ? height / 2 - 1 : 8;
  const gap = isOnGround ? HALO : 0;
  const halo = { x: x - gap, y: y - gap + 1, width: width + 2 * gap, height: height + 2 * gap - 2 };
  const pill = { x, y: y + 1, width, height: height - 2 };
  const tops = label.rows.map((_, i) => y + 1.5 + label.rows.slice(0, i).reduce((sum, row) => sum + row.height, 0));
  const rows = label.rows.map((row, i) =>
    rowAt({ x, y: tops[i] ?? y }, row, { width, isFirst: i === 0 }, live, turns !== undefined),
  );
  return (
    // The halo is outside of what is dimmed: the line must not show through.
    `<g data-edge-id="${id}" class="e-${role === "compensation" ? "undo" : role}">${rectOf(halo, radius + gap, "halo")}` +
    `<g class="${state}">${rectOf(pill, radius, "pill")}${rows.join("")}</g>` +
    `${mark === undefined ? "" : markAt({ x: x + 2, y: y + 1 }, mark)}</g>`
  );
}

interface Frame {
  readonly width: number;
  readonly isFirst: boolean;
}

function rowAt(corner: Point, row: LabelRow, { width, isFirst }: Frame, live: Live, isTaken: boolean): string {
  const baseline = corner.y + 13;
  const left = corner.x + LABEL.padding;
  let x = left;
  const drawn: string[] = [];
  if (!isFirst) drawn.push(`<path class="split" d="M${at(corner.x + 6)} ${at(corner.y - 0.5)}h${at(width - 12)}"/>`);
  if (row.priority !== undefined) {
    drawn.push(rankAt({ x: x + 4.5, y: corner.y + 9 }, row.priority));
    x += LABEL.priority;
  }
  if (row.trigger !== "event") {
    drawn.push(iconAt({ x: x - 1, y: corner.y + 3 }, row.trigger));
    x += LABEL.icon;
  }
  if (row.text !== "") {
    drawn.push(textAt({ x, y: baseline }, row.text, TYPE.event, 600, `event t-${row.trigger}`));
    x += textWidth(row.text, TYPE.event, 600);
  }
  if (row.guard !== undefined) {
    drawn.push(textAt({ x: x + LABEL.gap, y: baseline }, row.guard, TYPE.row, 400, "quiet"));
    x += LABEL.gap + textWidth(row.guard, TYPE.row);
  }
  if (row.note !== undefined) drawn.push(textAt({ x: x + LABEL.gap, y: baseline }, row.note, TYPE.row, 600, "note"));
  row.actions.forEach((line, i) => {
    drawn.push(textAt({ x: left, y: baseline + (i + 1) * LABEL.action }, line, TYPE.action, 400, "does"));
  });
  const isOther = isTaken && live.turnsOf(row.transitions) === undefined;
  return (
    `<g data-transitions="${row.transitions.join(" ")}"${isOther ? ' class="row-dim"' : ""}>` +
    `<title>${escapeXml(row.title)}</title>${drawn.join("")}</g>`
  );
}
