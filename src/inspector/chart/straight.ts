/** Takes out the smallest bends: an arrow that misses its state's port by a few pixels moves the port. */
import type { FlatGraph, FlatLayout } from "./elk.ts";
import type { Box, Point } from "./geometry.ts";

/** Less than the distance between two ports. */
const MAX_JOG = 5;
/** From a state's corner. */
const CORNER = 10;

export function straightened(layout: FlatLayout, { edges }: FlatGraph): FlatLayout {
  const routes = layout.edges.map((route, i) => {
    const [source, target] = [layout.nodes[edges[i]?.source ?? -1], layout.nodes[edges[i]?.target ?? -1]];
    const points = withoutJog(withoutJog(route.points, source).toReversed(), target).toReversed();
    return { ...route, points };
  });
  return { ...layout, edges: routes };
}

/** At the beginning. */
function withoutJog(points: readonly Point[], box: Box | undefined): readonly Point[] {
  const [start, bend, next, ...rest] = points;
  if (box === undefined || start === undefined || bend === undefined || next === undefined || rest.length === 0) {
    return points;
  }
  const isUpright = Math.abs(start.x - bend.x) < Math.abs(start.y - bend.y);
  const jog = isUpright ? Math.abs(next.x - bend.x) : Math.abs(next.y - bend.y);
  const moved = isUpright ? { x: next.x, y: start.y } : { x: start.x, y: next.y };
  const [at, from, length] = isUpright ? [moved.x, box.x, box.width] : [moved.y, box.y, box.height];
  const fits = at > from + CORNER && at < from + length - CORNER;
  return jog > 0 && jog <= MAX_JOG && fits ? [moved, ...rest] : points;
}
