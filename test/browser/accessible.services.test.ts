/** Every page, drawer and dialog: light and dark without a serious finding of axe, on a phone, without colors, by keyboard. */
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("accessible");
  await Promise.all(["o-1", "o-2", "o-3"].map((key) => system.create("order", key, { total: 40 })));
  await system.send("order", "o-2", { type: "CANCEL" });
  await system.create("trip", "t-1", { traveler: "ann", to: "Rome" });
  await system.create("trip", "t-2", { traveler: "ann", to: "Atlantis" });
  await system.order("order", "o-3", "pause", { reason: "checking", by: "ann" });
});

/** Address below `/inspector/`, and what is there when the page is: one browser looks at a group, page after page. */
const GROUPS: Readonly<Record<string, readonly (readonly [address: string, shown: string])[]>> = {
  machines: [
    ["", "h1.sentence"],
    ["machines", ".card"],
    ["machines/trip", ".sc .leaf"],
    ["machines/order?paint=dwell&state=order.unpaid.open", ".side-panel .object-list"],
    ["machines/order?tab=states", "tbody tr"],
    ["machines/order?tab=events", ".events .panel"],
  ],
  objects: [
    ["objects", "tbody tr"],
    ["objects/order/o-1", ".sc .leaf"],
    ["objects/order/o-1?arrow=0&why=all", ".object-panel .way"],
    ["objects/order/o-1?dialog=send", ".preview"],
    ["objects/order/o-1?dialog=kill", ".over textarea, .over input"],
    ["objects/order/o-2?view=journal", "tbody tr"],
    ["objects/order/o-2?turn=1", ".strip-past"],
    ["objects/trip/t-2?view=lanes", ".object-main table, .object-main .lanes"],
  ],
  system: [
    ["sagas", "main h1"],
    ["parked", "main h1"],
    ["retrying", "main h1"],
    ["dead-letters", "main h1"],
    ["timers", "main h1"],
    ["messages", "main h1"],
    ["hosts", "main h1"],
    ["audit", "tbody tr"],
  ],
};

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
type WithAxe = { readonly axe: typeof import("axe-core") };

