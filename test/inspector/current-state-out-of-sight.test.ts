/** A chart that is too large to be read whole shows where the object is, at a size that can be read. */
import { expect, test } from "vitest";
import type { ChartGeometry, ChartNode } from "../../src/inspector/chart/index.ts";
import { contains, firstView, isReadable, wholeView } from "../../src/inspector/web/view.ts";

const room = { width: 800, height: 560 };

const FACE = {
  key: "",
  kind: "atomic",
  role: "plain",
  isRegion: false,
  isRoot: false,
  marks: [],
  icons: [],
  rows: [],
  title: "",
  parent: "root",
  hasChildren: false,
} as const;

/** States in rows and columns, 120 × 40 each. */
function grid(columns: number, rows: number): ChartGeometry {
  const nodes = Array.from({ length: columns * rows }, (_, i): ChartNode => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    return { ...FACE, id: `s${i}`, x: 20 + column * 200, y: 20 + row * 120, width: 120, height: 40 };
  });
  const size = { width: columns * 200, height: rows * 120 };
  return { machine: "grid", hash: "", detail: "compact", nodes, edges: [], starts: [], ...size };
}

test.each([
  [3, 30],
  [30, 3],
  [12, 12],
])("of %d × %d states the current one is in sight and can be read", (columns, rows) => {
  const geometry = grid(columns, rows);
  expect(isReadable(wholeView(geometry, room), room)).toBe(false);
  for (const node of geometry.nodes) {
    const view = firstView(geometry, { object: { active: [node.id], visited: [], path: [], next: [] } }, room);
    expect(isReadable(view, room), node.id).toBe(true);
    expect(contains(view, node), node.id).toBe(true);
  }
});

test("a chart that fits is shown whole, never larger than life", () => {
  const view = firstView(grid(1, 2), {}, room);
  expect(contains(view, { x: 0, y: 0, width: 200, height: 240 })).toBe(true);
  expect(room.width / view.width).toBeLessThanOrEqual(1.15);
});
