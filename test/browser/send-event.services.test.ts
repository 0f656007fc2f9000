/** Send an event: what is accepted, what is wrong with it, what it would do, and that it then does just that. */
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (!isSkipped) system = await inspected("send");
});

test.skipIf(isSkipped)(
  "only what the state accepts can be chosen, and the schema is checked at the field",
  async () => {
    await system.create("subscription", "s-1", { plan: "pro", pricePerMonth: 5 });
    await expect.poll(async () => (await system.read("object/subscription/s-1")).accepts).toEqual(["CANCEL"]);
    const page = await visitor();
    await page.goto(`${system.url}objects/subscription/s-1`);
    await page.getByRole("button", { name: /Send event/ }).click();
    const drawer = page.locator("dialog.drawer");
    await drawer.getByRole("button", { name: /^CANCEL/ }).waitFor();
    expect(await drawer.getByRole("button", { name: /^PAY/ }).isDisabled()).toBe(true);

    await system.create("counter", "c-1");
    await page.goto(`${system.url}objects/counter/c-1?dialog=send&event=ADD`);
    await page.getByRole("button", { name: "Send ADD" }).click();
    await page.locator('[data-field="amount"] .field-error').waitFor();
    await page.locator('[data-field="amount"] input').fill("0.5");
    expect(await page.locator('[data-field="amount"] .field-error').innerText()).toMatch(/must be/);
    expect((await system.read("object/counter/c-1")).lastTurn).toBe(1);
  },
);

test.skipIf(isSkipped)("what the preview announced is what the turn records", async () => {
  await system.create("order", "o-1", { total: 12 });
  const page = await visitor();
  await page.goto(`${system.url}objects/order/o-1`);
  await page.locator(".verdict").waitFor();
  await page.keyboard.press("e");
  await page.locator('[data-field="method"] input').fill("card");
  const preview = page.locator(".preview");
  await preview.locator("[data-preview-to]").waitFor();
  const announced = await preview.locator("[data-preview-to]").getAttribute("data-preview-to");
  const promised = await preview.locator(".diff-in").allInnerTexts();
  expect(await preview.innerText()).toContain("charge");
  await page.getByRole("button", { name: "Send PAY" }).click();
  await page.getByText(/PAY is turn 2/).waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  const { rows } = await system.read("object/order/o-1/journal?before=3&limit=1");
  expect(rows[0].to).toBe(announced);
  expect(rows[0].invoked).toMatchObject([{ actor: "charge" }]);
  await page.goto(`${system.url}objects/order/o-1?turn=2&panel=context`);
  await page.locator(".object-panel .diff-in").first().waitFor();
  expect(await page.locator(".object-panel .diff-in").allInnerTexts()).toEqual(promised);
});
