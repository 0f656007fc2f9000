import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "nats";
import { expect, onTestFinished, test, vi } from "vitest";
import { findCommand } from "../../src/dev/command.ts";
import { readEnvironment } from "../../src/dev/environment.ts";
import { scratchDir, startScratchStack } from "./scratch.ts";

const hasApt = (await findCommand("apt-get", readEnvironment().path)) !== undefined;

test("without nats-server and without a package index, one is fetched from Debian, once", async (context) => {
  if (!hasApt) return context.skip("no apt-get here");
  const cache = scratchDir();
  const noIndex = join(cache, "apt.conf");
  writeFileSync(noIndex, `Dir::State::lists "${cache}/no-lists";\n`);
  vi.stubEnv("STATOR_NATS", "cache");
  vi.stubEnv("STATOR_CACHE", cache);
  vi.stubEnv("APT_CONFIG", noIndex);
  onTestFinished(() => void vi.unstubAllEnvs());
  const dataDir = scratchDir();

  const first: string[] = [];
  const stack = await startScratchStack({ dataDir }, first);
  expect(first.join("\n")).toMatch(/apt-get update[\s\S]*downloading nats-server_\S+\.deb/);
  expect(stack.origins.nats).toContain(join(cache, "nats", "nats-server"));
  expect(readdirSync(join(cache, "nats"))).toEqual(["nats-server"]);

  const connection = await connect({ servers: stack.natsUrl });
  expect(connection.info?.max_payload).toBe(1024 * 1024);
  expect(connection.info?.jetstream).not.toBe(true);
  await connection.close();
  await stack.stop();

  const second: string[] = [];
  await startScratchStack({ dataDir }, second);
  expect(second).toEqual([]);
}, 300_000);
