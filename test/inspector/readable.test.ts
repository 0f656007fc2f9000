/** A chart can be read: nothing overlaps, arrows keep away from what is not theirs, hardly any cross. */
import { expect, test } from "vitest";
import { trip } from "../../machines/trip.ts";
import { type ChartGeometry, chartOf, layoutChart } from "../../src/inspector/chart/index.ts";
import { constructs } from "./constructs.ts";
import { drawn, examples } from "./examples.ts";
import { crossings, looseEnds, stumbles } from "./sight.ts";

const MAX_COLD_MS = 2_000;

/** First in its file: elkjs is not loaded yet, and no code is warm. */
test("the chart of the trip saga is laid out in two seconds, cold", async () => {
  const startedAt = process.cpuUsage();
  await layoutChart(chartOf(trip));
  const { user, system } = process.cpuUsage(startedAt);
  expect((user + system) / 1_000).toBeLessThan(MAX_COLD_MS * BUSY);
}, 20_000);
/** Other tests run beside this one, and two threads of one core slow each other down. */
const BUSY = 2;

for (const detail of ["full", "compact"] as const) {
  test.each(examples)(`the ${detail} chart of $name can be read`, async ({ machine, ...most }) => {
    const geometry = await drawn(machine, detail);
    expect(stumbles(geometry)).toEqual([]);
    expect(looseEnds(geometry)).toEqual([]);
    expect(crossings(geometry)).toBeLessThanOrEqual(most.crossings);
  });
}

test("what disturbs is seen: the measure finds a state, a label and an arrow that are out of place", async () => {
  const geometry = await drawn(constructs);
  expect(stumbles(moved(geometry, "constructs.idle", 300)).length).toBeGreaterThan(0);
  expect(looseEnds(moved(geometry, "constructs.idle", 300)).length).toBeGreaterThan(0);
  const [first, second, ...edges] = geometry.edges;
  if (first === undefined || second === undefined) throw new Error("the chart has arrows");
  const label = { ...first.label, x: second.label.x, y: second.label.y };
  expect(stumbles({ ...geometry, edges: [{ ...first, label }, second, ...edges] })).toContain(
    `label ${first.id} over label ${second.id}`,
  );
});

function moved(geometry: ChartGeometry, id: string, by: number): ChartGeometry {
  return { ...geometry, nodes: geometry.nodes.map((node) => (node.id === id ? { ...node, y: node.y + by } : node)) };
}

test("the lanes of a saga face each other: forward from above, each compensation beside its step, undone upwards", async () => {
  const { nodes } = await drawn(trip);
  const box = (key: string) => {
    const node = nodes.find(({ id }) => id === `trip.${key}`);
    if (node === undefined) throw new Error(`no state ${key}`);
    return { left: node.x, right: node.x + node.width, middle: node.y + node.height / 2 };
  };
  const steps = ["do_flight", "do_hotel", "do_car", "do_checkout"].map(box);
  const undoes = ["undo_flight", "undo_hotel", "undo_car", "undo_checkout"].map(box);
  expect(steps.map(({ middle }) => middle)).toEqual(steps.map(({ middle }) => middle).toSorted((a, b) => a - b));
  steps.forEach((step, i) => {
    expect(Math.abs(step.middle - (undoes[i]?.middle ?? 0))).toBeLessThan(1);
    expect(undoes[i]?.left).toBeGreaterThan(step.right);
  });
  expect(box("compensated").middle).toBeLessThan(undoes[0]?.middle ?? 0);
});

test("a machine of three hundred states has a chart, too", async () => {
  const { manyStates } = await import("./many-states.ts");
  const geometry = await layoutChart(chartOf(manyStates(30, 9)));
  expect(geometry.nodes).toHaveLength(1 + 30 + 30 * 9);
  expect(looseEnds(geometry)).toEqual([]);
}, 20_000);
