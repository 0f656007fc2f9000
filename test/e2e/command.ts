/** The built `stator` command in processes of its own. What a test starts ends with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";

export const repo = fileURLToPath(new URL("../..", import.meta.url));
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** No warning is wanted: so a host does not have its machines checked at its start, which takes two seconds of the processor. */
export const UNCHECKED = { LOG_LEVEL: "error" };

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that goes on until it is told to stop. */
export class Running {
  readonly child: ChildProcess;
  out = "";
  err = "";

  constructor(args: readonly string[], { env = {}, cwd = repo, input }: CommandOptions = {}) {
    this.child = spawn(process.execPath, [main, ...args], { cwd, env: cleanEnv(env), stdio: "pipe" });
    this.child.stdout?.on("data", (data) => {
      this.out += data;
    });
    this.child.stderr?.on("data", (data) => {
      this.err += data;
    });
    this.child.stdin?.end(input ?? "");
  }

  async exit(): Promise<Finished> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "close");
    return { code: this.child.exitCode, out: this.out, err: this.err };
  }

  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<Finished> {
    this.child.kill(signal);
    return this.exit();
  }

  /** Resolves when the text is there; throws with all that was said when it does not come. */
  async says(text: string | RegExp, timeoutMs = 30_000): Promise<void> {
    await eventually(
      () => {
        if (new RegExp(text).test(this.out + this.err)) return;
        throw new Error(`no ${text} in:\n${this.out}\n${this.err}`);
      },
      { timeoutMs },
    );
  }
}

/** Killed after the test if it still runs. */
export function start(args: readonly string[], options: CommandOptions = {}): Running {
  const running = new Running(args, options);
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

export async function stator(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return start(args, options).exit();
}

/** No setting of the person who runs the tests leaks in. */
function cleanEnv(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { DATABASE_URL, NATS_URL, STATOR_NAMESPACE, STATOR_DATA_DIR, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1", ...env };
}
