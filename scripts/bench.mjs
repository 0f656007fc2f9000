// `npm run bench -- engine`: runs one of test/bench/*.bench.ts, with what follows its name as its arguments.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [name, ...rest] = process.argv.slice(2);
const file = `test/bench/${name}.bench.ts`;
if (name === undefined || !existsSync(file)) {
  const names = readdirSync("test/bench").flatMap((each) => /^(.+)\.bench\.ts$/.exec(each)?.[1] ?? []);
  console.error(`usage: npm run bench -- <${names.join("|")}> [arguments]`);
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", file, ...rest], { stdio: "inherit" });
process.exit(status ?? 1);
