/**
 * `endpoints.json`: where the running stack answers, for commands started in another terminal.
 *
 * Whole or absent, and only there while the stack is up: the caller writes it when all is ready and removes it at stop.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "./file.ts";

/** URLs. */
export interface Endpoints {
  readonly nats: string;
  readonly postgres: string;
  readonly http: string;
}

const pathIn = (dataDir: string): string => join(dataDir, "endpoints.json");

export function writeEndpoints(dataDir: string, { nats, postgres, http }: Endpoints): void {
  mkdirSync(dataDir, { recursive: true });
  writeJson(pathIn(dataDir), { nats, postgres, http });
}

/** Undefined when no stack has said that it is up. */
export function readEndpoints(dataDir: string): Endpoints | undefined {
  const { nats, postgres, http } = readJson(pathIn(dataDir)) ?? {};
  if (typeof nats !== "string" || typeof postgres !== "string" || typeof http !== "string") return undefined;
  return { nats, postgres, http };
}

export function removeEndpoints(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true });
}
