// Compiles src/ to dist/ and copies what tsc does not: the SQL migrations. Runs after `npm ci` (prepare).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync("dist", { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
cpSync("src/postgres/migrations", "dist/postgres/migrations", { recursive: true });
chmodSync("dist/cli/main.js", 0o755);
