/** A process of the run with a channel to it and its output in a file. It ends when we do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compiled } from "../support/compiled.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));

export interface ChildOptions {
  /** A file of this folder. */
  readonly main: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
}

export class Child<From, To> {
  readonly process: ChildProcess;
  readonly #listeners = new Set<(message: From) => void>();

  constructor({ main, args, logFile, env = {} }: ChildOptions) {
    const log = openSync(logFile, "a");
    this.process = spawn(process.execPath, [compiled(`test/chaos/${main}`), ...args], {
      cwd: repo,
      env: { ...process.env, ...env },
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.process.on("error", () => undefined); // `exit` tells
    this.process.on("message", (message) => {
      for (const listener of this.#listeners) listener(message as From);
    });
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  on(listener: (message: From) => void): void {
    this.#listeners.add(listener);
  }

  say(message: To): void {
    if (this.process.connected) this.process.send(message as object, () => undefined);
  }

  /** The first message that `accepts`; undefined when the process ends before. */
  async hear(accepts: (message: From) => boolean): Promise<From | undefined> {
    return new Promise((resolve) => {
      const listener = (message: From): void => {
        if (!accepts(message)) return;
        this.#listeners.delete(listener);
        resolve(message);
      };
      this.#listeners.add(listener);
      this.process.once("exit", () => resolve(undefined));
    });
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.process.kill(name);
  }

  async gone(): Promise<void> {
    if (this.isRunning) await once(this.process, "exit");
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.gone();
  }
}
