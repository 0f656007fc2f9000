/** `stator diagram --svg`: the picture, printed or into a file. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { expect, test } from "vitest";
import { diagram } from "../../src/cli/diagram.ts";
import { testIo } from "../cli/console.ts";
import { elementsOf, textsOf } from "./xml.ts";

async function run(args: readonly string[]): Promise<string> {
  const { io, written } = testIo({ cwd: process.cwd() });
  const command = new Command("stator").addOption(new Option("-o, --output <format>").default("table"));
  diagram(command, io);
  await command.parseAsync(args, { from: "user" });
  return written.out;
}

test("a picture is printed", async () => {
  expect(textsOf(elementsOf(await run(["counter", "--svg"])))).toContain("counting");
  expect(JSON.parse(await run(["counter", "--svg", "-o", "json"]))).toMatchObject({ object: "counter" });
});

test("a picture is written into a file, in the colors asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chart-"));
  const file = join(folder, "order.svg");
  expect(await run(["order", "--svg", file, "--theme", "dark", "--detail", "compact"])).toBe(`${file}\n`);
  const svg = await readFile(file, "utf8");
  expect(textsOf(elementsOf(svg))).toContain("paying");
  expect(svg).not.toContain("prefers-color-scheme");
  await rm(folder, { recursive: true });
});
