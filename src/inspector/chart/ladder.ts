/**
 * Draws a saga's two lanes as a ladder. A step and what stands beside it are one node for ELK, as wide as the widest, with
 * the arrow between them inside; the other arrows get fixed ports under and over the state they belong to, so both lanes
 * run straight. Afterwards the nodes are taken apart again.
 *
 * Everything is computed as if it went downwards; to the right, x and y change places.
 */
import type { Direction, FlatEdge, FlatGraph, FlatLayout, FlatNode, Port } from "./elk.ts";
import type { Box, Point, Size } from "./geometry.ts";
import type { Lanes, Rung } from "./lanes.ts";

/** Between a lane and the label in the middle. */
const GAP = 24;

export class Ladder {
  readonly #lanes: Lanes;
  readonly #flat: FlatGraph;
  /** Place of each child in ELK's graph. */
  readonly #node: ReadonlyMap<number, number>;
  readonly #rungs: ReadonlyMap<number, PlacedRung>;
  readonly #ends: readonly (Ends | undefined)[];

  constructor(flat: FlatGraph, lanes: Lanes) {
    this.#flat = flat;
    this.#lanes = lanes;
    const undone = new Map(lanes.rungs.map(({ step, undo }) => [undo, step]));
    const nodes = new Map(lanes.order.map((child, i) => [child, i]));
    for (const [undo, step] of undone) nodes.set(undo, nodes.get(step) ?? 0);
    this.#node = nodes;
    this.#rungs = placeRungs(flat, lanes.rungs);
    this.#ends = this.#findEnds();
  }

  /** What ELK lays out. */
  get graph(): FlatGraph {
    const nodes = this.#lanes.order.map((child): FlatNode => {
      const rung = this.#rungs.get(child);
      if (rung === undefined) return this.#flat.nodes[child] ?? { width: 0, height: 0 };
      return { ...turned(rung.size, this.#flat.direction), ports: this.#portsOf(rung) };
    });
    return {
      ...this.#flat,
      nodes,
      edges: this.#outer().map(({ edge, ends }) => ({ ...edge, ...this.#wired(edge, ends) })),
    };
  }

  /** The layout of the children themselves. */
  unfold(layout: FlatLayout): FlatLayout {
    const outer = this.#outer();
    const boxes = this.#flat.nodes.map((size, child) => {
      const box = layout.nodes[this.#node.get(child) ?? 0] ?? { x: 0, y: 0, ...size };
      const inner = this.#memberOf(child);
      return inner === undefined ? box : within(box, inner, this.#flat.direction);
    });
    const edges = this.#flat.edges.map((edge, i) => {
      const route = layout.edges[outer.findIndex(({ index }) => index === i)];
      if (route !== undefined) return { ...route, points: this.#reaching(route.points, edge, boxes) };
      const rung = this.#rungs.get(edge.source);
      const box = layout.nodes[this.#node.get(edge.source) ?? 0];
      if (rung === undefined || box === undefined) throw new RangeError("an arrow inside a rung begins at its step");
      return {
        points: rung.points.map((point) => shifted(box, point, this.#flat.direction)),
        label: within(box, rung.label, this.#flat.direction),
      };
    });
    return { width: layout.width, height: layout.height, nodes: boxes, edges };
  }

  #memberOf(child: number): Box | undefined {
    const rung = this.#lanes.rungs.find(({ step, undo }) => step === child || undo === child);
    const placed = rung === undefined ? undefined : this.#rungs.get(rung.step);
    return rung?.step === child ? placed?.step : placed?.undo;
  }

  /** Arrows that are not inside a rung. */
  #outer(): readonly { readonly edge: FlatEdge; readonly index: number; readonly ends: Ends }[] {
    return this.#flat.edges.flatMap((edge, index) => {
      const ends = this.#ends[index];
      return ends === undefined ? [] : [{ edge, index, ends }];
    });
  }

  /** On which side each arrow leaves and arrives. */
  #findEnds(): readonly (Ends | undefined)[] {
    return this.#flat.edges.map(({ source, target }) => {
      const [from, to] = [this.#node.get(source) ?? 0, this.#node.get(target) ?? 0];
      if (from === to) return source === target ? { leaves: "end", arrives: "end" } : undefined;
      return from < to ? { leaves: "end", arrives: "start" } : { leaves: "start", arrives: "end" };
    });
  }

  #portsOf(rung: PlacedRung): readonly Port[] {
    return [rung.rung.step, rung.rung.undo].flatMap((child) =>
      (["start", "end"] as const).flatMap((side) => this.#portsAt(child, side).map(({ port }) => port)),
    );
  }

  /** Along the side of a state: the arrow that goes on in its own lane in the middle, the others where they lead to. */
  #portsAt(child: number, side: Side): readonly { readonly name: string; readonly port: Port }[] {
    const box = this.#memberOf(child);
    const rung = this.#rungOf(child);
    if (box === undefined || rung === undefined) return [];
    const { direction } = this.#flat;
    const arrows = this.#outer().flatMap(({ edge, index, ends }) => [
      ...(edge.source === child && ends.leaves === side ? [{ name: `${index}s`, other: edge.target }] : []),
      ...(edge.target === child && ends.arrives === side ? [{ name: `${index}t`, other: edge.source }] : []),
    ]);
    const lane = (other: number): number =>
      Number(this.#lanes.backward.has(other)) - Number(this.#lanes.backward.has(child));
    const far = (other: number): number => Math.abs((this.#node.get(other) ?? 0) - (this.#node.get(child) ?? 0));
    const sorted = arrows.toSorted((a, b) => lane(a.other) - lane(b.other) || far(b.other) - far(a.other));
    const main = sorted.findLastIndex(({ other }) => lane(other) === 0);
    return sorted.map(({ name }, i) => {
      const x = spread(i, main, sorted.length, box, child === rung.rung.step ? rung.spines.step : rung.spines.undo);
      const y = side === "start" ? 0 : rung.size.height;
      return { name, port: { id: name, ...turnedPoint({ x, y }, direction), side: SIDES[direction][side] } };
    });
  }

  #rungOf(child: number): PlacedRung | undefined {
    const rung = this.#lanes.rungs.find(({ step, undo }) => step === child || undo === child);
    return rung === undefined ? undefined : this.#rungs.get(rung.step);
  }

  #wired(edge: FlatEdge, ends: Ends): Partial<FlatEdge> {
    const index = this.#flat.edges.indexOf(edge);
    const port = (child: number, side: Side, name: string): string | undefined =>
      this.#portsAt(child, side).find((one) => one.name === name)?.port.id;
    return {
      source: this.#node.get(edge.source) ?? 0,
      target: this.#node.get(edge.target) ?? 0,
      sourcePort: port(edge.source, ends.leaves, `${index}s`),
      targetPort: port(edge.target, ends.arrives, `${index}t`),
    };
  }

  /** From the edge of the rung on to the state inside. */
  #reaching(points: readonly Point[], edge: FlatEdge, boxes: readonly Box[]): readonly Point[] {
    const reach = (point: Point | undefined, child: number): readonly Point[] => {
      const box = boxes[child];
      if (point === undefined || box === undefined) return [];
      if (this.#rungOf(child) === undefined) return [point];
      return [
        this.#flat.direction === "DOWN"
          ? { x: point.x, y: nearest(point.y, box.y, box.height) }
          : { x: nearest(point.x, box.x, box.width), y: point.y },
      ];
    };
    return [...reach(points[0], edge.source), ...points.slice(1, -1), ...reach(points.at(-1), edge.target)];
  }
}

