/** While an object is paused its mail waits, is shown to wait, and is handled in order once it is resumed. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("mail", { module: "test/browser/supplier.ts" });
});

async function order(page: Page, verb: "Pause" | "Resume", reason: string): Promise<void> {
  await page.getByRole("button", { name: verb, exact: true }).click();
  await page.getByLabel("Reason").fill(reason);
  await page.getByLabel("Your name").fill("ada");
  await page.getByRole("button", { name: `${verb} counter/c-1` }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

test.skipIf(isSkipped)(
  "three messages to a paused object are shown to wait, make no turn, and are handled in order on resume",
  async () => {
    await system.send("counter", "c-1", { type: "ADD", amount: 1 });
    const page = await visitor();
    await page.goto(`${system.url}objects/counter/c-1?panel=messages`);
    await page.getByText("No message waits.").waitFor();
    await order(page, "Pause", "looking into it");
    await page.locator(".c-paused").first().waitFor();

    for (const amount of [10, 20, 30]) await system.send("teller", "t-1", { type: "TELL", key: "c-1", amount });
    await page.locator(".verdict", { hasText: "3 messages wait, and timers fire when it is resumed." }).waitFor();
    await page.getByRole("tab", { name: "Messages 3" }).waitFor();
    const mail = await page.locator(".object-panel .run").allInnerTexts();
    expect(mail.map((text) => /send ← teller\/t-1.*amount\W+(\d+)/s.exec(text)?.[1])).toEqual(["10", "20", "30"]);
    expect(await system.read("object/counter/c-1")).toMatchObject({ lastTurn: 1, condition: "paused" });

    await order(page, "Resume", "it is fine");
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

interface JournalRow {
  readonly turn: number;
  readonly event: { readonly amount: number };
}
