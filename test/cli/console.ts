/** A command line in process: no real streams, no signals; what it wrote is kept. */
import { PassThrough } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function testIo(given: Partial<Io> = {}): { readonly io: Io; readonly written: { out: string; err: string } } {
  const written = { out: "", err: "" };
  const io: Io = {
    env: {},
    cwd: "/nowhere",
    isTerminal: false,
    isErrorTerminal: false,
    isInteractive: false,
    columns: 80,
    stdin: new PassThrough().end(),
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    onSignal: () => () => undefined,
    abort: (code) => {
      throw new Error(`aborted with ${code}`);
    },
    tellParent: () => false,
    onParentMessage: () => undefined,
    onOrphaned: () => undefined,
    ...given,
  };
  return { io, written };
}

export async function cli(args: readonly string[], given: Partial<Io> = {}): Promise<Ran> {
  const { io, written } = testIo(given);
  const code = await runCli(args, io);
  return { code, ...written };
}
