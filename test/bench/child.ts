/**
 * A child process with a channel: says `ready` once, then answers one question at a time.
 *
 * BENCH_PROFILE names a folder that gets a CPU profile of each, for Chrome's developer tools.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export class Child {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** `main` is a file of this folder, without its ending. Resolves when it is ready. */
  static async start(main: string, config: object, execArgv: readonly string[] = []): Promise<Child> {
    const file = fileURLToPath(new URL(`${main}.js`, import.meta.url));
    const { BENCH_PROFILE: dir } = process.env;
    const profile = dir
      ? ["--cpu-prof", `--cpu-prof-dir=${dir}`, `--cpu-prof-name=${main}-${Date.now()}.cpuprofile`]
      : [];
    return Child.of(fork(file, [JSON.stringify(config)], { execArgv: ["--expose-gc", ...profile, ...execArgv] }));
  }

  static async of(process: ChildProcess): Promise<Child> {
    const child = new Child(process);
    await child.#next();
    return child;
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  async ask<Answer>(question: object): Promise<Answer> {
    const answer = this.#next();
    this.#process.send(question);
    return (await answer) as Answer;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await ended;
  }

  async #next(): Promise<unknown> {
    const { promise: ended, resolve: end } = deferred();
    const exited = (code: number | null, signal: string | null): void =>
      end(new Error(`a process ended with ${code ?? signal}`));
    this.#process.once("exit", exited);
    const [said] = (await Promise.race([once(this.#process, "message"), ended])) as [unknown];
    this.#process.off("exit", exited);
    return said;
  }
}

function deferred(): { promise: Promise<never>; resolve: (cause: Error) => void } {
  let resolve: (cause: Error) => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    resolve = reject;
  });
  promise.catch(() => undefined);
  return { promise, resolve };
}
