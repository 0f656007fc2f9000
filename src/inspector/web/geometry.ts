/** The picture of a machine in the detail that can be read where it stands. */
import type { ChartGeometry, Detail } from "../chart/geometry.ts";
import { type Answer, useAnswer } from "./ask.ts";
import type { Room } from "./view.ts";

/** `compact` at this scale leaves room for all that `full` says. */
const MIN_ROOMY = 1.15;

export const DETAILS = ["auto", "full", "compact"] as const;
export type Wish = (typeof DETAILS)[number];

export const wishOf = (text: string | null): Wish => DETAILS.find((detail) => detail === text) ?? "auto";

/**
 * `room` is what there is for it; until it is known nothing is asked. Asks for `compact` first: a large machine is laid
 * out once, and a small one takes no time.
 */
export function useGeometry(name: string, wish: Wish, room: Room | undefined): Answer<ChartGeometry> {
  const path = (detail: Detail): string => `machine/${encodeURIComponent(name)}/chart?detail=${detail}`;
  const compact = useAnswer<ChartGeometry>(room === undefined || wish === "full" ? undefined : path("compact"));
  const isRoomy = compact.data !== undefined && room !== undefined && scaleOf(compact.data, room) >= MIN_ROOMY;
  const isFull = wish === "full" || (wish === "auto" && isRoomy);
  const full = useAnswer<ChartGeometry>(room !== undefined && isFull ? path("full") : undefined);
  return isFull && (full.data !== undefined || compact.data === undefined) ? full : compact;
}

const scaleOf = ({ width, height }: ChartGeometry, room: Room): number =>
  Math.min(room.width / width, room.height / height);
