/**
 * A chart as SVG: one file with its own colors for light and dark, no script, nothing loaded from elsewhere. The order of
 * painting keeps it readable: states with children, first arrows, arrows, states, and labels on top.
 */
import { badgesOf, markAt } from "./badge.ts";
import { arrow, at, escapeXml, iconAt, rankAt, rectOf, textAt } from "./draw.ts";
import type { ChartEdge, ChartGeometry, ChartNode, ChartStart, NodeRow } from "./geometry.ts";
import { labelOnTop } from "./label.ts";
import { LABEL, leadOf, markWidth, NODE, nameText, rowIndent, rowText, signWidth, TYPE } from "./measure.ts";
import { type ChartOverlay, Live } from "./overlay.ts";
import { textWidth } from "./text.ts";
import { chartCss, type Theme } from "./theme.ts";

export interface SvgOptions {
  readonly theme: Theme;
  /** Whether the file brings its style sheet. A page has `chartCss` in its own. */
  readonly hasStyle: boolean;
  /** Behind the machine: colored ground with dots. */
  readonly hasGround: boolean;
  /** Whether the machine is in it. A page draws that itself, a part at a time. */
  readonly hasMarks: boolean;
}
export const DEFAULT_SVG_OPTIONS: SvgOptions = { theme: "auto", hasStyle: true, hasGround: true, hasMarks: true };

