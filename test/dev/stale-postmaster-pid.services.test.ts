import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchDir, startScratchStack } from "./scratch.ts";
import { query } from "./stack-report.ts";

/** A stopped stack's data folder, with a postmaster.pid of the given pid put into it. */
async function leftOver(pid: number): Promise<string> {
  const dataDir = scratchDir();
  await (await startScratchStack({ dataDir })).stop();
  const [folder = ""] = readdirSync(join(dataDir, "dev")).filter((name) => /^pg\d+$/.test(name));
  writeFileSync(join(dataDir, "dev", folder, "postmaster.pid"), `${pid}\n/somewhere\n`);
  return dataDir;
}

test("a postmaster.pid whose pid belongs to another program does not stop the start", async () => {
  const dataDir = await leftOver(process.pid);
  const lines: string[] = [];
  const stack = await startScratchStack({ dataDir }, lines);

  expect(lines).toContain(`removed a postmaster.pid that no Postgres holds (pid ${process.pid})`);
  expect(await query(stack.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a postmaster.pid of a living Postgres is left alone, and named", async () => {
  const postgres = spawn("sleep", ["60"], { argv0: "postgres", stdio: "ignore" });
  onTestFinished(() => void postgres.kill("SIGKILL"));
  await once(postgres, "spawn");
  const dataDir = await leftOver(postgres.pid ?? 0);

  await expect(startScratchStack({ dataDir })).rejects.toThrow(`a Postgres (pid ${postgres.pid})`);
});

test("an initdb that was cut off is begun anew", async () => {
  const dataDir = scratchDir();
  for (const major of [15, 16, 17, 18]) {
    mkdirSync(join(dataDir, "dev", `pg${major}.new`, "base"), { recursive: true });
    writeFileSync(join(dataDir, "dev", `pg${major}.new`, "PG_VERSION"), `${major}\n`);
  }
  const stack = await startScratchStack({ dataDir });
  expect(await query(stack.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});
