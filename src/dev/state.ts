/**
 * `state.json`: what the last run started and where, so that the next one stops its orphans and keeps its ports.
 *
 * Written right after each spawn, before the server is ready: an orphan must never be unknown.
 */
import { join } from "node:path";
import { asFields, readJson, writeJson } from "./file.ts";
import type { ProcessIdentity } from "./proc.ts";

export type ServerName = "postgres" | "nats";

/** A server as last seen. The port outlives the process. */
export interface ServerRecord {
  readonly port: number;
  readonly process: ProcessIdentity | undefined;
}

export class State {
  readonly #path: string;
  readonly #records: Partial<Record<ServerName, ServerRecord>>;

  constructor(devDir: string) {
    this.#path = join(devDir, "state.json");
    const fields = readJson(this.#path) ?? {};
    this.#records = { ...named("postgres", fields), ...named("nats", fields) };
  }

  get(name: ServerName): ServerRecord | undefined {
    return this.#records[name];
  }

  set(name: ServerName, record: ServerRecord): void {
    this.#records[name] = record;
    writeJson(this.#path, this.#records);
  }
}

function named(name: ServerName, fields: Readonly<Record<string, unknown>>): Partial<Record<ServerName, ServerRecord>> {
  const { port, process } = asFields(fields[name]) ?? {};
  if (!isPositive(port)) return {};
  const { pid, start } = asFields(process) ?? {};
  const known = isPositive(pid) && typeof start === "string" ? { pid, start } : undefined;
  return { [name]: { port, process: known } };
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
