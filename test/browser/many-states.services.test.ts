/** A machine of 300 states: the page answers the keyboard while its picture is laid out, and nothing moves when it is there. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

const STATES = 300;
const VISITS = 5;
const MAX_LATENCY_MS = 100;

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("maze", { module: "test/browser/maze.ts" });
});

/** The states of the picture, which has the machine itself as one more. */
const drawn = async (page: Page): Promise<number> =>
  (await page.locator(".chart-picture svg [data-state-id]").count()) - 1;
const WAIT = { timeout: 30_000 };

test.skipIf(isSkipped)("while the first picture is laid out the page is there, and the host answers", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/maze`);
  await page.getByText("Drawing maze…").waitFor();
  expect(await page.locator(".chart-picture").count()).toBe(0);
  await page.getByRole("tab", { name: "States" }).click();
  await expect.poll(() => page.locator("tbody tr[data-key]").count()).toBe(STATES);
  await page.getByRole("tab", { name: "Diagram" }).click();
  await waitForAll(page);
});

/** Keeps the picture back until it is let go. */
async function heldBack(page: Page): Promise<() => void> {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/chart?*", async (route) => {
    await gate;
    await route.continue();
  });
  return letGo;
}

/** Runs in the page: what the browser measured of each key, from the press to the next frame, and what moved. */
const WATCH = `
  globalThis.keys = { isMeasured: PerformanceObserver.supportedEntryTypes.includes("event"), pressed: 0, worstMs: 0, moved: 0 };
  addEventListener("keydown", () => globalThis.keys.pressed++, true);
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) {
      if (name === "keydown") globalThis.keys.worstMs = Math.max(globalThis.keys.worstMs, duration);
    }
  }).observe({ type: "event", durationThreshold: 16 });
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) globalThis.keys.moved += value;
  }).observe({ type: "layout-shift", buffered: true });`;

interface Watched {
  /** Whether this browser tells of slow keys at all. */
  readonly isMeasured: boolean;
  readonly pressed: number;
  /** Milliseconds of the slowest key. */
  readonly worstMs: number;
  /** Sum of all layout shifts. */
  readonly moved: number;
}

const BEFORE = "while it is laid out";
const AFTER = " and when it is there";

async function waitForAll(page: Page): Promise<void> {
  await expect.poll(() => drawn(page), WAIT).toBe(STATES);
}

async function typeWhileItComes(): Promise<Watched> {
  const page = await visitor();
  const letGo = await heldBack(page);
  await page.addInitScript({ content: WATCH });
  await page.goto(`${system.url}machines/maze`);
  await page.getByText("Drawing maze…").waitFor();
  await page.keyboard.press("Control+k");
  const input = page.locator("dialog input:focus");
  await input.waitFor();
  await page.keyboard.type(BEFORE, { delay: 20 });
  letGo();
  let typed = BEFORE;
  let isDrawn = false;
  const whole = waitForAll(page).finally(() => {
    isDrawn = true;
  });
  for (; !isDrawn; typed += "a") await page.keyboard.press("a"); // one is always on its way
  await whole;
  await page.keyboard.type(AFTER, { delay: 20 });
  expect(await input.inputValue()).toBe(typed + AFTER);
  const keys = await page.evaluate<Watched>("globalThis.keys");
  await page.close(); // open pages ask now and then, beside the next visit
  return keys;
}

/** A neighbor on the machine may take the processor away for a while. */
const CHANCES = { retry: 2 };

test.skipIf(isSkipped)(
  "while the picture is laid out, and while it is drawn, a key is answered within 100 ms, and none is lost",
  CHANCES,
  async () => {
    const visits: Watched[] = [];
    for (let i = 0; i < VISITS; i++) visits.push(await typeWhileItComes());
    for (const { pressed } of visits) expect(pressed).toBeGreaterThan(BEFORE.length);
    for (const { isMeasured } of visits) expect(isMeasured).toBe(true);
    const worst = visits.map(({ worstMs }) => worstMs).sort((a, b) => a - b);
    expect(worst[Math.floor(VISITS / 4)]).toBeLessThan(MAX_LATENCY_MS);
  },
);

test.skipIf(isSkipped)(
  "new counts change the marks that show them, and leave the rest of the picture alone",
  async () => {
    const page = await visitor();
    await page.goto(`${system.url}machines/maze`);
    await waitForAll(page);
    const mark = (id: string) => page.locator(`.chart-picture g.leaf[data-state-id="${id}"]`);
    const first = await mark("many.g0.s0").elementHandle();
    const other = await mark("many.g9.s3").elementHandle();
    await system.send("maze", "m1", { type: "NEXT" });
    await system.send("maze", "m1", { type: "SKIP_1" });
    await expect.poll(() => mark("many.g0.s4").getAttribute("data-count"), WAIT).toBe("1");
    const isThere = (element: typeof first) =>
      element?.evaluate((it: { readonly isConnected: boolean }) => it.isConnected);
    expect(await isThere(other)).toBe(true);
    expect(await isThere(first)).toBe(true);
  },
);

test.skipIf(isSkipped)("nothing that was there moves when the picture comes", async () => {
  const page = await visitor();
  const letGo = await heldBack(page);
  await page.addInitScript({ content: WATCH });
  await page.goto(`${system.url}machines/maze`);
  await page.getByText("Drawing maze…").waitFor();
  await page.locator("[data-total]").first().waitFor();
  const parts = ["header.top", ".side", "header.head", ".bar", ".split-main"];
  const places = (): Promise<unknown> => Promise.all(parts.map((part) => page.locator(part).boundingBox()));
  await page.locator(".live-live").waitFor();
  const before = await places();
  letGo();
  await waitForAll(page);
  expect(await places()).toEqual(before);
  expect((await page.evaluate<Watched>("globalThis.keys")).moved).toBeLessThan(0.1);
});
