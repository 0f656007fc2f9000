/** The dot and its arrow into the first state: drawn where nothing else is, beside the layout, since it would cost a layer. */
import type { Box, ChartStart, Point } from "./geometry.ts";
import { overlap, passes, type Route, segmentsOf } from "./quality.ts";

/** From the state's corner, how far the dot is out and along. */
const OUT = 17;
const ALONG = 16;
const RADIUS = 5;

export function startOf(state: Box, siblings: readonly Box[], routes: readonly Route[]): Omit<ChartStart, "parent"> {
  const places = placesAround(state);
  const free = places.find(({ points }) => isFree(points, state, siblings, routes));
  const place = free ?? places[0];
  if (place === undefined) throw new RangeError("a state has four sides");
  return place;
}

interface Place {
  readonly dot: Point;
  readonly points: readonly Point[];
}

function placesAround({ x, y, width, height }: Box): readonly Place[] {
  const bent = (dot: Point, end: Point, isDownFirst: boolean): Place => ({
    dot,
    points: [dot, isDownFirst ? { x: dot.x, y: end.y } : { x: end.x, y: dot.y }, end],
  });
  return [
    bent({ x: x - OUT, y: y - 11 }, { x, y: y + ALONG }, true),
    bent({ x: x - OUT, y: y + height + 11 }, { x, y: y + height - ALONG }, true),
    bent({ x: x - 11, y: y - OUT }, { x: x + ALONG, y }, false),
    bent({ x: x + width + 11, y: y - OUT }, { x: x + width - ALONG, y }, false),
    bent({ x: x - 11, y: y + height + OUT }, { x: x + ALONG, y: y + height }, false),
  ];
}

function isFree(points: readonly Point[], state: Box, siblings: readonly Box[], routes: readonly Route[]): boolean {
  const own = segmentsOf(points).map(({ from, to }) => around(from, to));
  const boxes = [...siblings.filter((box) => box !== state), ...routes.map(({ label }) => label)];
  const segments = routes.flatMap((route) => segmentsOf(route.points));
  return own.every(
    (box) => !boxes.some((other) => overlap(box, other)) && !segments.some((segment) => passes(segment, box)),
  );
}

/** With room for the dot. */
function around(from: Point, to: Point): Box {
  return {
    x: Math.min(from.x, to.x) - RADIUS,
    y: Math.min(from.y, to.y) - RADIUS,
    width: Math.abs(from.x - to.x) + 2 * RADIUS,
    height: Math.abs(from.y - to.y) + 2 * RADIUS,
  };
}
