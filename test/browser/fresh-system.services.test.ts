/** What a person sees first: nothing yet, the one command, and then the row, without a reload. */
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (!isSkipped) system = await inspected("fresh");
});

test.skipIf(isSkipped)("an empty system names the command that fills it, and the row appears by itself", async () => {
  const page = await visitor();
  await page.goto(system.url);
  await page.getByText("No objects yet", { exact: true }).waitFor();
  expect(await page.locator(".command code").innerText()).toBe("npx stator send counter/c1 ADD amount=2");
  await page.goto(`${system.url}objects`);
  await page.getByText("No objects yet").waitFor();
  await page.locator(".live-live").waitFor();
  const startedAt = performance.now();
  await system.send("counter", "c1", { type: "ADD", amount: 2 });
  await page.locator('tr[data-key="counter/c1"]').waitFor({ timeout: 5_000 });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  await page.getByRole("link", { name: "Overview" }).click();
  // what the navigation asks for every ten seconds is asked anew by the page that shows it
  await page.locator('tr[data-key="counter"] a.number').first().waitFor({ timeout: 5_000 });
});

test.skipIf(isSkipped)("the page brings all it needs, and little of it", async () => {
  const page = await visitor();
  const sizes = new Map<string, number>();
  page.on("response", async (response) => {
    if (!/\.(js|css)$/.test(new URL(response.url()).pathname)) return;
    sizes.set(response.url(), (await response.request().sizes()).responseBodySize);
  });
  await page.goto(system.url);
  await page.locator("h1").waitFor();
  await expect.poll(() => sizes.size).toBeGreaterThanOrEqual(2);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(10_000);
  expect(total).toBeLessThan(150_000); // as it comes over the wire; unzipped it is more
});

test.skipIf(isSkipped)("what does not exist says so, and how to make it", async () => {
  const page = await visitor({ isExpected: (text) => text.includes("404") });
  await page.goto(`${system.url}objects/order/nobody`);
  await page.getByText("There is no order/nobody").waitFor();
  await system.create("order", "nobody", { total: 5 });
  await page.locator(".verdict").waitFor();
  await system.send("counter", "50%25%2Freport.json", { type: "ADD", amount: 1 });
  await page.goto(`${system.url}objects/counter/50%25%2Freport.json`);
  await page.locator("h1", { hasText: "counter/50%/report.json" }).waitFor();
  await page.goto(`${system.url}nowhere/at/all`);
  await page.getByText("There is no such page").waitFor();
});
