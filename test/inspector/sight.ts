/** What an eye would stumble over in a chart, counted over the whole picture and not level by level, as the layout does. */
import type { ChartGeometry, ChartNode } from "../../src/inspector/chart/index.ts";

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A name and the rows below it: `NODE.head` and `NODE.row` of the layout. */
const headOf = (node: ChartNode): Area => ({ ...node, height: 36 + node.rows.length * 18 });

export function stumbles(geometry: ChartGeometry): readonly string[] {
  const { nodes, edges, starts, width, height } = geometry;
  const line = (id: string | undefined): string[] => {
    const node = nodes.find((one) => one.id === id);
    return node === undefined ? [] : [node.id, ...line(node.parent)];
  };
  const holds = (outer: string, inner: string): boolean => line(inner).includes(outer);
  const whole = { x: 0, y: 0, width, height };
  const labels = edges.map(({ id, source, target, label }) => ({ id, source, target, ...label }));
  const lines = edges.flatMap(({ id, source, target, points }) =>
    pieces(points).map((area) => ({ id, source, target, area })),
  );
  const foreign = (source: string, box: ChartNode): boolean => !holds(box.id, source) || box.id === source;
  return [
    ...pairs(nodes).flatMap(([a, b]) =>
      !holds(a.id, b.id) && !holds(b.id, a.id) && meet(a, b) ? [`${a.id} over ${b.id}`] : [],
    ),
    ...nodes.flatMap((node) =>
      nodes
        .filter((outer) => outer.id === node.parent && !within(node, outer))
        .map(({ id }) => `${node.id} out of ${id}`),
    ),
    ...nodes
      .filter((node) => node.hasChildren)
      .flatMap((node) =>
        nodes
          .filter(({ parent }) => parent === node.id)
          .filter((child) => meet(headOf(node), child))
          .map(({ id }) => `${id} over the name of ${node.id}`),
      ),
    ...pairs(labels).flatMap(([a, b]) => (meet(a, b) ? [`label ${a.id} over label ${b.id}`] : [])),
    ...labels.flatMap((label) =>
      nodes
        .filter((node) => foreign(label.source, node) && meet(label, node))
        .map(({ id }) => `label ${label.id} over ${id}`),
    ),
    ...labels.flatMap((label) =>
      nodes
        .filter((node) => node.hasChildren && meet(label, headOf(node)))
        .map(({ id }) => `label ${label.id} over the name of ${id}`),
    ),
    ...labels.filter((label) => !within(label, whole)).map(({ id }) => `label ${id} outside`),
    ...lines.flatMap(({ id, source, area }) =>
      nodes.filter((node) => foreign(source, node) && meet(area, node)).map((node) => `arrow ${id} through ${node.id}`),
    ),
    ...lines.flatMap(({ id, area }) =>
      labels
        .filter((label) => label.id !== id && meet(area, label))
        .map((label) => `arrow ${id} through label ${label.id}`),
    ),
    ...lines.flatMap(({ id, area }) =>
      nodes
        .filter((node) => node.hasChildren && meet(area, headOf(node)))
        .map((node) => `arrow ${id} through the name of ${node.id}`),
    ),
    ...starts.flatMap((start) => inTheWayOf(start, geometry, holds)),
  ];
}

/** The dot and its arrow are beside the layout, and must not be over anything. */
function inTheWayOf(
  { parent, points }: ChartGeometry["starts"][number],
  { nodes, edges }: ChartGeometry,
  holds: (outer: string, inner: string) => boolean,
): readonly string[] {
  const lines = edges.flatMap(({ id, points }) => pieces(points).map((area) => ({ id, area })));
  return pieces(points).flatMap((area) => [
    ...nodes
      .filter((node) => !holds(node.id, parent) && meet(area, node))
      .map(({ id }) => `start of ${parent} over ${id}`),
    ...edges.filter(({ label }) => meet(area, label)).map(({ id }) => `start of ${parent} over label ${id}`),
    ...lines.filter((line) => meet(area, line.area)).map(({ id }) => `start of ${parent} over arrow ${id}`),
  ]);
}

export function crossings({ edges }: ChartGeometry): number {
  const lines = edges.map(({ points }) => pieces(points));
  const crossed = ([a, b]: readonly [readonly Area[], readonly Area[]]): number =>
    a.flatMap((one) => b.filter((other) => one.width > one.height !== other.width > other.height && meet(one, other)))
      .length;
  return pairs(lines).reduce((sum, pair) => sum + crossed(pair), 0);
}

/** Arrows leave and arrive at their states. */
export function looseEnds({ nodes, edges }: ChartGeometry): readonly string[] {
  const touches = (spot: Spot | undefined, id: string): boolean => {
    const node = nodes.find((one) => one.id === id);
    if (spot === undefined || node === undefined) return false;
    const edge = { x: node.x - 0.6, y: node.y - 0.6, width: node.width + 1.2, height: node.height + 1.2 };
    const core = { x: node.x + 0.6, y: node.y + 0.6, width: node.width - 1.2, height: node.height - 1.2 };
    return has(edge, spot) && !has(core, spot);
  };
  return edges
    .filter(({ source, target, points }) => !touches(points[0], source) || !touches(points.at(-1), target))
    .map(({ id, source, target }) => `${id}: ${source} → ${target}`);
}

const within = (inner: Area, outer: Area): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** Touching is allowed: half a pixel. */
const meet = (a: Area, b: Area): boolean =>
  a.x + 0.5 < b.x + b.width && b.x + 0.5 < a.x + a.width && a.y + 0.5 < b.y + b.height && b.y + 0.5 < a.y + a.height;

const has = (area: Area, { x, y }: Spot): boolean =>
  x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height;

/** The straight pieces of an arrow, two pixels wide, without the touching ends. */
function pieces(points: readonly Spot[]): readonly Area[] {
  return points.slice(1).map((to, i) => {
    const from = points[i] ?? to;
    const flat = Math.abs(from.y - to.y) < 0.1;
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    const length = Math.max(0, Math.abs(from.x - to.x) + Math.abs(from.y - to.y) - 1);
    return flat
      ? { x: x + 0.5, y: y - 1, width: length, height: 2 }
      : { x: x - 1, y: y + 0.5, width: 2, height: length };
  });
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((item, i) => items.slice(i + 1).map((other) => [item, other] as const));
}
