// `npm run check`: format and lint, types, build, then every test that needs no server. Stops at the first failure.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const steps = [
  ["format and lint", "node_modules/.bin/biome", ["check", "--error-on-warnings", "."]],
  ["types", "node_modules/.bin/tsc", ["-p", "."]],
  ["types of the inspector's pages", "node_modules/.bin/tsc", ["-p", "src/inspector/web"]],
  ["build", process.execPath, ["scripts/build.mjs"]],
  ["tests without servers", "node_modules/.bin/vitest", ["run", "--project", "unit"]],
];
for (const [name, command, args] of steps) {
  const startedAt = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`check: ${name} failed`);
    process.exit(1);
  }
  console.log(`check: ${name} ok (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
