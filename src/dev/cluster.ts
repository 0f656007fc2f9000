/**
 * The data folder of the dev Postgres: made whole or not at all, owned by whom the server runs as.
 *
 * The major version is in its name: data of two majors never meet.
 */
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, run } from "./command.ts";
import { DevStackError, systemCode } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { commandLine, processStart } from "./proc.ts";

export interface ClusterOptions {
  readonly devDir: string;
  readonly major: string;
  readonly initdb: string;
  readonly env: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly say: (line: string) => void;
}

/** The folder, made if need be. An initdb that was cut off leaves only a `.new` behind. */
export async function openCluster(options: ClusterOptions): Promise<string> {
  const { devDir, major, identity, say } = options;
  const folder = join(devDir, `pg${major}`);
  if (await exists(join(folder, "PG_VERSION"))) {
    await own(folder, identity);
    return folder;
  }
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await own(fresh, identity);
  say(`creating a Postgres ${major} data folder with initdb in ${folder}`);
  await initdb(options, fresh);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return folder;
}

/** No sync: a folder lost to a power cut now is made again. The server itself keeps fsync on. */
async function initdb({ initdb, env, identity }: ClusterOptions, folder: string): Promise<void> {
  const flags = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ];
  const command: Command = [initdb, "-D", folder, ...flags];
  const { isOk, stderr } = await run(identity.wrap(command, "KILL"), { env });
  if (!isOk) throw new DevStackError(`initdb failed: ${stderr}`);
}

/** Data made by one kind of start (as root, in a namespace) is handed over to another; a plain user cannot do that. */
async function own(folder: string, { owner }: Identity): Promise<void> {
  if (owner === undefined) return;
  const { uid } = await stat(folder);
  if (uid === owner.uid) return;
  if (process.getuid?.() !== 0) {
    throw new DevStackError(`${folder} belongs to uid ${uid}: start as that user or as root, or remove it`);
  }
  const { isOk, stderr } = await run(["chown", "-R", `${owner.uid}:${owner.gid}`, folder]);
  if (!isOk) throw new DevStackError(`cannot hand ${folder} over to uid ${owner.uid}: ${stderr}`);
}

/**
 * A crash leaves `postmaster.pid` behind, and Postgres refuses to start while its pid is alive, even if that pid now
 * belongs to something else. Removed only when it is no Postgres; a real one in the folder is refused.
 */
export async function clearStalePid(folder: string, say: (line: string) => void): Promise<void> {
  const file = join(folder, "postmaster.pid");
  const pid = (await readPidFile(folder))?.pid;
  if (pid === undefined) return;
  if ((await processStart(pid)) !== undefined && /postgres|postmaster/.test(await commandLine(pid))) {
    throw new DevStackError(
      `a Postgres (pid ${pid}) seems to run on ${folder}; stop it, or remove ${file} if it is another's`,
    );
  }
  say(`removed a postmaster.pid that no Postgres holds (pid ${pid})`);
  await rm(file, { force: true });
}

/** What a running Postgres says of itself: `isReady` once it takes connections. */
export async function readPidFile(folder: string): Promise<{ pid: number; isReady: boolean } | undefined> {
  let lines: readonly string[];
  try {
    lines = (await readFile(join(folder, "postmaster.pid"), "utf8")).split("\n");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
  // pid, data folder, start, port, socket folder, listen address, shared memory, status
  return { pid: Number.parseInt(lines[0] ?? "", 10) || 0, isReady: lines[7]?.trim() === "ready" };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