export function renderSvg(
  geometry: ChartGeometry,
  overlay: ChartOverlay = {},
  given: Partial<SvgOptions> = {},
): string {
  const options = { ...DEFAULT_SVG_OPTIONS, ...given };
  const { width, height, machine } = geometry;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="sc" role="img">`,
    `<title>${escapeXml(`machine ${machine}`)}</title>`,
    `<desc>${escapeXml(description(geometry))}</desc>`,
    ...(options.hasStyle ? [`<style>${chartCss(options.theme)}</style>`] : []),
    ...(options.hasGround ? [ground(geometry)] : []),
    ...(options.hasMarks ? marksOf(geometry, overlay) : []),
    "</svg>\n",
  ].join("\n");
}

/** What the machine is drawn with, in the order of painting: one element each, as many whatever the overlay. */
export function* marksOf({ nodes, edges, starts }: ChartGeometry, overlay: ChartOverlay): Generator<string, void> {
  const live = new Live(overlay);
  const onGround = new Set(nodes.filter(({ parent }) => parent === nodes[0]?.id).map(({ id }) => id));
  for (const node of nodes) if (node.hasChildren) yield nodeOf(node, live);
  for (const start of starts) yield startOf(start);
  for (const edge of edges) yield edgeOf(edge, live);
  for (const node of nodes) if (!node.hasChildren) yield nodeOf(node, live);
  for (const edge of edges) yield labelOnTop(edge, onGround.has(edge.source), live);
}

function description({ nodes, edges }: ChartGeometry): string {
  const arrows = edges.flatMap(({ label }) => label.rows.map(({ title }) => title));
  return `${nodes.length} states. ${arrows.join("; ").replaceAll("\n", "; ")}`;
}

function ground({ width, height, hash }: ChartGeometry): string {
  return (
    `<defs><pattern id="dots-${hash}" width="20" height="20" patternUnits="userSpaceOnUse"><circle class="dots" cx="1" cy="1" r="1"/></pattern></defs>` +
    `<rect class="ground" width="${width}" height="${height}"/><rect fill="url(#dots-${hash})" width="${width}" height="${height}"/>`
  );
}

function startOf({ dot, points }: ChartStart): string {
  return `<g class="start"><circle cx="${at(dot.x)}" cy="${at(dot.y)}" r="4.2"/>${arrow(points)}</g>`;
}

const FLOWS = [1, 30, 1_000] as const;

function edgeOf({ id, role, points, label }: ChartEdge, live: Live): string {
  const transitions = label.rows.flatMap((row) => row.transitions);
  const isTaken = live.turnsOf(transitions) !== undefined;
  const isNext = !isTaken && live.isNext(transitions);
  const flow = FLOWS.filter((least) => live.flowOf(transitions) >= least).length;
  const classes = [
    `e-${role === "compensation" ? "undo" : role}`,
    ...(label.rows.every(({ trigger }) => trigger === "always") ? ["dashed"] : []),
    ...(isTaken ? ["taken"] : isNext ? ["next"] : live.isObject ? ["line-dim"] : []),
    ...(flow > 0 ? [`w${flow}`] : []),
  ];
  return `<g class="${classes.join(" ")}" data-edge-id="${id}">${arrow(points)}</g>`;
}

function nodeOf(node: ChartNode, live: Live): string {
  const isActive = live.isActive(node.id) && !node.isRoot;
  const isVisited = live.isVisited(node.id);
  const count = live.overlay.counts?.[node.id]?.total;
  const classes = [
    node.hasChildren ? "group" : "leaf",
    ...(node.isRoot ? ["root"] : []),
    ...(node.isRegion ? ["region"] : []),
    ...(node.role === "parked" ? ["park"] : node.role === "compensation" ? ["undo"] : []),
    ...(isActive ? ["active"] : isVisited && !node.hasChildren ? ["visited"] : []),
    ...(live.isObject && !node.hasChildren && !isActive && !isVisited ? ["dim"] : []),
  ];
  const radius = node.isRoot ? 16 : node.hasChildren ? 12 : 9;
  return (
    `<g class="${classes.join(" ")}" data-state-id="${escapeXml(node.id)}"${count === undefined ? "" : ` data-count="${count}"`}>` +
    `<title>${escapeXml(isActive ? `${node.title} (current)` : node.title)}</title>` +
    (isActive && !node.hasChildren ? rectOf(grown(node, 5), radius + 5, "aura") : "") +
    rectOf(node, radius, "box") +
    (node.kind === "final" ? rectOf(grown(node, -3.5), radius - 3, "inner") : "") +
    header(node) +
    rows(node, live) +
    `${badgesOf(node, live)}</g>`
  );
}

const grown = ({ x, y, width, height }: ChartNode, by: number) => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by,
});

const leftOf = (node: ChartNode): number => node.x + NODE.padding + (node.isRoot ? 4 : 0);

function header(node: ChartNode): string {
  const y = node.y + NODE.baseline;
  const x = leftOf(node) + signWidth(node);
  const name = nameText(node);
  const drawn = [signOf(node), textAt({ x, y }, name, TYPE.name, 600, "name")];
  let right = x + textWidth(name, TYPE.name, 600);
  for (const icon of node.icons) {
    drawn.push(iconAt({ x: right + 5, y: y - 10.5 }, icon));
    right += NODE.icon;
  }
  for (const mark of node.marks) {
    const box = { x: right + 6, y: y - 11.5, width: markWidth(mark), height: 15 };
    drawn.push(
      `<g class="mark">${rectOf(box, 7.5, "")}${textAt({ x: box.x + 6, y: y - 0.7 }, mark, TYPE.mark, 600, "")}</g>`,
    );
    right += box.width + 6;
  }
  return drawn.join("");
}

function signOf(node: ChartNode): string {
  const x = leftOf(node);
  const y = node.y + NODE.baseline - 4.5;
  if (node.kind === "final") {
    return `<g class="sign"><circle cx="${at(x + 6)}" cy="${at(y)}" r="5.5"/><circle class="full" cx="${at(x + 6)}" cy="${at(y)}" r="2.8"/></g>`;
  }
  if (node.kind === "parallel")
    return `<path class="sign" d="M${at(x + 3)} ${at(y - 5.5)}v11M${at(x + 9)} ${at(y - 5.5)}v11"/>`;
  return "";
}

function rows(node: ChartNode, live: Live): string {
  if (node.rows.length === 0) return "";
  const top = node.y + NODE.head;
  const rule = node.hasChildren
    ? ""
    : `<path class="rule" d="M${at(node.x + 0.6)} ${at(top - 2)}h${at(node.width - 1.2)}"/>`;
  return rule + node.rows.map((row, i) => rowOf(node, row, top + 2 + i * NODE.row, live)).join("");
}

function rowOf(node: ChartNode, row: NodeRow, y: number, live: Live): string {
  const { icon, word } = leadOf(row);
  const mark = live.markOf(row.transitions);
  const baseline = y + 12.5;
  let x = leftOf(node);
  const drawn: string[] = [];
  if (row.kind === "leaves") {
    const box = { x: node.x + 4, y: y + 0.5, width: node.width - 8, height: NODE.row - 2 };
    drawn.push(rectOf(box, 5, `chip t-${row.trigger ?? "event"}`));
  }
  if (row.priority !== undefined) {
    drawn.push(rankAt({ x: x + 5, y: y + 8.5 }, row.priority));
    x += LABEL.priority;
  }
  if (icon !== undefined) drawn.push(iconAt({ x: x - 1, y: y + 2.6 }, icon));
  else if (word !== "") drawn.push(textAt({ x, y: baseline }, word, TYPE.row, 400, "lead"));
  const quiet = row.kind === "tags" || row.kind === "history" || (row.kind === "leaves" && row.trigger === "event");
  const tone = quiet ? "quiet" : row.kind === "leaves" || row.kind === "on" ? `t-${row.trigger ?? "event"}` : "";
  drawn.push(textAt({ x: leftOf(node) + rowIndent(row), y: baseline }, rowText(row), TYPE.row, 400, tone));
  if (mark !== undefined) drawn.push(markAt({ x: node.x, y: y + 8.5 }, mark));
  const data = row.transitions.length === 0 ? "" : ` data-transitions="${row.transitions.join(" ")}"`;
  const hint = rowText(row) === row.text ? "" : `<title>${escapeXml(row.text)}</title>`;
  return `<g${data}>${hint}${drawn.join("")}</g>`;
}
