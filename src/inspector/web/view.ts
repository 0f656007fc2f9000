/** Which part of a chart is in sight: all of it where it can be read, else where the object is. */
import type { Box, ChartGeometry, ChartNode, Point } from "../chart/geometry.ts";
import type { ChartOverlay } from "../chart/overlay.ts";

/** What there is to draw on, in pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

const MAX_SCALE = 1.15;
/** Below, names cannot be read. */
const MIN_SCALE = 0.62;
/** Of a part. */
const READING_SCALE = 0.82;

/** All of it, never larger than life. */
export function wholeView({ width, height }: ChartGeometry, room: Room): Box {
  const scale = Math.min(MAX_SCALE, room.width / width, room.height / height);
  return around({ x: width / 2, y: height / 2 }, room, scale);
}

export const isReadable = (view: Box, room: Room): boolean => room.width / view.width >= MIN_SCALE;

export function firstView(geometry: ChartGeometry, overlay: ChartOverlay, room: Room): Box {
  const whole = wholeView(geometry, room);
  if (isReadable(whole, room)) return whole;
  const active = activeBox(geometry, overlay);
  const scale = Math.max(MIN_SCALE, Math.min(READING_SCALE, room.width / geometry.width));
  const at = active === undefined ? { x: geometry.width / 2, y: 0 } : centerOf(active);
  return within(around(at, room, scale), geometry);
}

/** Of the states that the object is in. */
export function activeBox({ nodes }: ChartGeometry, { object }: ChartOverlay): Box | undefined {
  const active = nodes.filter(({ id, hasChildren }) => !hasChildren && object?.active.includes(id));
  return active.length === 0 ? undefined : boxOf(active);
}

export function boxOf(nodes: readonly ChartNode[]): Box {
  const x = Math.min(...nodes.map((node) => node.x));
  const y = Math.min(...nodes.map((node) => node.y));
  const right = Math.max(...nodes.map((node) => node.x + node.width));
  const bottom = Math.max(...nodes.map((node) => node.y + node.height));
  return { x, y, width: right - x, height: bottom - y };
}

export const contains = (view: Box, box: Box): boolean =>
  box.x >= view.x &&
  box.y >= view.y &&
  box.x + box.width <= view.x + view.width &&
  box.y + box.height <= view.y + view.height;

export const centerOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

function around({ x, y }: Point, room: Room, scale: number): Box {
  const [width, height] = [room.width / scale, room.height / scale];
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** No more empty ground than needed. */
function within(view: Box, { width, height }: ChartGeometry): Box {
  return { ...view, x: held(view.x, view.width, width), y: held(view.y, view.height, height) };
}

const held = (at: number, shown: number, all: number): number =>
  shown >= all ? (all - shown) / 2 : Math.max(0, Math.min(all - shown, at));

/** Around a point that stays where it is. */
export function scaled(view: Box, factor: number, at: Point): Box {
  return {
    x: at.x - (at.x - view.x) * factor,
    y: at.y - (at.y - view.y) * factor,
    width: view.width * factor,
    height: view.height * factor,
  };
}
