// Compiles src/, bundles the inspector's pages, and copies what neither does: the SQL migrations. Runs after `npm ci`
// (prepare). Into a folder beside dist/ first: a failed step leaves the last good build in place.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const fresh = `dist.${process.pid}`;

async function run(command, args) {
  const [status] = await once(spawn(`node_modules/.bin/${command}`, args, { stdio: "inherit" }), "close");
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

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
} catch (cause) {
  console.error(`build: ${cause.message}`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
