/**
 * An account of what the doubles did to the world, for tests that do not trust the database alone: one line of JSON an
 * event, appended to a file. The line is written before anything else happens, so it outlives a kill of the process.
 */
import { appendFileSync } from "node:fs";

/** Does nothing where no file is named. */
export function testify(file: string | undefined, facts: object): void {
  if (file === undefined || file === "") return;
  appendFileSync(file, `${JSON.stringify({ ...facts, pid: process.pid, at: new Date().toISOString() })}\n`);
}
