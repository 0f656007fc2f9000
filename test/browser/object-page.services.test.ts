/** What happened and why, what comes next: the sentence, the numbered path, and one cursor that drives every part. */
import type { Locator, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("page", { module: "test/browser/supplier.ts" });
  await system.create("trip", "to-nowhere", { traveler: "ada", to: "Nowhere" });
  await system.create("streaming", "p-1", { userId: "u1", items: ["Paramount", "Disney"] });
  await system.create("streaming", "n-1", { userId: "u1", items: ["Netflix"] });
  await system.create("order", "declined", { total: 40 });
  await system.send("order", "declined", { type: "PAY", method: "declined" });
  await eventually(async () => expect((await system.read("object/order/declined")).lastTurn).toBe(3));
  await eventually(async () => expect((await system.read("object/trip/to-nowhere")).status).toBe("done"));
  await eventually(async () => expect((await system.read("object/streaming/p-1")).condition).toBe("parked"));
});

/** What is painted: states that are current or visited, and the turn numbers on arrows. */
const painted = (page: Page): Promise<unknown> =>
  page.locator(".chart-picture svg").evaluate((svg) => ({
    box: svg.getAttribute("viewBox"),
    active: [...svg.querySelectorAll(".active")].map((one) => one.getAttribute("data-state-id")),
    visited: [...svg.querySelectorAll(".visited")].map((one) => one.getAttribute("data-state-id")),
    turns: [...svg.querySelectorAll(".turn text")].map((one) => one.textContent),
  }));

const turnOf = (page: Page): string | null => new URL(page.url()).searchParams.get("turn");

/** The two are not read at the same moment. */
const ageless = (verdict: string): string => verdict.replace(/since [^:]+:/, "since then:");

/** The numbers on the arrows are the turns of the path, and the scrubber has a stop for each turn. */
async function expectNumbersOf(page: Page, object: string): Promise<void> {
  await page.locator(".chart-picture .turn").first().waitFor();
  const { overlay, lastTurn } = await system.read(`object/${object}`);
  const { turns } = (await painted(page)) as { turns: readonly string[] };
  const shown = new Set(turns.flatMap((text) => text.split("·").map(Number)));
  expect([...shown].sort()).toEqual([...new Set(overlay.path.map(({ turn }: { turn: number }) => turn))].sort());
  expect(await page.locator(".stop[data-turn]").count()).toBe(lastTurn);
}

