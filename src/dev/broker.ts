/**
 * Finds the nats-server binary: of the machine, else of our cache, else fetched into the cache by one of two ways.
 *
 * Whatever is fetched is compared with a checksum before it is run, and put in place by one rename: two stacks that
 * fetch at once do not disturb each other.
 */
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findCommand, isExecutable, run } from "./command.ts";
import { fetchFromDebian } from "./debian.ts";
import type { Environment } from "./environment.ts";
import { DevStackError, messageOf } from "./errors.ts";
import { fetchFromRelease } from "./release.ts";

export interface NatsBinary {
  readonly file: string;
  readonly origin: string;
}

/** Puts a verified nats-server into the folder and returns its path; undefined where this way does not exist. */
export type Fetch = (stage: string, say: (line: string) => void) => Promise<string | undefined>;

export async function findNats(environment: Environment, say: (line: string) => void): Promise<NatsBinary> {
  if (!environment.isSystemNatsIgnored) {
    const file = await findCommand("nats-server", [...environment.path, "/usr/sbin", "/usr/local/sbin"]);
    if (file !== undefined) return named(file);
  }
  const cached = join(environment.cacheDir, "nats", "nats-server");
  if ((await isExecutable(cached)) && (await versionOf(cached)) !== undefined) return named(cached);
  await fetchInto(join(environment.cacheDir, "nats"), cached, say);
  return named(cached);
}

async function fetchInto(folder: string, target: string, say: (line: string) => void): Promise<void> {
  const failures: string[] = [];
  await mkdir(folder, { recursive: true });
  for (const fetch of [fromDebian, fetchFromRelease] satisfies readonly Fetch[]) {
    const stage = await mkdtemp(join(folder, ".stage-"));
    try {
      const file = await fetch(stage, say);
      if (file === undefined) continue;
      await chmod(file, 0o755);
      if ((await versionOf(file)) === undefined) throw new DevStackError(`the nats-server fetched does not run here`);
      return await rename(file, target);
    } catch (cause) {
      failures.push(messageOf(cause));
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  }
  const tried = failures.length === 0 ? "" : ` Tried: ${failures.join("; ")}.`;
  throw new DevStackError(
    `no nats-server: install one (Debian: apt-get install nats-server; macOS: brew install nats-server; or put the binary at ${target}), set NATS_URL to a running one, or run docker compose up.${tried}`,
  );
}

const fromDebian: Fetch = async (stage, say) => {
  const root = await fetchFromDebian("nats-server", stage, say);
  return root === undefined ? undefined : join(root, "usr", "sbin", "nats-server");
};

async function named(file: string): Promise<NatsBinary> {
  const version = await versionOf(file);
  if (version === undefined) throw new DevStackError(`${file} does not run; repair it, or set NATS_URL`);
  return { file, origin: `${file} (${version})` };
}

async function versionOf(file: string): Promise<string | undefined> {
  const { isOk, stdout, stderr } = await run([file, "--version"], { timeoutMs: 10_000 });
  return isOk ? /v?(\d+\.\d+\.\S+)/.exec(`${stdout} ${stderr}`)?.[1] : undefined;
}
