/** `stator get` shows the inspector's sentence where a dev stack of the same namespace has one, and never fails for it. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Settings } from "../../src/cli/settings.ts";
import { verdictRows } from "../../src/cli/verdict.ts";
import { writeEndpoints } from "../../src/dev/endpoints.ts";

const ADDRESS = { name: "order", key: "a/b" };
const BRANCH = { targets: ["order.paid"], guard: "isPaid" };
const OBJECT = { verdict: "Waits.", next: [{ label: "PAY", branches: [BRANCH, { targets: [] }] }] };

async function settings(answers: Readonly<Record<string, unknown>>): Promise<Settings> {
  const dataDir = mkdtempSync(join(tmpdir(), "stator-verdict-"));
  const server = createServer((request, response) => response.end(JSON.stringify(answers[request.url ?? ""] ?? "{")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeEndpoints(dataDir, { nats: "nats://x", postgres: "postgres://x", http });
  return { dataDir, namespace: "default" } as Settings;
}

test("the sentence and what can happen next", async () => {
  const path = "/inspector/api/object/order/a%2Fb";
  const given = await settings({ "/healthz": { namespace: "default" }, [path]: OBJECT });
  expect(await verdictRows(ADDRESS, given)).toEqual([
    ["verdict", "Waits."],
    ["next", "PAY → paid [isPaid] | stays"],
  ]);
});

test("nothing where there is no dev stack, another namespace, or no answer", async () => {
  const nowhere = { dataDir: join(tmpdir(), "stator-is-not-here"), namespace: "default" } as Settings;
  expect(await verdictRows(ADDRESS, nowhere)).toEqual([]);
  expect(await verdictRows(ADDRESS, await settings({ "/healthz": { namespace: "other" } }))).toEqual([]);
  expect(await verdictRows(ADDRESS, await settings({}))).toEqual([]);
});
