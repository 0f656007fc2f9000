// Compiles src/ and copies what tsc does not: the SQL migrations. Runs after `npm ci` (prepare).
// Into a folder beside dist/ first: a failed compile leaves the last good build in place.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const fresh = `dist.${process.pid}`;
try {
  const { status } = spawnSync("node_modules/.bin/tsc", ["-p", "tsconfig.build.json", "--outDir", fresh], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  cpSync("src/postgres/migrations", `${fresh}/postgres/migrations`, { recursive: true });
  chmodSync(`${fresh}/cli/main.js`, 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(fresh, "dist");
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
