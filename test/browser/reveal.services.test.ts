/** What is masked is shown to who says why, while the dialog is open, and the audit says so. */
import { expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { inspected } from "./inspected.ts";

test.skipIf(isSkipped)("a masked field is revealed with a reason, which the audit shows", async () => {
  const system = await inspected("reveal", { module: "test/browser/parcel.ts" });
  await system.create("parcel", "p-2", { owner: "bob", pin: "4712" });
  const page = await visitor();
  await page.goto(`${system.url}objects/parcel/p-2?panel=context`);
  await page.getByRole("button", { name: "Reveal…" }).click();
  expect(new URL(page.url()).searchParams.get("dialog")).toBe("reveal");
  await page.getByLabel("Reason").fill("he lost it");
  await page.getByLabel("Your name").fill("ann");
  expect(await page.content()).not.toContain("4712");
  await page.getByRole("button", { name: "Reveal pin" }).click();
  await page.locator('[data-revealed="pin"]', { hasText: "4712" }).waitFor();
  await page.goto(`${system.url}audit`);
  const row = page.locator("tbody tr", { hasText: "reveal" });
  await row.getByText(/context\.pin at turn 1: he lost it/).waitFor();
  expect(await row.innerText()).toContain("ann");
});
