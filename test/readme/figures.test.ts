/** README.md says what the code does: the options table is the defaults, the version is the package's. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DEFAULT_HOST_OPTIONS, VERSION } from "stator";
import { expect, test } from "vitest";

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");

test("the README's table of host options is complete and has the defaults", () => {
  const [, table = ""] = /<!-- options -->([\s\S]*?)<!-- \/options -->/.exec(read("README.md")) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \| ([\d,]+) \| .+ \|$/gm)];
  const told = Object.fromEntries(rows.map(([, name = "", value = ""]) => [name, Number(value.replaceAll(",", ""))]));
  expect(told).toEqual(DEFAULT_HOST_OPTIONS);
});

test("the version in the code is the package's", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  expect(VERSION).toBe(version);
});
