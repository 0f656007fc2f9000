/** A number on the chart, the list behind it and the database agree, and a click leads from one to the other and back. */
import { beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("counts");
  const keys = Array.from({ length: 30 }, (_, i) => `o-${i + 1}`);
  await Promise.all(keys.map((key) => system.create("order", key, { total: 10 })));
  await Promise.all(keys.slice(0, 7).map((key) => system.send("order", key, { type: "CANCEL" })));
});

test.skipIf(isSkipped)("badge, list and database agree, and back restores the diagram", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/order`);
  const open = page.locator('[data-state-id="order.unpaid.open"]');
  await open.waitFor();
  await eventually(async () => expect(await open.getAttribute("data-count")).toBe("23"));
  expect(await page.locator('[data-state-id="order.unpaid"]').getAttribute("data-count")).toBe("23");
  expect(await page.locator('[data-state-id="order.canceled"]').getAttribute("data-count")).toBe("7");
  const [row] = await system.sql("select count(*)::int as count from states where value like '%open%'");
  expect(row).toEqual({ count: 23 });

  await open.click();
  expect(new URL(page.url()).searchParams.get("state")).toBe("order.unpaid.open");
  await page.locator('[data-count-of="order.unpaid.open"]').getByText("23").waitFor();
  await page.locator('[data-list-total="23"]').click();
  await page.locator('.total[data-total="23"]').waitFor();
  expect(new URL(page.url()).pathname).toBe("/inspector/objects");
  expect(await page.locator("tbody tr[data-key]").count()).toBe(23);
  await page.goBack();
  await page.locator(".picked[data-state-id]").waitFor();
  await page.goBack();
  await page.locator('[data-state-id="order.unpaid.open"]:not(.picked)').waitFor();
});

test.skipIf(isSkipped)("an arrow leads to the objects before it", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/order`);
  await page.locator("text.event", { hasText: /^PAY$/ }).click();
  await page.getByRole("heading", { name: "From unpaid › open" }).waitFor();
  await page.locator('[data-list-total="23"]').waitFor();
  const model = (await system.read("machine/order")).model;
  const [index = -1] = (new URL(page.url()).searchParams.get("arrow") ?? "").split(" ").map(Number);
  expect(model.transitions[index].trigger.event).toBe("PAY");
});

test.skipIf(isSkipped)("counts follow what happens, and the table of states says the same", async () => {
  const page = await visitor();
  await page.goto(`${system.url}machines/subscription?tab=states`);
  await page.locator("tbody tr").first().waitFor();
  await page.locator(".live-live").waitFor();
  await system.create("subscription", "s-1", { plan: "pro", pricePerMonth: 5 });
  const paid = page.locator('tr[data-key="subscription.active.paid"] a.number');
  await eventually(async () => expect(await paid.innerText()).toBe("1"), { timeoutMs: 5_000 });
});

test.skipIf(isSkipped)("filters stand in the address, many are picked and acted on at once", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects?name=order&state=order.canceled`);
  await page.locator('.total[data-total="7"]').waitFor();
  await page.goto(`${system.url}objects`);
  await page.locator(".filters select").first().selectOption("order");
  await page.locator(".filter-q").fill("o-1");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("o-1");
  await page.locator('.total[data-total="11"]').waitFor(); // o-1, o-10 to o-19
  await page.getByLabel("Pick order/o-11", { exact: true }).check();
  await page.getByLabel("Pick order/o-12", { exact: true }).check();
  await page.getByRole("button", { name: "Pause…" }).click();
  await page.getByLabel("Reason").fill("checking the stock");
  await page.getByRole("button", { name: "Pause 2 objects" }).click();
  await page.getByText("2 of 2 done").waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.locator('tr[data-key="order/o-11"] .c-paused').waitFor();
  await page.goto(`${system.url}audit`);
  await page.getByText("checking the stock").first().waitFor();
  expect(await page.locator("tbody tr", { hasText: "checking the stock" }).count()).toBe(2);
});
