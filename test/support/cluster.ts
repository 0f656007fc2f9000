/** The data of a Postgres that has never run, copied: to make them takes a second of the processor. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** To where a dev stack in the folder looks for its own. Whoever has some already keeps it. */
export function layCluster(clusterDir: string | undefined, dataDir: string): void {
  const devDir = join(dataDir, "dev");
  if (clusterDir === undefined || existsSync(devDir)) return;
  mkdirSync(devDir, { recursive: true });
  execFileSync("cp", ["-a", `${clusterDir}/.`, devDir]); // Postgres wants the owner and the modes as they are
}
