/**
 * The warning at a host's start: what `stator check` finds in the machines that are served. Another process at the
 * lowest priority does the work, so that it delays neither the start nor a message.
 */
import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import type { Logger } from "../ports/telemetry.ts";
import type { CheckReport } from "../saga/index.ts";
import { EXIT } from "./exit.ts";
import { selfArguments } from "./self.ts";

/** Starts the check; the answer ends it. */
export function checkMachines(module: string, cwd: string, logger: Logger): () => void {
  const args = [...selfArguments, "check", "--module", module, "-o", "json"];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "ignore"] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.on("error", (cause) => logger.warn({ err: cause }, "the machines could not be checked"));
  child.on("close", (code) => {
    if (code === EXIT.problemsFound) warn(JSON.parse(output) as readonly CheckReport[], logger);
  });
  return () => void child.kill("SIGKILL");
}

function warn(reports: readonly CheckReport[], logger: Logger): void {
  for (const { machine, findings } of reports) {
    for (const { kind, message } of findings)
      logger.warn({ object: machine, finding: kind }, `stator check: ${message}`);
  }
}
