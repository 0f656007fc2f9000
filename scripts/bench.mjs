// `npm run bench -- W1 W3 --quick --json out.json`: the suite of test/bench/main.ts; `--help` lists what it takes.
// `npm run bench:peers -- W1 W3 --quick`: the same beside other systems, test/bench/peers.ts.
// `npm run bench -- engine|commit|transport …`: one of test/bench/*.bench.ts, with what follows as its arguments.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const out = "node_modules/.cache/stator-bench";
const [name, ...rest] = process.argv.slice(2);
const isSingle = existsSync(`test/bench/${name}.bench.ts`);

const compiled = spawnSync(process.execPath, ["scripts/compile.mjs", "test/bench", "stator-bench"], {
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const [file, args] = isSingle
  ? [`${name}.bench`, rest]
  : name === "peers"
    ? [name, rest]
    : ["main", process.argv.slice(2)];
const command = ["--expose-gc", `${out}/test/bench/${file}.js`, ...args];
const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
process.exit(status ?? 1);
