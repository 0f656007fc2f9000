/**
 * A host dies. Where it is the one that serves the page, the page says so, keeps what it knew, and comes back by itself;
 * where it is another, the page shows how its objects are taken over.
 */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
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

const KEYS = Array.from({ length: 16 }, (_, i) => `k-${i}`);
const ROUNDS = 30;

/** Partitions that the page says a host has. */
async function partitionsOn(page: Page, host: string): Promise<number> {
  const text = await page.locator(`.card[data-host="${host}"] .card-total`).innerText();
  return Number.parseInt(text, 10);
}

/** Each under its own id, until it is accepted: as a caller does who wants it applied once. */
async function add(key: string, round: number): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(new URL(`/objects/counter/${key}/events`, system.url), {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": `${key}.${round}` },
        body: JSON.stringify({ type: "ADD", amount: 1 }),
      });
      if (!response.ok) throw new Error(`${key}.${round}: ${await response.text()}`);
    },
    { timeoutMs: 40_000, everyMs: 200 },
  );
}

test.skipIf(isSkipped)(
  "the page of hosts shows how the other one takes over, and each event was applied once",
  async () => {
    const other = await system.join();
    const page = await visitor();
    await page.goto(`${system.url}hosts`);
    // its share: of the first few that move none may hold one of the keys
    await expect.poll(() => partitionsOn(page, other.id), { timeout: 20_000 }).toBeGreaterThan(100);
    await page.getByRole("heading", { name: /all owned/ }).waitFor();
    const { hosts } = await system.read("hosts");
    const lost = new Set(hosts.find(({ id }: { id: string }) => id === other.id).partitions);
    const [survivor] = hosts.filter(({ id, isAlive }: { id: string; isAlive: boolean }) => isAlive && id !== other.id);

    let rounds = 0;
    const sent = Promise.all(
      KEYS.map(async (key) => {
        for (let round = 1; round <= ROUNDS; round++, rounds++) await add(key, round);
      }),
    );
    await eventually(() => rounds > KEYS.length * 3, { timeoutMs: 30_000 });
    await other.kill();
    expect(rounds).toBeLessThan(KEYS.length * ROUNDS);

    await page.locator(`.card.gone[data-host="${other.id}"]`).waitFor();
    await expect.poll(() => partitionsOn(page, survivor.id), { timeout: 20_000 }).toBe(256);
    expect(await partitionsOn(page, other.id)).toBe(0);
    await page.getByRole("heading", { name: /all owned/ }).waitFor();
    expect(await page.locator(".live-live").count()).toBe(1);

    await sent;
    const turns = await system.sql(
      "select partition, key, message_id from journal where name = 'counter' and key like 'k-%'",
    );
    expect(turns.some(({ partition }) => lost.has(partition))).toBe(true);
    const ids = KEYS.flatMap((key) => Array.from({ length: ROUNDS }, (_, i) => `${key}.${i + 1}`));
    expect(turns.map(({ message_id: id }) => id).sort()).toEqual(ids.sort());
    for (const key of KEYS) expect((await system.read(`object/counter/${key}`)).context).toEqual({ count: ROUNDS });
  },
  120_000,
);
