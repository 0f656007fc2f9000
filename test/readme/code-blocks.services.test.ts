/** The README's code, as a newcomer would paste it: the first object, the promise actor with the test kit, the saga. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, inject, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, ".stator", `readme-${process.pid}`);
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const [light = "", order = "", kit = "", saga = "", ...others] = blocks("ts");

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test("the first object runs against real servers and has at most 30 lines", async () => {
  expect(light.trim().split("\n").length).toBeLessThanOrEqual(30);
  const { exitCode, output } = await run("light.ts", light);
  expect(output).toContain("revision: 1");
  expect(output).toContain("presses: 1");
  expect(exitCode).toBe(0);
});

test("the promise actor's definition and the test kit run", async () => {
  const code = `${order}\n${kit}`.replace('"./machines/', '"../../machines/');
  const { exitCode, output } = await run("order.ts", code);
  expect(output.trim().split("\n").at(-1)).toBe("expired");
  expect(exitCode).toBe(0);
});

test("the saga stands in machines/ as shown, and no other block is left untried", () => {
  expect(readFileSync(join(ROOT, "machines/streaming.ts"), "utf8")).toContain(saga.trim());
  expect(others).toEqual([]);
});

test("every command line shown is one the command line knows", async () => {
  const lines = blocks("sh").flatMap((block) => block.split("\n").filter((line) => line.startsWith("npx stator ")));
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const [command = "", ...rest] = line
      .replace(/\s+#.*$/, "")
      .split(" ")
      .slice(2);
    const { output } = await node([join(ROOT, "dist/cli/main.js"), command, "--help"]);
    expect(output).toContain(`Usage: stator ${command}`);
    for (const option of rest.filter((word) => word.startsWith("--"))) expect(output).toContain(option);
  }
});

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code = ""]) => code);
}

function run(name: string, code: string): Promise<{ exitCode: number | null; output: string }> {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, name);
  writeFileSync(file, code);
  return node(["--import", "tsx", file]);
}

function node(args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  const env = { ...process.env, DATABASE_URL: inject("postgresUrl"), NATS_URL: inject("natsUrl") };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
