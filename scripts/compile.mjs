// `node scripts/compile.mjs test/bench stator-bench`: compiles what runs as a process of its own, of the folder and all
// that it imports, into a package of that name below node_modules/.cache. A loader at run time would cost each start a
// second of the processor, and be part of what is measured.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [folder, name] = process.argv.slice(2);
const out = `node_modules/.cache/${name}`;
const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const inside = Object.fromEntries(
  Object.entries(exports).map(([path, { default: file }]) => [path, file.replace("./dist/", "./src/")]),
);
mkdirSync(out, { recursive: true });
writeFileSync(`${out}/package.json`, JSON.stringify({ name: "stator", type: "module", exports: inside }));
const migrations = "src/postgres/migrations";
cpSync(migrations, `${out}/${migrations}`, { recursive: true });
for (const file of readdirSync(`${out}/${migrations}`)) {
  if (!existsSync(`${migrations}/${file}`)) rmSync(`${out}/${migrations}/${file}`); // of another branch
}
const { status } = spawnSync("node_modules/.bin/tsc", ["-p", folder, "--outDir", out], { stdio: "inherit" });
process.exit(status ?? 1);
