// `npm test`: the checks; then the tests that need servers, which mostly wait, with the long ones that need none beside
// them at the lowest priority; then, alone, those that measure time. Stops at the first failure.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const startedAt = performance.now();
const inVitest = (project) => ["node_modules/.bin/vitest", "run", "--project", project];

function fail(name) {
  console.error(`test: ${name} failed`);
  process.exit(1);
}

async function run(name, [command, ...args]) {
  const stepAt = performance.now();
  const [code] = await once(spawn(command, args, { stdio: "inherit" }), "close");
  if (code !== 0) fail(name);
  console.log(`test: ${name} ok (${seconds(stepAt)} s)`);
}

/** Answers a function that waits for it. What it says is shown then, so that two runs do not mix. */
function begin(name, [command, ...args]) {
  const stepAt = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  process.once("exit", () => child.kill());
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(data));
  const ended = once(child, "close").then(([code]) => ({ code, took: seconds(stepAt) }));
  return async () => {
    const { code, took } = await ended;
    process.stdout.write(Buffer.concat(said));
    if (code !== 0) fail(name);
    console.log(`test: ${name} ok (${took} s)`);
  };
}

const seconds = (since) => Math.round((performance.now() - since) / 1_000);

await run("check", [process.execPath, "scripts/check.mjs"]);
const longEnded = begin("long tests without servers", inVitest("long"));
await run("tests with servers", inVitest("services"));
await longEnded();
await run("tests that measure time", inVitest("timed"));
console.log(`test: all ok (${seconds(startedAt)} s)`);
