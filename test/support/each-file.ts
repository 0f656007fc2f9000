/** Setup of the projects `services` and `timed`, run anew for each file although the modules are not. */
import { afterAll, expect } from "vitest";
import { childrenOf, commandLine } from "../../src/dev/proc.ts";
import { eventually } from "./eventually.ts";
import { endFile } from "./file-end.ts";

/** A file that leaves a process behind fails, and those that follow it in its worker do not. */
afterAll(async () => {
  await endFile();
  try {
    await eventually(async () => {
      const children = await childrenOf(process.pid);
      expect(await Promise.all(children.map(({ pid }) => commandLine(pid)))).toEqual([]);
    });
  } finally {
    for (const { pid } of await childrenOf(process.pid)) process.kill(pid, "SIGKILL");
  }
});
