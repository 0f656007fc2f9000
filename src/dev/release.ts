/**
 * Fetches the official nats-server release, pinned: the checksums stand here, so what runs is what was reviewed.
 *
 * The checksums are those of the project's own container images: github.com/nats-io/nats-docker,
 * 2.10.x/alpine3.22/Dockerfile, which name only Linux archives. Other platforms go another way.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "./command.ts";
import { verifySha256 } from "./debian.ts";
import { DevStackError, messageOf } from "./errors.ts";

const VERSION = "2.10.29";
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** SHA-256 of `nats-server-v<version>-<platform>.tar.gz`. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  "linux-amd64": "e314da74a83a1d3876db8814c27eb990fe729640fd6452025b441bcede8390da",
  "linux-arm64": "da4b27942ecfb4c5f0c54553d2e7f470ddda9d7581cfe8131b351a0e223ed401",
};

/** Undefined where no checksum is known for the platform. */
export async function fetchFromRelease(stage: string, say: (line: string) => void): Promise<string | undefined> {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const sha256 = CHECKSUMS[platform];
  if (sha256 === undefined) return undefined;
  const name = `nats-server-v${VERSION}-${platform}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}/${name}.tar.gz`;
  say(`downloading ${url} (about 6 MB)`);
  return unpackRelease({ url, sha256, name }, stage);
}

/** Downloads, verifies, unpacks, in this order. */
export async function unpackRelease(
  { url, sha256, name }: { readonly url: string; readonly sha256: string; readonly name: string },
  stage: string,
): Promise<string> {
  const archive = join(stage, `${name}.tar.gz`);
  await download(url, archive);
  await verifySha256(archive, sha256);
  const { isOk, stderr } = await run(["tar", "-xzf", archive, "-C", stage]);
  if (!isOk) throw new DevStackError(`tar -xzf ${archive}: ${stderr}`);
  return join(stage, name, "nats-server");
}

async function download(url: string, target: string): Promise<void> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok || response.body === null) throw new DevStackError(`status ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(target));
  } catch (cause) {
    throw new DevStackError(`download of ${url}: ${messageOf(cause)}`, { cause });
  }
}