test.skipIf(isSkipped)("the sentence names what failed, and the path numbers are the journal's", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/streaming/p-1`);
  const verdict = await page.locator(".verdict").innerText();
  expect(verdict).toContain("Paramount does not let go");
  expect(ageless(verdict)).toBe(ageless((await system.read("object/streaming/p-1")).verdict));
  await expectNumbersOf(page, "streaming/p-1");
  await page.goto(`${system.url}objects/streaming/n-1`);
  await page.getByText("Netflix does not answer").first().waitFor();
  await page.locator(".c-retrying").first().waitFor();
});

test.skipIf(isSkipped)(
  "once the supplier refuses, the sentence says what and when next, and the time to it falls by itself",
  async () => {
    await system.create("rental", "r-1");
    const page = await visitor();
    await page.goto(`${system.url}objects/rental/r-1`);
    await page.locator(".verdict", { hasText: "It takes RESERVE" }).waitFor();
    const opened = await page.evaluate(() => performance.timeOrigin);
    await system.send("rental", "r-1", { type: "RESERVE" });
    const verdict = page.locator(".verdict", { hasText: "reserveCar is on attempt 2 of 8, last error no car is left" });
    await verdict.waitFor();
    const run = page.locator(".run", { hasText: "reserveCar" });
    const shown = await secondsTo(run);
    await expect.poll(() => secondsTo(run), { timeout: 20_000 }).toBeLessThan(shown - 2);
    const told = await secondsTo(verdict); // in whole minutes
    expect(told).toBeLessThanOrEqual(shown);
    expect(told).toBeGreaterThan((await secondsTo(run)) - 60);
    await expectNumbersOf(page, "rental/r-1");
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(opened);
  },
);

/** `next attempt in 41 m 07 s`, or in words `in 41 min` */
async function secondsTo(place: Locator): Promise<number> {
  const text = await place.innerText();
  const [, minutes = "0", seconds = "0"] = /next attempt\s+in (?:(\d+) m(?:in)?)? ?(?:(\d+) s)?/.exec(text) ?? [];
  return 60 * Number(minutes) + Number(seconds);
}

test.skipIf(isSkipped)(
  "five steps back show that turn in every part, verbs are off, and L returns to now",
  async () => {
    const page = await visitor();
    await page.goto(`${system.url}objects/trip/to-nowhere?panel=turn`);
    await page.locator(".chart-picture .active").first().waitFor();
    const { lastTurn } = await system.read("object/trip/to-nowhere");
    for (let i = 1; i <= 5; i++) {
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => turnOf(page)).toBe(String(lastTurn - i));
    }
    const turn = lastTurn - 5;
    const then = await system.read(`object/trip/to-nowhere/turn/${turn}`);
    await page.getByText(`You are looking at turn ${turn} of ${lastTurn}`).waitFor();
    await expect.poll(() => page.locator(".verdict").innerText()).toBe(then.verdict);
    await expect
      .poll(async () => ((await painted(page)) as { active: readonly string[] }).active)
      .toEqual(then.overlay.active.filter((id: string) => id !== "trip"));
    const { rows } = await system.read(`object/trip/to-nowhere/journal?before=${turn + 1}&limit=1`);
    await page
      .locator(".object-panel")
      .getByRole("heading", { name: `Turn ${turn}` })
      .waitFor();
    expect(await page.locator(".object-panel").innerText()).toContain(rows[0].label);
    expect(await page.locator('.stop[aria-current="step"]').getAttribute("data-turn")).toBe(String(turn));
    for (const verb of await page.locator(".verbs .button[data-verb]").all())
      expect(await verb.isDisabled()).toBe(true);
    await page.keyboard.press("e");
    expect(await page.locator("dialog").count()).toBe(0);
    await page.keyboard.press("l");
    await page.locator(".strip-past").waitFor({ state: "detached" });
    expect(turnOf(page)).toBeNull();
  },
);

test.skipIf(isSkipped)("an address with a turn shows the same picture in another browser", async () => {
  const [one, other] = [await visitor(), await visitor({ colorScheme: "dark" })];
  const { lastTurn } = await system.read("object/trip/to-nowhere");
  const address = `${system.url}objects/trip/to-nowhere?turn=${lastTurn - 2}`;
  await one.goto(`${system.url}objects/trip/to-nowhere`);
  await one.locator(".chart-picture .active").first().waitFor();
  await one.locator(`.stop[data-turn="${lastTurn - 2}"]`).click();
  await expect.poll(() => one.url()).toBe(address);
  await one.locator(".strip-past").waitFor();
  await other.goto(address);
  await other.locator(".chart-picture .active").first().waitFor();
  await expect.poll(() => painted(other)).toEqual(await painted(one));
});

test.skipIf(isSkipped)("a click on an arrow says why it was not taken, and words say it of all of them", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/order/declined`);
  await page.locator(".chart-picture .active").first().waitFor();
  const { ways } = await system.read("object/order/declined/ways");
  const refused = ways.find(({ guard }: { guard?: string }) => guard === "isLastFailure");
  expect(refused.reason).toContain("not in unpaid › paying");
  await page.locator(`.chart-picture [data-transitions="${refused.transition}"]`).first().click();
  await page.locator(`.ways-picked [data-way="${refused.transition}"]`, { hasText: refused.reason }).waitFor();
  expect(new URL(page.url()).searchParams.get("arrow")).toBe(String(refused.transition));
  await page.goto(`${system.url}objects/order/declined?turn=2&arrow=${refused.transition}&why=all`);
  const then = await system.read(`object/order/declined/ways?turn=2&transitions=${refused.transition}`);
  expect(then.ways[0].reason).toContain("[isLastFailure] must say yes. It was not asked yet.");
  await page.locator(".ways-picked .way", { hasText: then.ways[0].reason }).waitFor();
  const closed = (await system.read("object/order/declined/ways?turn=2")).ways.filter(
    ({ isOpen }: { isOpen: boolean }) => !isOpen,
  );
  await expect.poll(() => page.locator(".object-panel .way-closed").count()).toBe(closed.length);
  const asked = await system.read(`object/order/declined/ways?turn=3&transitions=${refused.transition}`);
  expect(asked.ways[0].taken).toEqual([]);
});

test.skipIf(isSkipped)("the context tab shows what a turn changed, and the lanes what is still held", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/streaming/p-1?panel=context&view=lanes`);
  const { rows } = await system.read("object/streaming/p-1/journal?limit=1");
  await page.locator(".diff").waitFor();
  for (const { path } of rows[0].diff) await page.locator(".diff").getByText(path).first().waitFor();
  const { saga } = await system.read("object/streaming/p-1");
  expect(await page.locator(".held").innerText()).toBe(`Still held: ${saga.held.join(", ")}`);
  await page.locator(".cell-parked").waitFor();
});
