/** A saga that is canceled half way: its lanes turn on the open page, and nothing is held in the end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

const folder = mkdtempSync(join(tmpdir(), "stator-supplier-"));
afterAll(() => rmSync(folder, { recursive: true }));

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("compensate", { module: "test/browser/harbor.ts" });
  await system.create("cruise", "c-1", { folder });
});

/** Each lane's word, forward and undo: `{ forward: ["done", "running"], undo: ["nothing", "nothing"] }`. */
const lanes = (page: Page): Promise<unknown> =>
  page.locator(".lanes tbody").evaluate((body) => {
    const words = (row: number) =>
      [...(body.children[row]?.querySelectorAll("td .cell > span") ?? [])].map((one) => one.textContent?.trim());
    return { forward: words(0), undo: words(1) };
  });

test.skipIf(isSkipped)("cancel turns the lanes, and the list of what is held shrinks to nothing", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/cruise/c-1?view=lanes`);
  const held = (): Promise<string> => page.locator(".held").innerText();
  await expect.poll(() => lanes(page)).toEqual({ forward: ["done", "running"], undo: ["nothing", "nothing"] });
  expect(await held()).toBe("Still held: cabin, maybe cruise");
  let loads = 0;
  page.on("load", () => loads++);

  await page.getByLabel("More verbs").click();
  await page.getByRole("button", { name: "Cancel…" }).click();
  const { verbs } = await system.read("object/cruise/c-1/consequences");
  const said = verbs.find(({ verb }: { verb: string }) => verb === "cancel").consequence;
  expect(said).toContain("undoes cabin and maybe cruise");
  expect(await page.locator(".consequence").innerText()).toBe(said);
  await page.getByLabel("Reason").fill("the guest is ill");
  await page.getByRole("button", { name: "Cancel cruise/c-1" }).click();

  await page.locator(".c-compensating").first().waitFor();
  await expect.poll(() => lanes(page)).toEqual({ forward: ["done", "failed"], undo: ["running", "done"] });
  expect(await held()).toBe("Still held: cabin");
  writeFileSync(join(folder, "refund"), "");
  await page.locator(".c-canceled").first().waitFor();
  await expect.poll(held).toBe("Still held: nothing");
  expect(await lanes(page)).toEqual({ forward: ["done", "failed"], undo: ["done", "done"] });
  expect(loads).toBe(0);
  expect(await system.read("object/cruise/c-1")).toMatchObject({ condition: "canceled", status: "done" });
});
