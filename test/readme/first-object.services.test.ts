/** The README's first object, as a newcomer would paste it: it runs, and it is as short as promised. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, inject, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, ".stator", `readme-${process.pid}`);

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test("the first code block of the README runs and has at most 30 lines", async () => {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
  expect(code.trim().split("\n").length).toBeLessThanOrEqual(30);
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, "light.ts");
  writeFileSync(file, code);
  const { exitCode, output } = await run(file);
  expect(output).toContain("revision: 1");
  expect(output).toContain("presses: 1");
  expect(exitCode).toBe(0);
});

function run(file: string): Promise<{ exitCode: number | null; output: string }> {
  const env = { ...process.env, DATABASE_URL: inject("postgresUrl"), NATS_URL: inject("natsUrl") };
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
