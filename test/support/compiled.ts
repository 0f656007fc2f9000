/**
 * What tests start as processes of their own (`tsconfig.json` beside this lists the files), compiled once for each run of
 * them: a loader at run time would cost every start a second of the processor.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const repo = fileURLToPath(new URL("../..", import.meta.url));
const NAME = "stator-processes";

export function compileProcesses(): void {
  const command = ["scripts/compile.mjs", "test/support", NAME];
  const { status } = spawnSync(process.execPath, command, { cwd: repo, stdio: "inherit" });
  if (status !== 0) throw new Error("the processes of the tests could not be compiled");
}

/** By its path in the repository: `test/support/host-main.ts`. */
export const compiled = (file: string): string => `${repo}node_modules/.cache/${NAME}/${file.replace(/\.ts$/, ".js")}`;
