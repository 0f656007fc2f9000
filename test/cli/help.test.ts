import { expect, test } from "vitest";
import { cli } from "./console.ts";

const COMMANDS =
  "dev host send create get ls journal wait watch check diagram retry skip cancel kill pause resume purge audit bench migrate doctor".split(
    " ",
  );

test("the help of every command is as it was", async () => {
  const texts = [(await cli(["--help"])).out];
  for (const name of COMMANDS) texts.push((await cli([name, "--help"])).out);
  await expect(texts.join("\n────\n")).toMatchFileSnapshot("help.snapshot.txt");
});

test("every command is listed and shows an example", async () => {
  const { out } = await cli(["--help"]);
  for (const name of COMMANDS) {
    expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    expect((await cli([name, "--help"])).out).toContain("$ ");
  }
});
