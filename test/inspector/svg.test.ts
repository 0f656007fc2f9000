/** The picture: well-formed, complete, from nowhere else; live data changes what is painted, never where. */
import { expect, test } from "vitest";
import { counter } from "../../machines/counter.ts";
import { order } from "../../machines/order.ts";
import { type ChartOverlay, chartCss, chartOf, layoutChart, renderSvg } from "../../src/inspector/chart/index.ts";
import { marksOf } from "../../src/inspector/chart/svg.ts";
import { constructs } from "./constructs.ts";
import { drawn, examples } from "./examples.ts";
import { elementsOf, textsOf } from "./xml.ts";

test.each(examples)(
  "the picture of $name is well-formed and names every state and every event",
  async ({ machine }) => {
    const model = chartOf(machine);
    for (const detail of ["full", "compact"] as const) {
      const elements = elementsOf(renderSvg(await drawn(machine, detail)));
      const texts = textsOf(elements);
      const ids = elements.flatMap(({ attributes }) => attributes["data-state-id"] ?? []);
      const states = model.states.filter(({ kind }) => kind !== "history");
      expect(ids.toSorted()).toEqual(states.map(({ id }) => id).toSorted());
      for (const { key } of states) expect(texts).toContain(key);
    }
    const texts = textsOf(elementsOf(renderSvg(await drawn(machine)))).join("\n");
    for (const { trigger, guard } of model.transitions) {
      expect(texts).toContain(trigger.text);
      if (guard !== undefined) expect(texts).toContain(`[${guard}]`);
    }
  },
);

test("nothing is loaded and nothing runs", async () => {
  const svg = renderSvg(await drawn(constructs));
  const names = new Set(elementsOf(svg).map(({ name }) => name));
  for (const name of ["script", "image", "use", "foreignObject", "a"]) expect(names).not.toContain(name);
  expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|@import|@font-face|\bstyle="|\bon\w+="/);
  expect([...svg.matchAll(/url\(([^)]*)\)/g)].map(([, target]) => target)).toEqual([expect.stringMatching(/^#dots-/)]);
});

test("names that look like markup are text", async () => {
  const { createMachine } = await import("xstate");
  const nasty = `</text><script>alert("1")</script>&'\u0000\ud800`;
  const machine = createMachine({
    id: "m",
    initial: nasty,
    states: { [nasty]: { on: { [nasty]: "b" }, tags: [nasty] }, b: {} },
  });
  const elements = elementsOf(renderSvg(await layoutChart(chartOf(machine))));
  expect(elements.map(({ name }) => name)).not.toContain("script");
  expect(textsOf(elements).join("\n")).toContain(`</text><script>alert("1")</script>&'`);
});

test("the look is for light and dark, and a page can bring its own", async () => {
  const geometry = await drawn(counter);
  expect(renderSvg(geometry)).toContain("prefers-color-scheme:dark");
  expect(renderSvg(geometry, {}, { theme: "dark" })).not.toContain("prefers-color-scheme");
  expect(renderSvg(geometry, {}, { hasStyle: false })).not.toContain("<style>");
  const used = new Set([...chartCss("auto").matchAll(/var\((--sc-[\w-]+)\)/g)].map(([, name]) => name));
  const light = new Set([...chartCss("light").matchAll(/(--sc-[\w-]+):/g)].map(([, name]) => name));
  const dark = new Set([...chartCss("dark").matchAll(/(--sc-[\w-]+):/g)].map(([, name]) => name));
  expect(light).toEqual(dark);
  for (const name of used) expect(light).toContain(name);
});

test("live data moves nothing", async () => {
  const geometry = await drawn(order);
  const places = (svg: string): readonly string[] =>
    elementsOf(svg)
      .filter(({ attributes }) => ["box", "line", "tip", "pill"].includes(attributes["class"] ?? ""))
      .map(({ attributes: { class: _, ...place } }) => JSON.stringify(place));
  expect(places(renderSvg(geometry, counts))).toEqual(places(renderSvg(geometry)));
  expect(places(renderSvg(geometry, object))).toEqual(places(renderSvg(geometry)));
});

test.each(examples)(
  "each mark of $name is one element, and there are as many with live data as without",
  async ({ machine }) => {
    const geometry = await drawn(machine);
    const [root] = geometry.nodes;
    const live: ChartOverlay = {
      counts: Object.fromEntries(geometry.nodes.map(({ id }) => [id, { total: 3, parked: 1 }])),
      errors: Object.fromEntries(geometry.nodes.map(({ id }) => [id, "no"])),
      object: {
        active: root === undefined ? [] : [root.id],
        visited: [],
        path: [{ turn: 2, transition: 0 }],
        next: [1],
      },
    };
    const all = [...marksOf(geometry, {}), ...marksOf(geometry, live)];
    for (const mark of all) expect(elementsOf(`<svg>${mark}</svg>`).filter(({ depth }) => depth === 1)).toHaveLength(1);
    expect([...marksOf(geometry, live)]).toHaveLength(all.length / 2);
  },
);

const counts: ChartOverlay = {
  counts: { "order.unpaid": { total: 1_874, retrying: 38, parked: 4 }, "order.paid": { total: 48_210 } },
  flow: { 2: 1_500 },
  errors: { "order.unpaid.paying": "504 Gateway Timeout" },
};
const object: ChartOverlay = {
  object: {
    active: ["order", "order.unpaid", "order.unpaid.paying"],
    visited: ["order.unpaid.open"],
    path: [2, 5, 7, 9, 11].map((turn) => ({ turn, transition: 2 })),
    next: [4, 5],
  },
};

test("counts are shown short and given whole", async () => {
  const svg = renderSvg(await drawn(order), counts);
  const elements = elementsOf(svg);
  expect(
    elements.find(({ attributes }) => attributes["data-state-id"] === "order.unpaid")?.attributes["data-count"],
  ).toBe("1874");
  for (const text of ["1.9k", "48k", "38", "4"]) expect(textsOf(elements)).toContain(text);
  for (const title of ["1874 here", "38 retrying", "4 parked", "504 Gateway Timeout"])
    expect(textsOf(elements)).toContain(title);
});

test("an object's path is numbered, its state is marked, and the rest steps back", async () => {
  const elements = elementsOf(renderSvg(await drawn(order), object));
  const stateClass = (id: string) =>
    elements.find(({ attributes }) => attributes["data-state-id"] === id)?.attributes["class"];
  expect(textsOf(elements)).toContain("2·5…11");
  expect(stateClass("order.unpaid.paying")).toContain("active");
  expect(stateClass("order.unpaid.open")).toContain("visited");
  expect(stateClass("order.failed")).toContain("dim");
  expect(elements.filter(({ attributes }) => / next\b/.test(attributes["class"] ?? "")).length).toBeGreaterThan(0);
});
