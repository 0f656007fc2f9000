/**
 * Fetches a package from Debian's archive without root and without installing it: `apt-get download`, `dpkg -x`.
 *
 * apt verifies the package index by its signature; the package is compared with the SHA-256 of that index here again.
 * Where the machine has no index, or an old one, a private one is fetched into the stage folder: nothing outside it
 * is written.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { findCommand, run } from "./command.ts";
import { readEnvironment } from "./environment.ts";
import { DevStackError } from "./errors.ts";

const UPDATE_TIMEOUT_MS = 240_000;
/** No drop to `_apt`, who cannot write the stage; a dead mirror in the list must not cost minutes. */
const BASE_OPTIONS = [
  "APT::Sandbox::User=",
  "Acquire::Retries=1",
  "Acquire::http::Timeout=20",
  "Acquire::https::Timeout=20",
];

/** Is told what takes long. */
type Say = (line: string) => void;

/** The folder that the package's files are below, as they would be below `/`; undefined where there is no apt. */
export async function fetchFromDebian(name: string, stage: string, say: Say): Promise<string | undefined> {
  const { path } = readEnvironment();
  if ((await findCommand("apt-get", path)) === undefined || (await findCommand("dpkg", path)) === undefined) {
    return undefined;
  }
  const deb = (await download(name, stage, BASE_OPTIONS, say)) ?? (await downloadWithPrivateIndex(name, stage, say));
  if (deb === undefined) throw new DevStackError(`apt-get finds no package ${name}`);
  const root = join(stage, "root");
  const { isOk, stderr } = await run(["dpkg", "-x", deb, root]);
  if (!isOk) throw new DevStackError(`dpkg -x ${name}: ${stderr}`);
  return root;
}

async function downloadWithPrivateIndex(name: string, stage: string, say: Say): Promise<string | undefined> {
  const [lists, cache] = [join(stage, "lists"), join(stage, "cache")];
  await mkdir(join(lists, "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  const options = [...BASE_OPTIONS, `Dir::State::lists=${lists}`, `Dir::Cache=${cache}`, "Acquire::Languages=none"];
  say("fetching Debian's package index with apt-get update into a private folder (about 20 s)");
  // The status says little: one unreachable list among several fails it. Whether the package is in it counts.
  await run(["apt-get", ...asFlags(options), "update"], { timeoutMs: UPDATE_TIMEOUT_MS });
  return download(name, stage, options, say);
}

/** The verified package file; undefined when this index has no such package, or names one that is gone. */
async function download(
  name: string,
  stage: string,
  options: readonly string[],
  say: Say,
): Promise<string | undefined> {
  const uris = await run(["apt-get", ...asFlags(options), "download", "--print-uris", name], { cwd: stage });
  const [, archive, size, sha256] = /^'\S+' (\S+\.deb) (\d+) SHA256:([0-9a-f]{64})$/m.exec(uris.stdout) ?? [];
  if (archive === undefined || sha256 === undefined) return undefined;
  say(`downloading ${archive} with apt-get (${(Number(size) / 1e6).toFixed(1)} MB)`);
  const { isOk } = await run(["apt-get", ...asFlags(options), "download", name], { cwd: stage });
  if (!isOk) return undefined;
  const file = join(stage, archive);
  await verifySha256(file, sha256);
  return file;
}

function asFlags(options: readonly string[]): readonly string[] {
  return options.flatMap((option) => ["-o", option]);
}

/** Throws unless the file is the one that was promised. */
export async function verifySha256(file: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest("hex");
  if (actual !== expected) throw new DevStackError(`${file} has SHA-256 ${actual}, expected ${expected}: not used`);
}
