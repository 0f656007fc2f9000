/** The host that serves the page dies: the page says so, keeps what it knew, and comes back by itself. */
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("killed");
  await system.send("counter", "c-1", { type: "ADD", amount: 2 });
});

test.skipIf(isSkipped)(
  "a killed host is told, its last data stay grey, and the next host brings the page back",
  async () => {
    const page = await visitor({ isExpected: (text) => /ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(text) });
    await page.goto(`${system.url}objects/counter/c-1?panel=context`);
    await page.getByText("count: ").last().waitFor();
    await page.locator(".live-live").waitFor();
    await system.kill();
    await page.locator(".live-reconnecting").waitFor();
    expect(await page.locator(".live").innerText()).toMatch(/reconnecting, data from \d+ s ago/);
    await page.keyboard.press("g"); // asks, and is not answered
    await page.getByText("The host that serves this page does not answer").first().waitFor();
    await page.goBack();
    await page.locator(".stale").first().waitFor();
    await page.getByText(/This is what was known .* ago/).waitFor();
    await system.start();
    await page.locator(".live-live").waitFor({ timeout: 20_000 });
    await page.locator(".stale").first().waitFor({ state: "detached" });
    await system.send("counter", "c-1", { type: "ADD", amount: 3 });
    await page.locator(".stop[data-turn='2']").waitFor();
    expect((await system.read("object/counter/c-1")).context).toEqual({ count: 5 });
  },
);
