/** `stator dev [module]`: everything on this machine, in one terminal. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { removeEndpoints, writeEndpoints } from "../dev/endpoints.ts";
import { pickPort } from "../dev/ports.ts";
import { type DevStack, startDevStack } from "../dev/stack.ts";
import type { ObjectSchemas } from "../http/openapi.ts";
import type { MachineDescription } from "../inspector/describe.ts";
import { banner, type Sample } from "./banner.ts";
import type { Configure } from "./command.ts";
import { UsageError } from "./exit.ts";
import { type Io, untilSignal } from "./io.ts";
import { askMetrics } from "./metrics.ts";
import { DEFAULT_MODULE, findModule } from "./module.ts";
import { readSchemas } from "./schemas.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { watchSources } from "./sources.ts";
import { Supervisor } from "./supervisor.ts";

const HTTP_BASE_PORT = 4_400;

interface Options {
  readonly httpPort?: string;
  readonly postgresPort?: string;
  readonly natsPort?: string;
  readonly reset?: true;
}

const HELP = `
Uses DATABASE_URL and NATS_URL where they are set, else what is installed, else gets it. Data, logs and
endpoints.json are in .stator (--data-dir, STATOR_DATA_DIR); objects are kept over restarts.

Examples:
  $ stator dev
  $ stator dev ./objects.ts --http-port 8080
  $ stator dev --reset

The host is started again when it crashes, and drained and started anew when files beside the module or in ./machines
change. Ctrl-C stops host, HTTP, NATS and Postgres in that order; a second one stops at once.`;

export const dev: Configure = (command, io) => {
  command
    .argument("[module]", "what the host serves", DEFAULT_MODULE)
    .option("--http-port <port>", "port of the HTTP API; 4400 or the next free one unless given")
    .option("--postgres-port <port>", "port of the Postgres that is started")
    .option("--nats-port <port>", "port of the nats-server that is started")
    .option("--reset", "delete all objects and data of the dev stack first")
    .addHelpText("after", HELP)
    .action(async (module: string, options: Options) => {
      await new Dev(module, options, settingsOf(command, io), io).run();
    });
};

/** Thrown between two steps of the start when the person has changed their mind. */
class Interrupted extends Error {}

class Dev {
  readonly #module: string;
  readonly #options: Options;
  readonly #settings: Settings;
  readonly #io: Io;
  /** What has been started, and how it is stopped: last started, first stopped. */
  readonly #started: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  /** Of the host that was ready last. */
  #schemas: readonly ObjectSchemas[] = [];
  #machines: readonly MachineDescription[] = [];
  #supervisor: Supervisor | undefined;
  #isStopping = false;

  constructor(module: string, options: Options, settings: Settings, io: Io) {
    this.#module = module;
    this.#options = options;
    this.#settings = settings;
    this.#io = io;
  }

