/** Hosts as real processes that can be killed, paused and drained. What a test starts ends with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { HostOptions } from "../../src/core/options.ts";
import { compiled } from "./compiled.ts";
import { eventually } from "./eventually.ts";
import type { FailpointConfig } from "./failpoint-main.ts";
import type { HostMainConfig } from "./host-main.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));

export interface HostStats {
  readonly counters: Readonly<Record<string, number>>;
  readonly activations: number;
  /** Bytes, after a garbage collection. */
  readonly rss: number;
  readonly heapUsed: number;
}

export interface HostSetup {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  readonly namespace: string;
  readonly options?: Partial<HostOptions>;
  readonly witnessFile?: string;
  readonly partitions?: number;
}

/** Hosts of the example sagas in one process: `witnessFile` is their outside world. */
export type SagaHostSetup = Omit<HostSetup, "namespace"> & Pick<FailpointConfig, "hosts" | "boundaryFile">;

export class HostProcess {
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #stats: HostStats[];

  constructor(id: string, child: ChildProcess, stats: HostStats[]) {
    this.id = id;
    this.#child = child;
    this.#stats = stats;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves when the process is gone, with the signal that ended it. */
  async gone(): Promise<NodeJS.Signals | null> {
    const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null;
    if (!isOver) await once(this.#child, "close");
    return this.#child.signalCode;
  }

  /** SIGKILL: no goodbye. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGSTOP: the process stands still and does not know. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** SIGTERM: drains; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  /** Counters and memory, as of now. */
  async stats(): Promise<HostStats> {
    const before = this.#stats.length;
    this.#child.kill("SIGUSR2");
    return eventually(() => {
      const last = this.#stats[this.#stats.length - 1];
      if (this.#stats.length === before || last === undefined) throw new Error(`host ${this.id} says no stats`);
      return last;
    });
  }

  /** What the process said last; after `stop`, its final counts. */
  get lastStats(): HostStats | undefined {
    return this.#stats.at(-1);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    await closed;
    return this.#child.exitCode;
  }
}

/** Resolves when the host is open to messages. */
export async function spawnHost(setup: HostSetup): Promise<HostProcess> {
  return spawnMain("test/support/host-main.ts", configOf(setup));
}

/** The same for hosts of the example sagas, which may die at boundaries. */
export async function spawnSagaHosts({ hosts, boundaryFile, ...setup }: SagaHostSetup): Promise<HostProcess> {
  const { namespace: _, ...config } = configOf({ ...setup, namespace: "" });
  const given: FailpointConfig = { ...config, hosts, boundaryFile };
  return spawnMain("test/support/failpoint-main.ts", given, { SAGA_WITNESS: config.witnessFile });
}

const configOf = (setup: HostSetup): HostMainConfig => ({
  postgres: setup.postgresUrl,
  nats: setup.natsUrl,
  namespace: setup.namespace,
  options: setup.options ?? {},
  witnessFile: setup.witnessFile ?? "/dev/null",
  partitions: setup.partitions,
});

async function spawnMain(main: string, config: object, env: NodeJS.ProcessEnv = {}): Promise<HostProcess> {
  const args = ["--expose-gc", compiled(main), JSON.stringify(config)];
  const child = spawn(process.execPath, args, {
    cwd: repo,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const stats: HostStats[] = [];
  const id = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code, signal) =>
      reject(new Error(`the host ended with ${code ?? signal} before it was ready`)),
    );
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("ready ")) resolve(line.slice("ready ".length));
      if (line.startsWith("stats ")) stats.push(JSON.parse(line.slice("stats ".length)) as HostStats);
    });
  });
  return new HostProcess(id, child, stats);
}

/** A namespace that no other run has used. */
export function freshNamespace(name: string): string {
  return `${name}-${Date.now().toString(36)}`;
}
