/**
 * Global setup of the projects `services` and `timed`: one real Postgres and one real nats-server for all test files, and
 * the hosts that `host-process.ts` starts, compiled.
 *
 * Started in a temporary folder, on free ports, and stopped at the end; `DATABASE_URL` and `NATS_URL` are used instead
 * where they are set. Tests that break servers start a stack of their own.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { startDevStack } from "../../src/dev/stack.ts";
import { HOSTS } from "./host-process.ts";
import type {} from "./provided.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const command = ["scripts/compile.mjs", "test/support", HOSTS];
  const { status } = spawnSync(process.execPath, command, { cwd: repo, stdio: "inherit" });
  if (status !== 0) throw new Error("the hosts of the tests could not be compiled");
  const dataDir = mkdtempSync(join(tmpdir(), "stator-services-"));
  chmodSync(dataDir, 0o755); // as root, Postgres runs as a user who must be able to walk in
  const say = (line: string): boolean => process.stderr.write(`dev stack: ${line}\n`);
  try {
    const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
    const stack = await startDevStack({
      dataDir,
      databaseUrl: databaseUrl || undefined,
      natsUrl: natsUrl || undefined,
      say,
    });
    say(`postgres from ${stack.origins.postgres}, nats from ${stack.origins.nats}, ready after ${stack.readyMs} ms`);
    project.provide("postgresUrl", stack.postgresUrl);
    project.provide("natsUrl", stack.natsUrl);
    return async () => {
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    };
  } catch (cause) {
    rmSync(dataDir, { recursive: true, force: true });
    throw cause;
  }
}
