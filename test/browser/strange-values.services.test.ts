/**
 * What users store is shown or summarised, never run, and breaks no page. Contexts are JSON, or tagged JSON: so there are
 * dates, maps and big integers, but no cycle, no plain number beyond 2^53, and nothing above 64 KiB in what is shown of a
 * state.
 */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

const RUN = "globalThis.ran = true";
const MARKUP = `</script><script>${RUN}</script><img src=x onerror="${RUN}"><svg onload="${RUN}">`;
const OVERRIDE = "\u202e";
const KEYS = {
  markup: MARKUP,
  override: `a${OVERRIDE}gnp.exe`,
  arabic: "طلب-٤٢",
  emoji: "👩‍👩‍👧‍👦🚀",
  url: "a/b?c=d&e#f%2F../%",
  blank: " \n\t ",
  long: "k".repeat(512),
};
const NOTE = {
  [MARKUP]: MARKUP,
  arabic: "مرحبا بالعالم",
  override: `${OVERRIDE}txt.exe`,
  emoji: "👩‍👩‍👧‍👦🚀",
  number: Number.MAX_SAFE_INTEGER,
  long: "y".repeat(20_000),
  ["n".repeat(3_000)]: 1,
  deep: JSON.parse(`${'{"d":'.repeat(40)}1${"}".repeat(40)}`) as unknown,
  many: Array.from({ length: 2_000 }, (_, i) => i),
  __proto__x: { constructor: null, toString: null },
};
/** Look like what the server writes in the place of values. */
const MARKS = [
  { $cut: { toString: null }, size: { valueOf: null } },
  { $masked: true },
  { $date: { toString: null } },
  { $bigint: { toString: null } },
  { $map: { toString: null }, $set: 1 },
  { $cut: "text", size: "many", head: { $cut: { toString: null } } },
];

/** As they are shown, where that is not as they are. */
const SHOWN: { readonly [kind in keyof typeof KEYS]?: string } = {
  override: '"a\\u202egnp.exe"',
  blank: '" \\n\\t "',
};

let system: Inspected;
const at = (key: string): string => encodeURIComponent(key);
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("strange", { module: "test/browser/stranger.ts" });
  await Promise.all(Object.values(KEYS).map((key) => system.create("stranger", at(key), { note: NOTE })));
  await system.create("stranger", "marks", { note: MARKS });
  await system.send("stranger", "marks", { type: "SAY", note: { ...MARKS } });
  await system.create("exotic", "e-1");
  await system.send("exotic", "e-1", { type: "LOOK" });
  const order = { reason: MARKUP, by: `${OVERRIDE}ann` };
  await Promise.all(Object.values(KEYS).map((key) => system.order("stranger", at(key), "pause", order)));
});

/** A visitor who fails where anything of the users' was run. */
async function wary(): Promise<Page> {
  const page = await visitor();
  page.on("dialog", () => expect.unreachable("a dialog was opened"));
  return page;
}

/** That it was not run, that the page is whole, and that no part is wider than it may be. */
async function assertWhole(page: Page): Promise<void> {
  const seen = await page.evaluate<{ ran: boolean; width: number; room: number; markup: number }>(`({
    ran: globalThis.ran === true,
    width: document.scrollingElement.scrollWidth,
    room: innerWidth,
    markup: document.querySelectorAll("main img, main script, [onerror], [onload], main b b").length,
  })`);
  expect(seen).toEqual({ ran: false, width: 1440, room: 1440, markup: 0 });
  expect(await page.locator("main h1").count()).toBe(1);
}

