/**
 * How readable a layout is, in numbers. All but crossings and bends must be zero; the layout search prefers what has
 * none, and the tests insist on it.
 */
import type { Box, Point } from "./geometry.ts";

export interface Quality {
  readonly boxOverlaps: number;
  readonly labelOverlaps: number;
  readonly labelsOverBoxes: number;
  readonly edgesThroughBoxes: number;
  readonly edgesThroughLabels: number;
  readonly crossings: number;
  readonly bends: number;
}

export interface Route {
  readonly points: readonly Point[];
  readonly label: Box;
}

export interface Segment {
  readonly from: Point;
  readonly to: Point;
}

/** Of siblings and the arrows between them. */
export function qualityOf(boxes: readonly Box[], routes: readonly Route[]): Quality {
  const labels = routes.map(({ label }) => label);
  const segments = routes.map(({ points }) => segmentsOf(points));
  const all = segments.flat();
  return {
    boxOverlaps: pairs(boxes).filter(([a, b]) => overlap(a, b)).length,
    labelOverlaps: pairs(labels).filter(([a, b]) => overlap(a, b)).length,
    labelsOverBoxes: labels.flatMap((label) => boxes.filter((box) => overlap(label, box))).length,
    edgesThroughBoxes: all.flatMap((segment) => boxes.filter((box) => passes(segment, box))).length,
    edgesThroughLabels: segments.flatMap((own, i) =>
      labels.filter((label, j) => i !== j && own.some((segment) => passes(segment, label))),
    ).length,
    crossings: pairs(segments).reduce((sum, [a, b]) => sum + crossingsOf(a, b), 0),
    bends: routes.reduce((sum, { points }) => sum + Math.max(0, points.length - 2), 0),
  };
}

/** What must not be. */
export const faultsOf = (quality: Quality): number =>
  quality.boxOverlaps +
  quality.labelOverlaps +
  quality.labelsOverBoxes +
  quality.edgesThroughBoxes +
  quality.edgesThroughLabels;

export function segmentsOf(points: readonly Point[]): readonly Segment[] {
  return points.slice(1).map((to, i) => ({ from: points[i] ?? to, to }));
}

/** Touching is no overlap. */
const TOLERANCE = 1;

export function overlap(a: Box, b: Box): boolean {
  return (
    a.x + TOLERANCE < b.x + b.width &&
    b.x + TOLERANCE < a.x + a.width &&
    a.y + TOLERANCE < b.y + b.height &&
    b.y + TOLERANCE < a.y + a.height
  );
}

/** Segments are horizontal or vertical. */
export function passes({ from, to }: Segment, box: Box): boolean {
  return overlap(box, {
    x: Math.min(from.x, to.x) - TOLERANCE,
    y: Math.min(from.y, to.y) - TOLERANCE,
    width: Math.abs(from.x - to.x) + 2 * TOLERANCE,
    height: Math.abs(from.y - to.y) + 2 * TOLERANCE,
  });
}

function crossingsOf(a: readonly Segment[], b: readonly Segment[]): number {
  return a.flatMap((one) => b.filter((other) => cross(one, other) || cross(other, one))).length;
}

function cross(horizontal: Segment, vertical: Segment): boolean {
  const { y } = horizontal.from;
  const { x } = vertical.from;
  const isSquare = Math.abs(horizontal.to.y - y) < TOLERANCE && Math.abs(vertical.to.x - x) < TOLERANCE;
  return isSquare && between(x, horizontal.from.x, horizontal.to.x) && between(y, vertical.from.y, vertical.to.y);
}

const between = (value: number, one: number, other: number): boolean =>
  value > Math.min(one, other) + TOLERANCE && value < Math.max(one, other) - TOLERANCE;

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((item, i) => items.slice(i + 1).map((other) => [item, other] as const));
}
