/**
 * Where everything is. Each compound state is a flat graph, laid out from the inside outwards: downwards and to the
 * right, with its children in their narrowest, lowest and smallest forms. Only the best sizes are kept, and the machine
 * takes what is largest in the viewport, with few crossings. The same model gives the same geometry, always.
 */
import { type Direction, Elk, type FlatGraph, type FlatLayout, LARGE, MARGIN } from "./elk.ts";
import type { ChartEdge, ChartGeometry, ChartNode, ChartStart, Detail, Point, Size } from "./geometry.ts";
import { Ladder } from "./ladder.ts";
import { type Lanes, lanesOf } from "./lanes.ts";
import { headSize, labelOf } from "./measure.ts";
import { type ChartModel, chartHash } from "./model.ts";
import { faultsOf, qualityOf } from "./quality.ts";
import { startOf } from "./start.ts";
import { straightened } from "./straight.ts";
import { type ViewEdge, type ViewNode, viewOf } from "./view.ts";

export interface LayoutOptions {
  readonly detail: Detail;
  /** The shape to fill; the picture may be larger. */
  readonly viewport: Size;
}
export const DEFAULT_LAYOUT_OPTIONS: LayoutOptions = { detail: "full", viewport: { width: 1600, height: 1000 } };

/** A ladder stands: it goes down. */
interface Way {
  readonly direction: Direction;
  readonly lanes: Lanes | undefined;
}

/** One way to lay out a state, with all that is inside. */
interface Form extends Size {
  readonly node: ViewNode;
  readonly children: readonly Form[];
  readonly layout: FlatLayout | undefined;
  readonly way: Way | undefined;
  readonly crossings: number;
  readonly faults: number;
}

/** Around the machine. */
const OUTSIDE = 12;
/** One crossing is worth this much of the size. */
const PER_CROSSING = 0.94;
const PER_FAULTS = 0.01;
/** What less area is worth against size. */
const GROUND = 0.45;
/** Other forms that are tried on the machine. */
const MAX_TRIALS = 3;
/** Room on the left for the dot and its arrow. */
const START: Readonly<Record<Detail, number>> = { full: 42, compact: 38 };

/** In this thread. `ChartLayouts` does it in another, once a chart. */
export async function layoutChart(model: ChartModel, given: Partial<LayoutOptions> = {}): Promise<ChartGeometry> {
  const { detail, viewport } = { ...DEFAULT_LAYOUT_OPTIONS, ...given };
  const elk = Elk.load();
  const forms = await formsOf(viewOf(model, detail), { elk, detail, sagaRoot: undefined });
  const best = forms.reduce((one, other) => (worth(other, viewport) > worth(one, viewport) ? other : one));
  return geometryOf(await refined(best, forms, viewport, { elk, detail, sagaRoot: undefined }), model, detail);
}

/** How large it appears in the viewport; of two that appear alike, the one with less empty ground. */
function worth({ width, height, crossings, faults }: Form, viewport: Size): number {
  const scale = Math.min(viewport.width / width, viewport.height / height);
  return (scale / (width * height) ** GROUND) * PER_CROSSING ** crossings * (faults > 0 ? PER_FAULTS : 1);
}

