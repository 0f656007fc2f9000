/**
 * While an object is paused its mail waits, is shown to wait, and is handled in order once it is resumed. What is tried
 * again need not wait for its next attempt.
 */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("mail", { module: "test/browser/supplier.ts" });
});

async function order(page: Page, verb: "Pause" | "Resume" | "Retry now", of: string, reason: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${verb}( R)?$`) }).click();
  await page.getByLabel("Reason").fill(reason);
  await page.getByLabel("Your name").fill("ada");
  await page.getByRole("button", { name: `${verb} ${of}` }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

test.skipIf(isSkipped)(
  "three messages to a paused object are shown to wait, make no turn, and are handled in order on resume",
  async () => {
    await system.send("counter", "c-1", { type: "ADD", amount: 1 });
    const page = await visitor();
    await page.goto(`${system.url}objects/counter/c-1?panel=messages`);
    await page.getByText("No message waits.").waitFor();
    await order(page, "Pause", "counter/c-1", "looking into it");
    await page.locator(".c-paused").first().waitFor();

    for (const amount of [10, 20, 30]) await system.send("teller", "t-1", { type: "TELL", key: "c-1", amount });
    await page.locator(".verdict", { hasText: "3 messages wait, and timers fire when it is resumed." }).waitFor();
    await page.getByRole("tab", { name: "Messages 3" }).waitFor();
    const mail = await page.locator(".object-panel .run").allInnerTexts();
    expect(mail.map((text) => /send ← teller\/t-1.*amount\W+(\d+)/s.exec(text)?.[1])).toEqual(["10", "20", "30"]);
    expect(await system.read("object/counter/c-1")).toMatchObject({ lastTurn: 1, condition: "paused" });

    await order(page, "Resume", "counter/c-1", "it is fine");
    await page.locator(".stop[data-turn='4']").waitFor();
    await page.getByText("No message waits.").waitFor();
    const { rows } = await system.read("object/counter/c-1/journal?after=1");
    const applied = rows.toReversed().map(({ turn, event }: JournalRow) => [turn, event.amount]);
    expect(applied).toEqual([
      [2, 10],
      [3, 20],
      [4, 30],
    ]);
    expect((await system.read("object/counter/c-1")).context).toEqual({ count: 61 });
  },
);

test.skipIf(isSkipped)(
  "retry now makes the next attempt at once: the count goes up, the time to the one after it begins anew",
  async () => {
    await system.send("rental", "r-1", { type: "RESERVE" });
    const page = await visitor();
    await page.goto(`${system.url}objects/rental/r-1`);
    const attempt = (n: number) => page.locator(".verdict", { hasText: `reserveCar is on attempt ${n} of 8` });
    const dueAt = () => page.locator(".run time").first().getAttribute("datetime");
    await attempt(2).waitFor();
    const before = await dueAt();
    await order(page, "Retry now", "rental/r-1", "they have one more car");
    await attempt(3).waitFor();
    await expect.poll(dueAt, { timeout: 10_000 }).not.toBe(before);
    expect(await page.locator(".run").first().innerText()).toMatch(/attempt\s+3 of 8\s+next attempt\s+in \d+/);
    expect((await system.read("object/rental/r-1")).lastTurn).toBe(1); // attempts are no turns

    await page.goto(`${system.url}audit`);
    const row = await page.locator("tbody tr", { hasText: "they have one more car" }).first().innerText();
    for (const told of ["retry", "rental/r-1", "ada"]) expect(row).toContain(told);
  },
);

interface JournalRow {
  readonly turn: number;
  readonly event: { readonly amount: number };
}
