/** `stator dev --reset`: deletes the data of a dev stack that does not run. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "../dev/lock.ts";
import { NATS_STOP_SIGNAL } from "../dev/nats.ts";
import { POSTGRES_STOP_SIGNAL } from "../dev/postgres.ts";
import { stopOrphan } from "../dev/server.ts";
import { State } from "../dev/state.ts";

/** Refused while a stack runs there. Servers that an earlier run left behind are stopped first. */
export async function reset(dataDir: string, say: (line: string) => void): Promise<void> {
  const devDir = join(dataDir, "dev");
  await mkdir(devDir, { recursive: true });
  const lock = await takeLock(devDir, say);
  try {
    const state = new State(devDir);
    await stopOrphan("postgres", POSTGRES_STOP_SIGNAL, state, say);
    await stopOrphan("nats", NATS_STOP_SIGNAL, state, say);
    const entries = (await readdir(devDir)).filter((name) => name !== "lock.json");
    for (const name of entries) await rm(join(devDir, name), { recursive: true, force: true });
    if (entries.length > 0) say(`deleted the data in ${devDir}`);
  } finally {
    lock.release();
  }
}
