/** Host processes of the demo: the built command line, as anybody would start it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
/** The package: where `actors/` is. */
const folder = fileURLToPath(new URL("../../../", import.meta.url));

export interface FleetOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly logFile: string;
}

export interface RunningHost {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #hosts = new Set<RunningHost>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves when it serves. If this process dies, it stops itself: its channel to us closes. */
  async start(name: string): Promise<RunningHost> {
    const { env, namespace, logFile } = this.#options;
    const log = openSync(logFile, "a");
    const args = [cli, "host", "actors/index.ts", "--namespace", namespace, "--label", name];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    const host: RunningHost = { name, pid: child.pid ?? 0, process: child };
    this.#hosts.add(host);
    const [how] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (child.exitCode === null && child.signalCode === null) return host;
    throw new Error(`${name} did not start (${how}):\n${this.logTail()}`);
  }

  /** As a power cut: no drain, no last word. */
  async kill(host: RunningHost): Promise<void> {
    this.#hosts.delete(host);
    const gone = once(host.process, "exit");
    host.process.kill("SIGKILL");
    await gone;
  }

  /** SIGTERM, and time to drain. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#hosts].map(async ({ process: child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        const killer = setTimeout(() => child.kill("SIGKILL"), 8_000);
        await gone;
        clearTimeout(killer);
      }),
    );
    this.#hosts.clear();
  }

  logTail(): string {
    return readFileSync(this.#options.logFile, "utf8").slice(-3_000);
  }
}