/** All rules unless some are named. */
async function findings(page: Page, ...rules: string[]): Promise<readonly string[]> {
  const { violations } = await page.evaluate(
    (runOnly) =>
      (globalThis as unknown as WithAxe).axe.run({
        resultTypes: ["violations"],
        ...(runOnly.length === 0 ? {} : { runOnly }),
      }),
    rules,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

/** What a color tells somewhere, and what else must tell it: a word, and a shape where there is a place for one. Runs in the page. */
const ONLY_COLORED = `[...document.querySelectorAll(".condition, .incident-sign, .cell > span, .live, .tag, .partition")]
  .filter((one) => one.checkVisibility())
  .filter((one) => (one.innerText + (one.title ?? "") + (one.ariaLabel ?? "")).trim() === "" ||
    (one.matches(".condition, .incident-sign, .cell > span") && one.querySelector("svg") === null))
  .map((one) => one.outerHTML.slice(0, 120))`;

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/**
 * Texts that stand outside of the screen and in nothing that scrolls, cells of tables of which too little is left to be
 * read, and how much wider than the screen the page is. Runs in the page.
 */
const CUT_OFF = `(() => {
  const main = document.querySelector("main");
  const scrolls = (one) => one !== main && /auto|scroll/.test(getComputedStyle(one).overflowX);
  const within = (one) => one === null ? false : scrolls(one) || within(one.parentElement);
  const isText = (node) => node.nodeType === 3 && node.data.trim() !== "";
  const texts = [...document.querySelectorAll("body *")].filter((one) =>
    [...one.childNodes].some(isText) && one.checkVisibility() && one.closest("svg, .sr, .skip, dialog:not([open])") === null);
  const isOut = (one) => {
    const { left, right, width } = one.getBoundingClientRect();
    return width > 0 && (left < -1 || right > innerWidth + 1) && !within(one);
  };
  const isSqueezed = (one) => one.scrollWidth > one.clientWidth && one.clientWidth < 100;
  return {
    squeezed: [...document.querySelectorAll("td .ellipsis, td.wide > *")].filter(isSqueezed).map((one) => one.innerText),
    wider: Math.max(document.scrollingElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth),
    cut: texts.filter(isOut).map((one) => one.outerHTML.slice(0, 120)),
  };
})()`;

interface OnPhone {
  readonly squeezed: readonly string[];
  readonly wider: number;
  readonly cut: readonly string[];
}

test.skipIf(isSkipped).each(Object.keys(GROUPS))(
  "no page of %s has a serious finding, light or dark, tells by color alone, or is cut off on a phone",
  async (group) => {
    const page = await visitor({ viewport: DESK, colorScheme: "light", reducedMotion: "reduce" });
    await page.addInitScript({ path: AXE });
    for (const [address, shown] of GROUPS[group] ?? []) {
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize(DESK);
      await page.goto(system.url + address);
      await page.locator(shown).first().waitFor();
      const light = await findings(page);
      await page.emulateMedia({ colorScheme: "dark" }); // nothing but colors changes
      const dark = await findings(page, "color-contrast");
      const colored = await page.evaluate<readonly string[]>(ONLY_COLORED);
      await page.setViewportSize(PHONE);
      const phone = await page.evaluate<OnPhone>(CUT_OFF);
      expect({ address, light, dark, colored, ...phone }).toEqual({
        address,
        light: [],
        dark: [],
        colored: [],
        squeezed: [],
        wider: 0,
        cut: [],
      });
    }
  },
  120_000,
);

const REACHABLE = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary";

/** What can be pressed and is seen: by where it stands. Runs in the page, whose names the tests do not know. */
const SEEN = `[...document.querySelectorAll(${JSON.stringify(REACHABLE)})]
  .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.closest("dialog:not([open])"))`;
const FOCUSED = `(() => {
  const one = document.activeElement;
  const { outlineStyle, boxShadow } = getComputedStyle(one);
  return { index: (${SEEN}).indexOf(one), isMarked: outlineStyle !== "none" || boxShadow !== "none", html: one.outerHTML };
})()`;

interface Focused {
  readonly index: number;
  readonly isMarked: boolean;
  readonly html: string;
}

test.skipIf(isSkipped).each([
  ["", "h1.sentence"],
  ["machines/order?tab=states", "tbody tr"],
  ["objects/order/o-1", ".sc .leaf"],
])("the keyboard reaches everything on /%s, and one sees where it is", async (address, shown) => {
  const page = await visitor({ reducedMotion: "reduce" });
  await page.goto(system.url + address);
  await page.locator(shown).first().waitFor();
  let all = 0;
  const isWhole = async (): Promise<boolean> => {
    const before = all;
    all = await page.evaluate<number>(`(${SEEN}).length`);
    return all === before;
  };
  await expect.poll(isWhole, { interval: 500 }).toBe(true); // panels come with their own answers
  expect(all).toBeGreaterThan(10);
  const reached = new Set<number>();
  for (let i = 0; i < all + 10; i++) {
    await page.keyboard.press("Tab");
    const { index, isMarked, html } = await page.evaluate<Focused>(FOCUSED);
    if (index < 0) continue;
    reached.add(index);
    expect(isMarked, html).toBe(true);
  }
  expect(reached.size).toBe(all);
});

/** That the part that has the focus can be seen; it is on the page itself where nothing has it. */
async function assertFocusSeen(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor();
  const { isMarked, html } = await page.evaluate<Focused>(FOCUSED);
  expect(isMarked, html).toBe(true);
}

test.skipIf(isSkipped)("from the keyboard alone: jump, object, send, back, and one sees where it is", async () => {
  await system.create("counter", "typed");
  const page = await visitor({ reducedMotion: "reduce" });
  await page.goto(system.url);
  await page.locator("h1.sentence").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await assertFocusSeen(page, "a.logo");
  await page.keyboard.press("Control+k");
  await assertFocusSeen(page, "dialog input");
  await page.keyboard.type("counter/typed");
  await page.locator(".goal[aria-selected=true]", { hasText: "counter/typed" }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".verdict").waitFor();
  await assertFocusSeen(page, "a.logo"); // where it was before
  await page.keyboard.press("e");
  await assertFocusSeen(page, "dialog.drawer input");
  await page.keyboard.type("4");
  await page.keyboard.press("Enter");
  await page.getByText(/ADD is turn 2/).waitFor();
  expect((await system.read("object/counter/typed")).context).toEqual({ count: 4 });
  await page.locator("dialog").waitFor({ state: "detached" });
  await assertFocusSeen(page, "a.logo");
  await page.goBack(); // the browser's own key, which no page hears
  await page.locator("h1.sentence").waitFor();
  expect(new URL(page.url()).pathname).toBe("/inspector/");
  await page.keyboard.press("Tab");
  await assertFocusSeen(page, ".top .search");
});
