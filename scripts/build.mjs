// Compiles src/, bundles the inspector's pages, and copies what neither does: the SQL migrations. Runs after `npm ci`
// (prepare). Into a folder beside dist/ first: a failed step leaves the last good build in place. Does nothing where
// dist/ was built of the same files.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const fresh = `dist.${process.pid}`;
const STAMP = "dist/.built-of";

/** A hash of all that the build reads. */
function inputs() {
  const sources = readdirSync("src", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = sources.map(({ parentPath, path, name }) => `${parentPath ?? path}/${name}`).sort();
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs", ...files]) {
    hash.update(`${file}\n`).update(readFileSync(file)).update("\n");
  }
  return hash.digest("hex");
}

function builtOf() {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return undefined; // never built
  }
}

async function run(command, args) {
  const [status] = await once(spawn(`node_modules/.bin/${command}`, args, { stdio: "inherit" }), "close");
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

const before = inputs();
if (builtOf() === before) process.exit(0);
try {
  await run("tsc", ["-p", "tsconfig.build.json", "--outDir", fresh]);
  await run("vite", [
    "build",
    "src/inspector/web",
    "--outDir",
    `../../../${fresh}/inspector/web`,
    "--logLevel",
    "warn",
  ]);
  cpSync("src/postgres/migrations", `${fresh}/postgres/migrations`, { recursive: true });
  chmodSync(`${fresh}/cli/main.js`, 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(fresh, "dist");
  if (inputs() === before) writeFileSync(STAMP, before);
} catch (cause) {
  console.error(`build: ${cause.message}`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
