/** Small signs on top of a chart: counts, errors, turns. Each has a shape or a word; the color only repeats it. */
import { at, escapeXml, rectOf, textAt } from "./draw.ts";
import type { ChartNode, Point } from "./geometry.ts";
import { TYPE } from "./measure.ts";
import { type ArrowMark, countText, type Live, type StateNote } from "./overlay.ts";
import { shorten, textWidth } from "./text.ts";

type Look = "plain" | "undo" | "error" | "timer" | "ended";

const HEIGHT = 18;
const MAX_NOTE = 150;
const NOTE_SPOTS = { plain: "dot", timer: "clock", error: "cross" } as const;
/** The last row stays readable. */
const ERROR_RISE = 5;

/** In 12 × 18: a dot, a cross, a ring with a gap, a clock. */
const SPOTS: Readonly<Record<"dot" | "cross" | "ring" | "clock", string>> = {
  dot: '<circle class="spot" cx="9" cy="9" r="2.6"/>',
  cross: '<path class="spot open" d="M6.5 6.5l5 5M11.5 6.5l-5 5"/>',
  ring: '<path class="spot open" d="M11.8 9a3 3 0 1 1-1-2.2M11 4.6v2.4h-2.4"/>',
  clock: '<path class="spot open" d="M9 5.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8M9 7.2v2l1.5.8"/>',
};

interface Badge {
  readonly text: string;
  readonly look: Look;
  readonly spot: keyof typeof SPOTS;
  readonly title: string;
  /** Stands on a border and needs a ground. */
  readonly isRaised: boolean;
}

const widthOf = ({ text }: Badge): number => textWidth(text, TYPE.badge, 600) + 25;

function badgeAt({ x, y }: Point, badge: Badge): string {
  const box = { x: 0, y: 0, width: widthOf(badge), height: HEIGHT };
  const paper = badge.isRaised ? rectOf(box, HEIGHT / 2, "paper") : "";
  const text = textAt({ x: 16, y: 12.8 }, badge.text, TYPE.badge, 600, "");
  return (
    `<g class="badge b-${badge.look}" transform="translate(${at(x)} ${at(y)})"><title>${escapeXml(badge.title)}</title>` +
    `${paper}${rectOf(box, HEIGHT / 2, "tint")}${SPOTS[badge.spot]}${text}</g>`
  );
}

/** The count in its place beside the name; what needs attention stands on the upper border, an error on the lower. */
export function badgesOf(node: ChartNode, { overlay }: Live): string {
  const count = overlay.counts?.[node.id];
  const error = overlay.errors?.[node.id];
  const right = node.x + node.width - 8;
  const drawn: string[] = [];
  if (count !== undefined && count.total > 0) {
    const look =
      node.kind === "final"
        ? "ended"
        : node.role === "parked"
          ? "error"
          : node.role === "compensation"
            ? "undo"
            : "plain";
    const badge: Badge = {
      text: countText(count.total),
      look,
      spot: "dot",
      title: `${count.total} here`,
      isRaised: false,
    };
    drawn.push(badgeAt({ x: right - widthOf(badge), y: node.y + 9 }, badge));
  }
  let x = right;
  for (const badge of raised(count?.retrying, count?.parked)) {
    x -= widthOf(badge) + 2;
    drawn.push(badgeAt({ x: x + 2, y: node.y - HEIGHT / 2 }, badge));
  }
  const note: StateNote | undefined =
    error === undefined ? overlay.notes?.[node.id] : { text: error, title: error, look: "error" };
  if (note !== undefined) {
    const text = shorten(note.text, Math.min(MAX_NOTE, node.width - 30), TYPE.badge, 600);
    const badge: Badge = { ...note, text, spot: NOTE_SPOTS[note.look], isRaised: true };
    drawn.push(badgeAt({ x: node.x + node.width - 3 - widthOf(badge), y: node.y + node.height - ERROR_RISE }, badge));
  }
  return drawn.join("");
}

function raised(retrying = 0, parked = 0): readonly Badge[] {
  const badges: Badge[] = [];
  if (retrying > 0) {
    badges.push({
      text: countText(retrying),
      look: "timer",
      spot: "ring",
      title: `${retrying} retrying`,
      isRaised: true,
    });
  }
  if (parked > 0) {
    badges.push({ text: countText(parked), look: "error", spot: "cross", title: `${parked} parked`, isRaised: true });
  }
  return badges;
}

/** Turn numbers or a count on an arrow or a row, around a point; what is longer grows to the left, away from the text. */
export function markAt({ x, y }: Point, { text, title }: ArrowMark): string {
  const textWide = textWidth(text, 10, 600);
  const width = Math.max(16, textWide + 9);
  const box = { x: x + 8 - width, y: y - 8, width, height: 16 };
  return `<g class="turn"><title>${title}</title>${rectOf(box, 8, "")}${textAt({ x: box.x + (width - textWide) / 2, y: y + 3.6 }, text, 10, 600, "")}</g>`;
}