test.skipIf(isSkipped).each(Object.keys(KEYS) as (keyof typeof KEYS)[])(
  "an object whose key is %s has its page",
  async (kind) => {
    const key = KEYS[kind];
    const page = await wary();
    await page.goto(`${system.url}objects/stranger/${at(key)}`);
    await page.locator(".verdict").waitFor();
    expect(await page.locator("main h1").evaluate((one) => one.textContent)).toBe(`stranger/${SHOWN[kind] ?? key}`);
    await assertWhole(page);
    await page.goto(`${system.url}objects/stranger/${at(key)}?view=journal&panel=context&dialog=resume`);
    await page.locator("dialog .consequence").waitFor();
    const dialog = page.locator("dialog[open]");
    expect(await dialog.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
    await page.locator(".object-panel .value").first().waitFor();
    await assertWhole(page);
  },
);

test.skipIf(isSkipped)("every panel shows what is strange in its key and in its context", async () => {
  const page = await wary();
  await page.goto(`${system.url}objects/stranger/${at(KEYS.markup)}`);
  for (const panel of ["Context", "Turn", "Runs", "Timers", "Messages"]) {
    await page.getByRole("tab", { name: panel, exact: false }).first().click();
    await page.locator(".object-panel").waitFor();
    await assertWhole(page);
  }
});

test.skipIf(isSkipped)("lists name them, and a click leads to each", async () => {
  const page = await wary();
  for (const address of ["", "objects?name=stranger", "audit", "machines/stranger?state=stranger.here"]) {
    await page.goto(system.url + address);
    await page.locator("main h1").waitFor();
    await page.locator("main a[href*='stranger']").first().waitFor();
    await assertWhole(page);
  }
  await page.goto(`${system.url}objects?name=stranger`);
  for (const [kind, key] of Object.entries(KEYS)) {
    await page.locator(`tbody a[href$="/${at(key)}"]`).click();
    await page.locator(".verdict").waitFor();
    expect(new URL(page.url()).pathname.endsWith(`/${at(key)}`), kind).toBe(true);
    await page.goBack();
  }
});

test.skipIf(isSkipped)("values that look like the server's own marks are values", async () => {
  const page = await wary();
  for (const view of ["panel=context", "panel=turn", "turn=1&panel=context", "turn=1&panel=turn&view=journal"]) {
    await page.goto(`${system.url}objects/stranger/marks?${view}`);
    await page.locator(".verdict").waitFor();
    await page.locator(".object-panel .section").first().waitFor();
    await assertWhole(page);
  }
  await page.goto(`${system.url}objects/stranger/marks?dialog=send&event=SAY`);
  await page.getByText("Sent lately").click();
  await page.getByRole("button", { name: /to stranger\/marks/ }).click();
  await assertWhole(page);
});

test.skipIf(isSkipped)("a text that overrides the direction of writing turns nothing of ours around", async () => {
  const page = await wary();
  await page.goto(`${system.url}objects/stranger/${at(KEYS.override)}?panel=context`);
  await page.locator(".object-panel .value").first().waitFor();
  const said = await page.locator(".object-panel").evaluate((panel) => panel.textContent ?? "");
  expect(said).toContain("\\u202etxt.exe");
  expect(said).not.toContain(OVERRIDE);
});

test.skipIf(isSkipped)(
  "dates, big numbers, maps and sets are told as what they are, in the context and in what changed",
  async () => {
    const page = await wary();
    await page.goto(`${system.url}objects/exotic/e-1?panel=context`);
    const panel = page.locator(".object-panel");
    await panel.getByText("1815-12-10T00:00:00.000Z").first().waitFor();
    await panel.getByText("1180591620717411303424n").first().waitFor();
    await panel.getByText('Set ["a", "b"]').first().waitFor();
    await panel.getByText('Map [["moon", 1], ["<b>sun</b>", 2]]').first().waitFor();
    expect(await panel.locator(".diff-in").first().innerText()).toContain("<b>sun</b>");
    await assertWhole(page);
  },
);

test.skipIf(isSkipped)(
  "a long text is summarised; one of five megabytes is refused, and the object stands as it was",
  async () => {
    await system.send("stranger", "marks", { type: "GROW", length: 60_000 });
    await expect(system.send("stranger", "marks", { type: "GROW", length: 5_000_000 })).rejects.toThrow("TOO_LARGE");
    const page = await wary();
    await page.goto(`${system.url}objects/stranger/marks?panel=context`);
    await page.locator(".object-panel .value", { hasText: "of text)" }).waitFor();
    expect((await page.locator(".object-panel").innerText()).length).toBeLessThan(20_000);
    await assertWhole(page);
  },
);
