/** Loads the module whose default export is what a host serves. TypeScript loads as it is, through tsx. */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ObjectDefinition } from "../core/define.ts";
import { StartupError } from "../core/errors.ts";

export const DEFAULT_MODULE = "actors/index.ts";

/** Absolute path of a module that exists. */
export function findModule(module: string, cwd: string): string {
  const path = resolve(cwd, module);
  if (existsSync(path)) return path;
  throw new StartupError(
    "NO_MODULE",
    `there is no ${relative(cwd, path)}: name the module whose default export is an array of defineObject(…)`,
  );
}

export async function loadObjects(path: string, cwd: string): Promise<readonly ObjectDefinition[]> {
  const { register } = await import("tsx/esm/api");
  const tsconfig = findUp("tsconfig.json", cwd);
  // Stator's own tsconfig maps "stator" to its sources: a second copy beside this one, whose errors are not ours.
  register(tsconfig !== undefined && dirname(tsconfig) === packageRoot ? { tsconfig: false } : {});
  let exported: { readonly default?: unknown };
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new StartupError("BROKEN_MODULE", `${path} cannot be loaded: ${text}`, cause);
  }
  const { default: objects } = exported;
  if (Array.isArray(objects) && objects.length > 0 && objects.every(isDefinition)) return objects;
  throw new StartupError(
    "BROKEN_MODULE",
    `the default export of ${path} must be an array of defineObject(…), with at least one: export default [counterObject]`,
  );
}

const packageRoot = dirname(findUp("package.json", dirname(fileURLToPath(import.meta.url))) ?? "/");

function findUp(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** By shape: the module may have its own copy of Stator. */
function isDefinition(value: unknown): value is ObjectDefinition {
  const { name, machine, events } = (value ?? {}) as Partial<ObjectDefinition>;
  return typeof name === "string" && machine !== undefined && events instanceof Map;
}
