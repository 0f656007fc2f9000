/** Fifty objects that are parked for one cause: one is tried, then the rest at a rate, and what fails again stays. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

const MANY = 50;
const RATE = 20;
const STAYS = "d-31";

const folder = mkdtempSync(join(tmpdir(), "stator-supplier-"));
const closed = join(folder, "closed"); // one delivery's gate, which nobody opens
afterAll(() => rmSync(folder, { recursive: true }));

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  mkdirSync(closed);
  system = await inspected("many", { module: "test/browser/harbor.ts" });
  const keys = Array.from({ length: MANY }, (_, i) => `d-${i + 1}`);
  const input = (key: string) => ({ folder: key === STAYS ? closed : folder });
  await Promise.all(keys.map((key) => system.create("delivery", key, input(key))));
  await eventually(async () => expect(await count("parked")).toBe(MANY));
});

const count = async (condition: string): Promise<number> =>
  (await system.read(`objects?name=delivery&condition=${condition}&limit=1`)).total;

async function retryAll(page: Page, address: string, reason: string): Promise<void> {
  await page.goto(system.url + address);
  await page.locator(".incident", { hasText: `${MANY} parked` }).waitFor();
  await page.getByRole("button", { name: "Retry all…" }).click();
  await page.getByText(`Retry now: ${MANY} objects`).waitFor();
  await page.getByText(`At most ${RATE} each second`).waitFor();
  expect(await page.getByLabel(/Try one, then the rest/).isChecked()).toBe(true);
  await page.getByLabel("Reason").fill(reason);
  await page.locator("dialog button[type=submit]").click();
}

/** When each order under this reason came, in milliseconds, oldest first. */
async function orders(reason: string): Promise<readonly number[]> {
  const { rows } = await system.read("audit?limit=200");
  const mine = rows.filter((row: { reason: string; verb: string }) => row.reason === reason && row.verb === "retry");
  return mine.map(({ at }: { at: string }) => Date.parse(at)).sort((a: number, b: number) => a - b);
}

test.skipIf(isSkipped)("where the first one fails again, the other 49 are not touched", async () => {
  const page = await visitor();
  await retryAll(page, "parked", "is it open?");
  await page.getByText(/The first one failed, the rest was not touched: .*the gate is closed/).waitFor();
  expect(await orders("is it open?")).toHaveLength(1);
  expect(await count("parked")).toBe(MANY);
});

test.skipIf(isSkipped)(
  "from the overview it is all of them, one then 49 at the rate; one that fails again stays",
  async () => {
    writeFileSync(join(folder, "open"), "");
    const page = await visitor();
    await retryAll(page, "", "it is open");
    const bar = page.locator("dialog .progress");
    await page.getByText(`${MANY - 1} of ${MANY} done, 1 failed`).waitFor();
    const [value, max] = await Promise.all(["value", "max"].map((name) => bar.locator("progress").getAttribute(name)));
    expect([value, max]).toEqual([String(MANY), String(MANY)]);
    expect(await bar.locator(".field-error").innerText()).toMatch(/^delivery\/d-31: .*the gate is closed/);
    await page.getByRole("button", { name: "Done" }).click();

    const at = await orders("it is open");
    expect(at).toHaveLength(MANY);
    const [first = 0, ...rest] = at;
    expect((rest[0] ?? 0) - first).toBeGreaterThan(0);
    for (let i = RATE; i < rest.length; i++) expect((rest[i] ?? 0) - (rest[i - RATE] ?? 0)).toBeGreaterThan(900);
    expect([await count("done"), await count("parked")]).toEqual([MANY - 1, 1]);
    await page.locator(".incident", { hasText: "1 parked" }).getByRole("link", { name: "Open" }).click();
    await page.locator("h1", { hasText: STAYS }).waitFor();
  },
);
