/** A host with a token is usable in a browser: signed in once, over reloads, for pages, changes and the socket. */
import { expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { inspected } from "./inspected.ts";

const TOKEN = "correct-horse";
const CONNECTED = `new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/inspect?object=counter");
  socket.onopen = () => resolve("open");
  socket.onerror = () => resolve("refused");
})`;

test.skipIf(isSkipped)("the token is asked for once, and neither kept nor shown by the page", async () => {
  const system = await inspected("token", { token: TOKEN });
  const page = await visitor({ isExpected: (text) => /40[14]/.test(text) || text.includes("/inspect") });
  await page.goto(`${system.url}objects/counter/c-1`);
  const field = page.locator("input[type=password]");
  await field.fill("wrong");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("that is not the token of this host").waitFor();
  expect(await page.evaluate<string>(CONNECTED)).toBe("refused");
  await field.fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByText("There is no counter/c-1").waitFor();
  await page.locator(".live-live").waitFor();
  await page.reload();
  await page.getByText("There is no counter/c-1").waitFor();
  expect(await field.count()).toBe(0);
  expect(
    await page.evaluate<string>("document.cookie + JSON.stringify([{...localStorage}, {...sessionStorage}])"),
  ).not.toMatch(/correct-horse|stator-session/);
  expect(await page.evaluate<string>(CONNECTED)).toBe("open");

  await system.create("counter", "c-1");
  await page.locator(".verdict").waitFor();
  await page.keyboard.press("e");
  await page.locator('[data-field="amount"] input').fill("3");
  await page.getByRole("button", { name: "Send ADD" }).click();
  await page.getByText(/ADD is turn 2/).waitFor();
});