/** Tries other forms of single states, the largest first. */
async function refined(best: Form, forms: readonly Form[], viewport: Size, search: Search): Promise<Form> {
  const { node, way } = best;
  if (way === undefined || isLarge(node)) return best;
  let form = best;
  let left = MAX_TRIALS;
  const sizes = best.children.map(area);
  const largest = sizes.map((_, i) => i).toSorted((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  for (const i of largest) {
    for (const other of new Set(forms.flatMap(({ children }) => children.slice(i, i + 1)))) {
      if (other === form.children[i] || left === 0) continue;
      left--;
      const trial = await formOf(node, form.children.with(i, other), way, search);
      if (worth(trial, viewport) > worth(form, viewport)) form = trial;
    }
  }
  return form;
}

interface Search {
  readonly elk: Elk;
  readonly detail: Detail;
  /** The machine, where one of its states is a whole compensation lane. */
  readonly sagaRoot: ViewNode | undefined;
}

async function formsOf(node: ViewNode, search: Search): Promise<readonly Form[]> {
  if (node.children.length === 0) {
    return [{ node, ...headSize(node.face), children: [], layout: undefined, way: undefined, crossings: 0, faults: 0 }];
  }
  const inner = { ...search, sagaRoot: node.face.isRoot && hasLane(node) ? node : undefined };
  const children: (readonly Form[])[] = [];
  for (const child of node.children) children.push(await formsOf(child, inner));
  const lanes = lanesOf(node);
  const directions: readonly Direction[] = lanes === undefined ? directionsOf(node, inner, search) : ["DOWN"];
  const forms: Form[] = [];
  for (const choice of choicesOf(children).slice(0, isLarge(node) ? 1 : undefined)) {
    for (const direction of directions) forms.push(await formOf(node, choice, { direction, lanes }, search));
    const isBroken = lanes !== undefined && forms.at(-1)?.faults !== 0;
    if (isBroken) forms.push(await formOf(node, choice, { direction: "DOWN", lanes: undefined }, search));
  }
  const sound = forms.some(({ faults }) => faults === 0) ? forms.filter(({ faults }) => faults === 0) : forms;
  return node.face.isRoot ? sound : best(sound);
}

/** One layout takes seconds, and no order of forms makes it small. */
const isLarge = ({ children, edges }: ViewNode): boolean => children.length + edges.length > LARGE;

/** A compound state that is a compensation lane of its own. */
const hasLane = (node: ViewNode): boolean =>
  node.children.filter(({ face }) => face.role === "compensation").length === 1 &&
  node.children.some(({ face, children }) => face.role === "compensation" && children.length > 2);

/** A saga with a lane of its own: the lanes are above each other, and each goes to the right. */
function directionsOf(node: ViewNode, { sagaRoot }: Search, outer: Search): readonly Direction[] {
  if (sagaRoot === node) return ["DOWN"];
  if (outer.sagaRoot?.children.includes(node)) return ["RIGHT"];
  return ["DOWN", "RIGHT"];
}

/** All children in the form of the viewport, all small, all narrow, all low. */
function choicesOf(children: readonly (readonly Form[])[]): readonly (readonly Form[])[] {
  const choices = ORDERS.map((order) => children.map((forms) => least(forms, order)));
  return choices.filter(
    (choice, i) => !choices.slice(0, i).some((other) => choice.every((form, j) => form === other[j])),
  );
}

const area = ({ width, height }: Form): number => width * height;
const ORDERS: readonly ((form: Form) => number)[] = [
  ({ width, height }) => width + 1.6 * height,
  area,
  ({ width }) => width,
  ({ height }) => height,
];

function least(forms: readonly Form[], order: (form: Form) => number): Form {
  return forms.reduce((one, other) => (order(other) < order(one) ? other : one));
}

/** The one nearest to the viewport's form, the smallest, the narrowest and the lowest; crossings make a form larger than it is. */
function best(forms: readonly Form[]): readonly Form[] {
  return [
    ...new Set(ORDERS.map((order) => least(forms, (form) => order(form) / PER_CROSSING ** (2 * form.crossings)))),
  ];
}

async function formOf(node: ViewNode, children: readonly Form[], way: Way, search: Search): Promise<Form> {
  const layout = await layoutLevel(flatGraph(node, children, way.direction, search.detail), way, search.elk);
  const quality = qualityOf(layout.nodes, layout.edges);
  return {
    node,
    width: Math.max(layout.width, headSize(node.face).width),
    height: layout.height,
    children,
    layout,
    way,
    crossings: quality.crossings + children.reduce((sum, child) => sum + child.crossings, 0),
    faults: faultsOf(quality) + children.reduce((sum, child) => sum + child.faults, 0),
  };
}

async function layoutLevel(graph: FlatGraph, { lanes }: Way, elk: Elk): Promise<FlatLayout> {
  if (lanes === undefined) return straightened(await elk.layout(graph), graph);
  const ladder = new Ladder(graph, lanes);
  return straightened(ladder.unfold(await elk.layout(ladder.graph)), graph);
}

function flatGraph(node: ViewNode, children: readonly Form[], direction: Direction, detail: Detail): FlatGraph {
  const positions = new Map(node.children.map(({ face }, i) => [face.id, i]));
  const at = (id: string): number => positions.get(id) ?? 0;
  const top = headSize(node.face).height + (detail === "compact" ? 13 : 18);
  return {
    direction,
    detail,
    padding: { top, left: node.initial === undefined ? MARGIN[detail] : START[detail] },
    nodes: children.map(({ width, height }) => ({ width, height })),
    edges: node.edges.map(({ source, target, rows }) => {
      const { width, height } = labelOf(rows);
      const isStraight = rows.some(({ trigger }) => trigger === "done");
      return {
        source: at(source),
        target: at(target),
        label: { width, height },
        leadsOn: source === node.initial,
        isStraight,
      };
    }),
  };
}

function geometryOf(form: Form, model: ChartModel, detail: Detail): ChartGeometry {
  const placed: Placed = { nodes: [], edges: [], starts: [] };
  placeForm(form, { x: OUTSIDE, y: OUTSIDE }, undefined, placed);
  return {
    machine: model.id,
    hash: chartHash(model),
    detail,
    width: Math.ceil(form.width + 2 * OUTSIDE),
    height: Math.ceil(form.height + 2 * OUTSIDE),
    ...placed,
  };
}

interface Placed {
  readonly nodes: ChartNode[];
  readonly edges: ChartEdge[];
  readonly starts: ChartStart[];
}

function placeForm(
  { node, layout, children, ...size }: Form,
  at: Point,
  parent: string | undefined,
  placed: Placed,
): void {
  const { width, height } = size;
  placed.nodes.push({ ...node.face, parent, hasChildren: children.length > 0, ...at, width, height });
  if (layout === undefined) return;
  const boxes = layout.nodes.map((box) => moved(box, at));
  const edges = node.edges.map((edge, i) => edgeOf(edge, layout.edges[i], at));
  const first = node.children.findIndex(({ face }) => face.id === node.initial);
  const start = boxes[first];
  if (start !== undefined) placed.starts.push({ parent: node.face.id, ...startOf(start, boxes, edges) });
  placed.edges.push(...edges);
  for (const [i, child] of children.entries()) placeForm(child, boxes[i] ?? at, node.face.id, placed);
}

function edgeOf({ rows, ...edge }: ViewEdge, route: FlatLayout["edges"][number] | undefined, at: Point): ChartEdge {
  if (route === undefined) throw new RangeError(`no route for arrow ${edge.id}`);
  const points = route.points.map((point) => moved(point, at));
  return { ...edge, points, label: { ...labelOf(rows), ...moved({ x: route.label.x, y: route.label.y }, at) } };
}

function moved<T extends Point>(what: T, by: Point): T {
  return { ...what, x: round(what.x + by.x), y: round(what.y + by.y) };
}

const round = (value: number): number => Math.round(value * 10) / 10;
