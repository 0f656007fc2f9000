// `npm run simulate -- --seeds 1000 --from 1`: test/simulation/main.ts in one file, since a loader at run time costs a
// tenth of the speed; the larger young generation saves a fifth.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const outfile = "node_modules/.cache/stator-simulation/main.mjs";
await build({
  entryPoints: ["test/simulation/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  sourcemap: true,
  logLevel: "warning",
});
const command = ["--enable-source-maps", "--max-semi-space-size=64", outfile, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
process.exit(status ?? 1);
