/** The chart tells how long objects stay, how they leave and which ways they take, in words and in the address. */
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("lately");
  const keys = Array.from({ length: 6 }, (_, i) => `o-${i + 1}`);
  await Promise.all(keys.map((key) => system.create("order", key, { total: 10 })));
  await Promise.all(keys.slice(0, 4).map((key) => system.send("order", key, { type: "CANCEL" })));
  const shifted = "set committed_at = committed_at - interval '90 seconds' where name = 'order' and revision = 1";
  await system.sql(`update journal ${shifted}`);
});

test.skipIf(isSkipped)("dwell stands on the state, and its number beside it", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/order`);
  await page.getByRole("tab", { name: "Dwell" }).click();
  expect(new URL(page.url()).searchParams.get("paint")).toBe("dwell");
  const open = page.locator('[data-state-id="order.unpaid.open"]');
  await open.locator(".badge", { hasText: /^1 m 3\d s · 1 m 3\d s|^4 stays/ }).waitFor();
  expect(await open.getAttribute("class")).toContain("heat-4");
  await open.click();
  await page.locator('[data-stays="4"]', { hasText: "0 %" }).waitFor();
  await page.reload();
  await page.locator('[data-stays="4"]').waitFor();
});

test.skipIf(isSkipped)("flow counts the ways that were taken", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/order?paint=flow`);
  await page.locator(".sc .turn", { hasText: "×4" }).first().waitFor();
  await page.getByText("10 turns of 6 objects that changed").waitFor();
});

test.skipIf(isSkipped)("what is told of is as old as the address says", async () => {
  await system.sql("update states set since = since - interval '2 hours' where name = 'order'");
  await system.sql("update journal set committed_at = committed_at - interval '2 hours' where name = 'order'");
  const page = await visitor();
  await page.goto(`${system.url}machines/order?paint=flow`);
  await page.getByText("0 turns of 0 objects").waitFor();
  await page.getByRole("tab", { name: "1 day" }).click();
  await page.getByText("10 turns of 6 objects that changed").waitFor();
  expect(new URL(page.url()).searchParams.get("window")).toBe("1440");
});

test.skipIf(isSkipped)("the table of states says the same without a picture", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/order?tab=states&window=1440`);
  await page.locator('tr[data-key="order.unpaid.open"]', { hasText: "0 % of 4" }).waitFor();
});
