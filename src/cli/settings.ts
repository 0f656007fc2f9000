/**
 * Where a command finds its servers. Each setting comes from the first of: its option, its environment variable, the
 * running dev stack's `endpoints.json` (servers only).
 *
 *   --nats        NATS_URL            --namespace  STATOR_NAMESPACE   default
 *   --postgres    DATABASE_URL        --data-dir   STATOR_DATA_DIR    .stator
 */
import { resolve } from "node:path";
import type { Command } from "commander";
import { assertNamespace } from "../core/address.ts";
import { readEndpoints } from "../dev/endpoints.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";

export const OUTPUTS = ["table", "json", "ndjson"] as const;
export type Output = (typeof OUTPUTS)[number];

export interface Settings {
  readonly namespace: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly output: Output;
  /** By option or environment; undefined where only a dev stack could tell. */
  readonly given: { readonly nats: string | undefined; readonly postgres: string | undefined };
  /** Throws `UsageError` with the ways out where there is none. */
  nats(): string;
  postgres(): string;
  /** For people: where the URL came from. */
  origin(server: "nats" | "postgres"): string;
}

const SERVERS = {
  nats: { name: "NATS", option: "--nats", variable: "NATS_URL" },
  postgres: { name: "Postgres", option: "--postgres", variable: "DATABASE_URL" },
} as const;

export function settingsOf(command: Command, io: Io): Settings {
  const options: Record<string, string | undefined> = command.optsWithGlobals();
  const { env } = io;
  const namespace = options["namespace"] ?? (env["STATOR_NAMESPACE"] || "default");
  assertNamespace(namespace);
  const dataDir = resolve(io.cwd, options["dataDir"] ?? (env["STATOR_DATA_DIR"] || ".stator"));
  const given = (server: keyof typeof SERVERS): string | undefined =>
    options[server] ?? (env[SERVERS[server].variable] || undefined);
  const url = (server: keyof typeof SERVERS): string => {
    const found = given(server) ?? readEndpoints(dataDir)?.[server];
    if (found === undefined) throw nowhere(server, dataDir);
    return found;
  };
  return {
    namespace,
    dataDir,
    output: options["output"] as Output,
    given: { nats: given("nats"), postgres: given("postgres") },
    nats: () => url("nats"),
    postgres: () => url("postgres"),
    origin: (server) => {
      if (options[server] !== undefined) return SERVERS[server].option;
      return given(server) === undefined ? "the dev stack" : SERVERS[server].variable;
    },
  };
}

function nowhere(server: keyof typeof SERVERS, dataDir: string): UsageError {
  const { name, option, variable } = SERVERS[server];
  return new UsageError(
    `where is ${name}? Give ${option} <url>, set ${variable}, or start 'stator dev' (no running dev stack in ${dataDir})`,
  );
}