  async run(): Promise<void> {
    const stopped = untilSignal(this.#io).then(() => {
      this.#isStopping = true;
      this.#say("stopping; Ctrl-C again stops at once");
      return undefined;
    });
    try {
      await this.#start(stopped);
      await stopped;
    } catch (cause) {
      if (!(cause instanceof Interrupted)) throw cause;
    } finally {
      await this.#stop();
    }
  }

  async #start(stopped: Promise<undefined>): Promise<void> {
    const { dataDir, namespace } = this.#settings;
    const module = findModule(this.#module, this.#io.cwd);
    const httpPort = await this.#pickHttpPort();
    if (this.#options.reset) await (await import("./reset.ts")).reset(dataDir, this.#say);
    removeEndpoints(dataDir); // of a run that was killed
    const stack = await this.#startStack();
    this.#goOn();
    const { migrate } = await import("../postgres/migrate.ts");
    await migrate(stack.postgresUrl, { namespace });
    const { openHttp } = await import("./http.ts");
    const http = await openHttp({
      nats: stack.natsUrl,
      postgres: stack.postgresUrl,
      namespace,
      port: httpPort,
      schemas: () => this.#schemas,
      machines: () => this.#machines,
      metrics: () => (this.#supervisor === undefined ? askMetrics(undefined) : this.#supervisor.metrics()),
    });
    this.#started.push({ name: "HTTP", stop: () => http.close() });
    this.#goOn();
    const sample = await Promise.race([this.#startHost(module, stack), stopped]);
    this.#goOn();
    writeEndpoints(dataDir, { nats: stack.natsUrl, postgres: stack.postgresUrl, http: http.url });
    this.#started.push({ name: "endpoints.json", stop: () => removeEndpoints(dataDir) });
    if (sample !== undefined) this.#banner(stack, http.url, sample);
  }

  async #startStack(): Promise<DevStack> {
    const { dataDir, given } = this.#settings;
    const stack = await startDevStack({
      dataDir,
      databaseUrl: given.postgres,
      natsUrl: given.nats,
      postgresPort: portOf(this.#options.postgresPort, "--postgres-port"),
      natsPort: portOf(this.#options.natsPort, "--nats-port"),
      say: this.#say,
    });
    this.#started.push({ name: "servers", stop: () => stack.stop() });
    return stack;
  }

  /** Resolves when the host is ready for the first time, however many changes of its files that takes. */
  #startHost(module: string, stack: DevStack): Promise<Sample> {
    const { cwd } = this.#io;
    return new Promise((resolve) => {
      const supervisor = new Supervisor({
        args: [module, "--namespace", this.#settings.namespace, "--label", "dev"],
        cwd,
        env: { ...this.#io.env, DATABASE_URL: stack.postgresUrl, NATS_URL: stack.natsUrl },
        say: this.#say,
        onReady: ({ sample, schemas, machines }) => {
          this.#schemas = readSchemas(schemas);
          this.#machines = machines;
          resolve(sample);
        },
      });
      this.#supervisor = supervisor;
      const folders = new Set([dirname(module), ...[join(cwd, "machines")].filter(existsSync)]);
      const onChange = (file: string): void => {
        this.#say(`${file} changed; the host drains and starts anew`);
        supervisor.reload();
      };
      const noWatch = (cause: Error): void => this.#say(`changes of files are not seen: ${cause.message}`);
      const sources = watchSources([...folders], onChange, noWatch);
      this.#started.push({
        name: "host",
        stop: async () => {
          sources.close();
          await supervisor.stop();
        },
      });
      supervisor.start();
    });
  }

  async #pickHttpPort(): Promise<number> {
    const given = portOf(this.#options.httpPort, "--http-port");
    const port = await pickPort({ server: "HTTP", given, remembered: undefined, base: HTTP_BASE_PORT });
    if (given === undefined && port !== HTTP_BASE_PORT)
      this.#say(`port ${HTTP_BASE_PORT} is taken: HTTP is on ${port}`);
    return port;
  }

  async #stop(): Promise<void> {
    const startedAt = performance.now();
    const isAnything = this.#started.length > 0;
    for (const { name, stop } of this.#started.splice(0).reverse()) {
      try {
        await stop();
      } catch (cause) {
        this.#say(`${name} did not stop cleanly: ${String(cause)}`);
      }
    }
    if (isAnything) this.#say(`stopped after ${Math.round(performance.now() - startedAt)} ms`);
  }

  #goOn(): void {
    if (this.#isStopping) throw new Interrupted();
  }

  #banner(stack: DevStack, http: string, sample: Sample): void {
    const { dataDir, namespace } = this.#settings;
    const { cwd } = this.#io;
    const folder = relative(cwd, dataDir) || dataDir;
    const isElsewhere = dataDir !== join(cwd, ".stator");
    const options = `${isElsewhere ? ` --data-dir ${folder}` : ""}${namespace === "default" ? "" : ` --namespace ${namespace}`}`;
    const postgres = { url: stack.postgresUrl, origin: stack.origins.postgres };
    const nats = { url: stack.natsUrl, origin: stack.origins.nats };
    this.#io.out(banner({ postgres, nats, http, namespace, folder, options, sample }, this.#io));
  }

  readonly #say = (line: string): void => this.#io.err(`dev: ${line}\n`);
}

function portOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new UsageError(`${option} must be a port, 1 to 65535, got ${text}`);
}
