/** Verbs: the consequence before, a reason, the deed, and a row in the audit. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("verbs");
  for (const key of ["p-1", "p-2", "p-3"]) {
    await system.create("streaming", key, { userId: key, items: ["Paramount", "Disney"] });
  }
  const parked = "objects?name=streaming&condition=parked";
  await eventually(async () => expect((await system.read(parked)).total).toBe(3));
});

async function audited(page: Page, verb: string, object: string, reason: string): Promise<void> {
  await page.goto(`${system.url}audit`);
  const row = page.locator("tbody tr", { hasText: reason }).first();
  await row.waitFor();
  expect(await row.innerText()).toContain(verb);
  expect(await row.innerText()).toContain(object);
  expect(await row.innerText()).toContain("ada");
}

async function decide(page: Page, button: string, reason: string): Promise<void> {
  await page.getByLabel("Reason").fill(reason);
  await page.getByLabel("Your name").fill("ada");
  await page.getByRole("button", { name: button }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

test.skipIf(isSkipped)("retry says what it does, does it, and is audited with name and reason", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/streaming/p-1`);
  await page
    .getByRole("button", { name: /Retry now/ })
    .first()
    .click();
  const { verbs } = await system.read("object/streaming/p-1/consequences");
  const said = verbs.find(({ verb }: { verb: string }) => verb === "retry").consequence;
  expect(await page.locator(".consequence").innerText()).toBe(said);
  const before = (await system.read("object/streaming/p-1")).lastTurn;
  await decide(page, "Retry now streaming/p-1", "they said they fixed it");
  await expect.poll(async () => (await system.read("object/streaming/p-1")).lastTurn).toBeGreaterThan(before);
  await audited(page, "retry", "streaming/p-1", "they said they fixed it");
});

test.skipIf(isSkipped)("skip from the list of causes ends what is parked", async () => {
  const page = await visitor();
  await page.goto(`${system.url}parked`);
  await page.getByRole("link", { name: "Open" }).first().click();
  await page.locator('.total[data-total="3"]').waitFor();
  await page.goto(`${system.url}objects/streaming/p-2?dialog=skip`);
  await decide(page, "Skip streaming/p-2", "refunded by hand");
  await expect.poll(async () => (await system.read("object/streaming/p-2")).status).toBe("done");
  await page.locator(".c-parked").first().waitFor({ state: "detached" });
  await audited(page, "skip", "streaming/p-2", "refunded by hand");
});

test.skipIf(isSkipped)("kill tells what would stay done before it is done", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/streaming/p-3?dialog=kill`);
  expect(await page.locator(".consequence.danger").innerText()).toMatch(/No compensation runs.*payment/);
  expect(await page.getByRole("button", { name: "Kill streaming/p-3" }).isDisabled()).toBe(true);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  expect((await system.read("object/streaming/p-3")).status).toBe("active");
});

test.skipIf(isSkipped)("a paused object takes no turns until it is resumed", async () => {
  await system.create("counter", "c-1");
  const page = await visitor();
  await page.goto(`${system.url}objects/counter/c-1`);
  await page.getByRole("button", { name: "Pause" }).click();
  await decide(page, "Pause counter/c-1", "looking into it");
  await page.locator(".c-paused").first().waitFor();
  await expect(system.send("counter", "c-1", { type: "ADD", amount: 1 })).rejects.toThrow("OBJECT_PAUSED");
  await page.getByRole("button", { name: "Resume" }).click();
  await decide(page, "Resume counter/c-1", "it is fine");
  await page.locator(".c-paused").first().waitFor({ state: "detached" });
  await system.send("counter", "c-1", { type: "ADD", amount: 1 });
  await audited(page, "pause", "counter/c-1", "looking into it");
});

test.skipIf(isSkipped)(
  "one cause is retried as a whole: one first, and the rest only where that one did not fail again",
  async () => {
    const page = await visitor();
    await page.goto(`${system.url}parked`);
    await page.getByRole("button", { name: "Retry all…" }).click();
    await page.getByLabel("Reason").fill("is it back?");
    await page.locator("dialog button[type=submit]").click();
    await page.getByText(/The first one failed, the rest was not touched: .*Paramount does not let go/).waitFor();
    await page.goto(`${system.url}audit`);
    await page.getByText("is it back?").first().waitFor();
    expect(await page.locator("tbody tr", { hasText: "is it back?" }).count()).toBe(1);

    await page.goto(`${system.url}parked`);
    await page.getByRole("button", { name: "Skip…" }).click();
    await page.getByLabel("Reason").fill("given up");
    await page.locator("dialog button[type=submit]").click();
    await page.getByText("2 of 2 done").waitFor(); // the list behind is empty by then
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("Nothing is parked").waitFor();
  },
);
