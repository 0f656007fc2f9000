/**
 * The file that defines a machine, for whoever has to correct it: of the loaded module and what it imports from its own
 * project, the first that names the machine as the builder or XState wants it named. Read as text: a guess that is right
 * wherever machines have literal names, and the module itself elsewhere.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Modules read at most. */
const MAX_FILES = 500;
const IMPORT = /\bfrom\s+["'](\.{1,2}\/[^"']+)["']/g;

/** Absolute path. */
export function siteOf(machineId: string, module: string): string {
  const name = machineId.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const defines = new RegExp(`\\bsaga\\(\\s*["']${name}["']|\\bid:\\s*["']${name}["']`);
  const files = [module];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    if (defines.test(text)) return file;
    const imported = [...text.matchAll(IMPORT)].map(([, path = ""]) => sourceOf(resolve(dirname(file), path)));
    for (const next of imported) {
      if (next !== undefined && !files.includes(next) && files.length < MAX_FILES) files.push(next);
    }
  }
  return module;
}

/** What an import means: itself, or a source that it is compiled from. */
function sourceOf(path: string): string | undefined {
  const stem = path.replace(/\.js$/, "");
  return [path, `${stem}.ts`, `${stem}.js`].find(
    (candidate) => /\.[cm]?[jt]sx?$/.test(candidate) && existsSync(candidate),
  );
}
