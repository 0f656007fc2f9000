// `npm run bench -- W1 W3 --quick --json out.json`: the suite of test/bench/main.ts; `--help` lists what it takes.
// `npm run bench:peers -- W1 W3 --quick`: the same beside other systems, test/bench/peers.ts.
// `npm run bench -- engine|commit|transport …`: one of test/bench/*.bench.ts, with what follows as its arguments.
// Everything runs compiled, from a folder of its own: a loader at run time would be part of what is measured.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const out = "node_modules/.cache/stator-bench";
const [name, ...rest] = process.argv.slice(2);
const isSingle = existsSync(`test/bench/${name}.bench.ts`);

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const inside = Object.fromEntries(
  Object.entries(exports).map(([path, { default: file }]) => [path, file.replace("./dist/", "./src/")]),
);
mkdirSync(out, { recursive: true });
writeFileSync(`${out}/package.json`, JSON.stringify({ name: "stator", type: "module", exports: inside }));
const compiled = spawnSync("node_modules/.bin/tsc", ["-p", "test/bench/tsconfig.json"], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
cpSync("src/postgres/migrations", `${out}/src/postgres/migrations`, { recursive: true });

const [file, args] = isSingle
  ? [`${name}.bench`, rest]
  : name === "peers"
    ? [name, rest]
    : ["main", process.argv.slice(2)];
const command = ["--expose-gc", `${out}/test/bench/${file}.js`, ...args];
const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
process.exit(status ?? 1);
