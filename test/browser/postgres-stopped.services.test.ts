/** Postgres stops: the page says since when, keeps what it knew and how old that is, and comes back by itself. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { type DevStack, startDevStack } from "../../src/dev/stack.ts";
import { layCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { atFileEnd } from "../support/file-end.ts";
import { freePort } from "../support/free-port.ts";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let stack: DevStack;
let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  const dataDir = mkdtempSync(join(tmpdir(), "stator-stopped-"));
  chmodSync(dataDir, 0o755); // as root, Postgres runs as a user who must be able to walk in
  layCluster(inject("clusterDir"), dataDir);
  // not one of those near the usual port: another stack that starts meanwhile would take it
  const postgresPort = await freePort();
  stack = await startDevStack({ dataDir, natsUrl: inject("natsUrl"), postgresPort, say: () => undefined });
  atFileEnd(async () => {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  system = await inspected("stopped", { postgresUrl: stack.postgresUrl });
  await system.send("counter", "c-1", { type: "ADD", amount: 2 });
});

test.skipIf(isSkipped)(
  "a stopped Postgres is told with since when, what was known stays grey with its age, and all comes back by itself",
  async () => {
    const page = await visitor({ isExpected: (text) => /status of 50[34]/.test(text) });
    await page.goto(`${system.url}objects/counter/c-1?panel=context`);
    await page.getByText("count: ").last().waitFor();
    await page.locator(".live-live").waitFor();
    await page
      .locator("nav.side")
      .filter({ hasText: /Hosts\s*1/ })
      .waitFor(); // it asks for the overview last
    const opened = await page.evaluate(() => performance.timeOrigin);

    process.kill(stack.pids.postgres ?? Number.NaN, "SIGQUIT");
    const banner = page.locator("main [role=alert]").first();
    await banner.filter({ hasText: /Postgres does not answer now\. It has been so for [2-9] s\./ }).waitFor();
    expect(await banner.innerText()).toMatch(/This is what was known \d+ s ago, at ([\d-]{10} )?[\d:]{8}\./);
    expect(await banner.innerText()).toContain("nothing that was accepted is lost");
    expect(await page.locator(".object-split.stale").innerText()).toContain("count: 2");
    expect(await page.locator(".live-reconnecting").innerText()).toMatch(/reconnecting, data from \d+ s ago/);

    await page.keyboard.press("g"); // another page says the same at once, and for no shorter
    await page.locator(".answered.stale").waitFor();
    await banner.filter({ hasText: /Postgres does not answer now\. It has been so for ([6-9]|\d\d) s\./ }).waitFor();
    await page.goBack();
    await page.locator(".object-split.stale").waitFor();

    await stack.restartPostgres("immediate");
    await banner.waitFor({ state: "detached" });
    await page.locator(".live-live").waitFor();
    await page.locator(".stale").waitFor({ state: "detached" });
    await eventually(() => system.send("counter", "c-1", { type: "ADD", amount: 3 }), { timeoutMs: 30_000 });
    await page.locator(".stop[data-turn='2']").waitFor();
    await page.getByText("count: 5").first().waitFor();
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(opened);
  },
  120_000,
);
