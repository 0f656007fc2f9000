/**
 * The switches of the dev stack in the process environment. The only file of this folder that reads `process.env`.
 */
import { homedir } from "node:os";
import { join } from "node:path";

export interface Environment {
  /** Folders of PATH, in order. */
  readonly path: readonly string[];
  /** `STATOR_PG=npm`: a Postgres of the machine is not looked at. */
  readonly isSystemPostgresIgnored: boolean;
  /** `STATOR_NATS=cache`: a nats-server of the machine is not looked at. */
  readonly isSystemNatsIgnored: boolean;
  /** `STATOR_CACHE`, else `~/.cache/stator`: downloaded binaries, shared by all projects. */
  readonly cacheDir: string;
}

export function readEnvironment(): Environment {
  const { PATH = "", STATOR_PG, STATOR_NATS, STATOR_CACHE } = process.env;
  return {
    path: PATH.split(":").filter((dir) => dir !== ""),
    isSystemPostgresIgnored: STATOR_PG === "npm",
    isSystemNatsIgnored: STATOR_NATS === "cache",
    cacheDir: STATOR_CACHE || join(homedir(), ".cache", "stator"),
  };
}

/** What a child inherits: ours, with messages in plain English, since we read some of them. */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", ...more };
}

/** Servers that the demo is to use instead of starting its own. */
export function givenServers(): { readonly databaseUrl: string | undefined; readonly natsUrl: string | undefined } {
  const { DATABASE_URL, NATS_URL } = process.env;
  return { databaseUrl: DATABASE_URL || undefined, natsUrl: NATS_URL || undefined };
}
