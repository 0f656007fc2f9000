#!/usr/bin/env node
/** The `stator` command. */
import { processIo } from "./io.ts";
import { runCli } from "./program.ts";

// `stator journal order/o-1 | head`: the reader has enough.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code === "EPIPE") process.exit(0);
  throw cause;
});

const code = await runCli(process.argv.slice(2), processIo());
// Whatever else still holds the process (hooks of tsx, a socket that closes slowly) is not waited for; the output is.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
