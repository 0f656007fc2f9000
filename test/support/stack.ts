/**
 * Global setup of the projects `services` and `timed`: one real Postgres and one real nats-server for all test files, and
 * the processes that they start, compiled.
 *
 * Started in a temporary folder, on free ports, and stopped at the end; `DATABASE_URL` and `NATS_URL` are used instead
 * where they are set. Tests that break servers start a stack of their own.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { readEnvironment } from "../../src/dev/environment.ts";
import { planPostgres } from "../../src/dev/postgres.ts";
import { startDevStack } from "../../src/dev/stack.ts";
import { layCluster } from "./cluster.ts";
import { compileProcesses } from "./compiled.ts";
import type {} from "./provided.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  compileProcesses();
  const dataDir = mkdtempSync(join(tmpdir(), "stator-services-"));
  chmodSync(dataDir, 0o755); // as root, Postgres runs as a user who must be able to walk in
  const say = (line: string): boolean => process.stderr.write(`dev stack: ${line}\n`);
  try {
    const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
    const clusterDir = databaseUrl ? undefined : join(dataDir, "unused");
    if (clusterDir !== undefined) {
      mkdirSync(clusterDir);
      await planPostgres(clusterDir, readEnvironment(), say);
      layCluster(clusterDir, dataDir);
    }
    project.provide("clusterDir", clusterDir);
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
