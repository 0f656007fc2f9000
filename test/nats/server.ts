/** A nats-server of a test's own, to be killed and brought back on the same port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNats } from "../../src/dev/broker.ts";
import { readEnvironment } from "../../src/dev/environment.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";

export class NatsServer {
  readonly url: string;
  readonly #file: string;
  readonly #port: number;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(file: string, port: number, args: readonly string[]) {
    this.#file = file;
    this.#args = args;
    this.#port = port;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** `config` is the text of a config file. */
  static async start(config?: string): Promise<NatsServer> {
    const { file } = await findNats(readEnvironment(), () => undefined);
    const args = config === undefined ? [] : ["--config", await written(config)];
    const server = new NatsServer(file, await freePort(), args);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = [...this.#args, "-a", "127.0.0.1", "-p", `${this.#port}`];
    this.#process = spawn(this.#file, args, { stdio: "ignore" });
    await eventually(() => accepts(this.#port));
  }

  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined) return;
    process.kill("SIGKILL");
    await once(process, "exit");
  }
}

async function written(config: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "stator-nats-")), "nats.conf");
  await writeFile(file, config);
  return file;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