type Side = "start" | "end";
interface Ends {
  readonly leaves: Side;
  readonly arrives: Side;
}
const SIDES: Readonly<Record<Direction, Readonly<Record<Side, Port["side"]>>>> = {
  DOWN: { start: "NORTH", end: "SOUTH" },
  RIGHT: { start: "WEST", end: "EAST" },
};

/** Coordinates within the rung. */
interface PlacedRung {
  readonly rung: Rung;
  readonly size: Size;
  /** Where the lines of the two lanes run. */
  readonly spines: { readonly step: number; readonly undo: number };
  readonly step: Box;
  readonly undo: Box;
  readonly label: Box;
  readonly points: readonly Point[];
}

function placeRungs({ nodes, edges, direction }: FlatGraph, rungs: readonly Rung[]): ReadonlyMap<number, PlacedRung> {
  const none: Size = { width: 0, height: 0 };
  const parts = rungs.map((rung) => ({
    rung,
    step: turned(nodes[rung.step] ?? none, direction),
    undo: turned(nodes[rung.undo] ?? none, direction),
    label: turned(
      edges.find(({ source, target }) => source === rung.step && target === rung.undo)?.label ?? none,
      direction,
    ),
  }));
  const widest = (part: "step" | "undo" | "label"): number => Math.max(...parts.map((one) => one[part].width));
  const [steps, labels, undos] = [widest("step"), widest("label"), widest("undo")];
  const right = steps + labels + 2 * GAP;
  // The lane's line runs through the middle of most states; a wider one grows away from the middle of the ladder.
  const spines = {
    step: steps - typical(parts.map(({ step }) => step.width)) / 2,
    undo: right + typical(parts.map(({ undo }) => undo.width)) / 2,
  };
  return new Map(
    parts.map(({ rung, step, undo, label }) => {
      const height = Math.max(step.height, undo.height, label.height);
      const placed = (x: number, size: Size): Box => ({ x, y: (height - size.height) / 2, ...size });
      const boxes = {
        step: placed(Math.min(spines.step - step.width / 2, steps - step.width), step),
        undo: placed(Math.max(spines.undo - undo.width / 2, right), undo),
        label: placed(steps + GAP + (labels - label.width) / 2, label),
      };
      const points = [
        { x: boxes.step.x + step.width, y: height / 2 },
        { x: boxes.undo.x, y: height / 2 },
      ];
      return [rung.step, { rung, size: { width: right + undos, height }, spines, ...boxes, points }];
    }),
  );
}

/** The upper median. */
function typical(widths: readonly number[]): number {
  return widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 0;
}

/** The main arrow on the lane's line, those before it and after it on their sides. */
function spread(i: number, main: number, count: number, { x, width }: Box, spine: number): number {
  if (main < 0) return x + (width * (i + 1)) / (count + 1);
  if (i <= main) return x + ((spine - x) * (i + 1)) / (main + 1);
  return spine + ((x + width - spine) * (i - main)) / (count - main);
}

const nearest = (value: number, start: number, length: number): number =>
  Math.abs(value - start) < Math.abs(value - start - length) ? start : start + length;

const turned = ({ width, height }: Size, direction: Direction): Size =>
  direction === "DOWN" ? { width, height } : { width: height, height: width };
const turnedPoint = ({ x, y }: Point, direction: Direction): Point =>
  direction === "DOWN" ? { x, y } : { x: y, y: x };

function shifted(box: Box, point: Point, direction: Direction): Point {
  const { x, y } = turnedPoint(point, direction);
  return { x: box.x + x, y: box.y + y };
}

function within(outer: Box, inner: Box, direction: Direction): Box {
  return { ...shifted(outer, inner, direction), ...turned(inner, direction) };
}
