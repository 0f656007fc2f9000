import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchDir, startScratchStack } from "./scratch.ts";

test("servers that were given are used: not started, not restarted, not stopped", async () => {
  const dataDir = scratchDir();
  const given = { databaseUrl: "postgres://db.example/app", natsUrl: "nats://nats.example" };
  const stack = await startScratchStack({ dataDir, ...given });

  expect(stack).toMatchObject({ postgresUrl: given.databaseUrl, natsUrl: given.natsUrl, pids: {} });
  expect(stack.origins).toEqual({ postgres: "DATABASE_URL", nats: "NATS_URL" });
  await expect(stack.restartPostgres("kill")).rejects.toThrow("DATABASE_URL");
  await expect(stack.restartNats("kill")).rejects.toThrow("NATS_URL");
  await stack.stop();
  expect(existsSync(join(dataDir, "dev", "lock.json"))).toBe(false);
});
