/** The real servers of a run and what is done to them. Postgres is a direct child with a process group of its own. */
import { setTimeout as pause } from "node:timers/promises";
import { processStart } from "../../src/dev/proc.ts";
import { killProcess } from "../../src/dev/process.ts";
import { type DevStack, startDevStack } from "../../src/dev/stack.ts";

export class Servers {
  readonly #stack: DevStack;
  #pausedNats: number | undefined;

  private constructor(stack: DevStack) {
    this.#stack = stack;
  }

  static async start(dataDir: string, say: (line: string) => void): Promise<Servers> {
    return new Servers(await startDevStack({ dataDir, say }));
  }

  get postgresUrl(): string {
    return this.#stack.postgresUrl;
  }

  get natsUrl(): string {
    return this.#stack.natsUrl;
  }

  /** Versions: where they lie is nobody's business in a report. */
  get origins(): DevStack["origins"] {
    const { postgres, nats } = this.#stack.origins;
    return { postgres: `Postgres ${versionIn(postgres)}`, nats: `nats-server ${versionIn(nats)}` };
  }

  get postgresPort(): number {
    return Number(new URL(this.#stack.postgresUrl).port);
  }

  get natsPort(): number {
    return Number(new URL(this.#stack.natsUrl).port);
  }

  /** Ends it, leaves it down for a while, starts it on the same data. Resolves when it answers again. */
  async breakPostgres(how: "immediate" | "kill", downMs: number): Promise<void> {
    const { postgres } = this.#stack.pids;
    if (postgres !== undefined && how === "immediate") process.kill(postgres, "SIGQUIT");
    if (postgres !== undefined && how === "kill") await killTree(postgres);
    await pause(downMs);
    await this.#stack.restartPostgres(how);
  }

  async killNats(downMs: number): Promise<void> {
    const { nats } = this.#stack.pids;
    if (nats !== undefined) process.kill(nats, "SIGKILL");
    await pause(downMs);
    await this.#stack.restartNats("kill");
  }

  pauseNats(): void {
    this.#pausedNats = this.#stack.pids.nats;
    if (this.#pausedNats !== undefined) process.kill(this.#pausedNats, "SIGSTOP");
  }

  resumeNats(): void {
    if (this.#pausedNats !== undefined) process.kill(this.#pausedNats, "SIGCONT");
    this.#pausedNats = undefined;
  }

  /** Both run, whatever was done to them. A Postgres that ended by itself, as on a full disk, is started again. */
  async heal(): Promise<void> {
    this.resumeNats();
    const { postgres, nats } = this.#stack.pids;
    if (postgres === undefined || (await processStart(postgres)) === undefined)
      await this.#stack.restartPostgres("kill");
    if (nats === undefined || (await processStart(nats)) === undefined) await this.#stack.restartNats("kill");
  }

  stop(): Promise<void> {
    this.resumeNats();
    return this.#stack.stop();
  }
}

async function killTree(pid: number): Promise<void> {
  const start = await processStart(pid);
  if (start !== undefined) await killProcess({ pid, start });
}

const versionIn = (origin: string): string => /\(([^()]+)\)/.exec(origin)?.[1] ?? "of unknown version";
