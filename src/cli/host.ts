/** `stator host [module]`: one process that serves objects, until it is told to stop. */
import type { Host } from "../compose.ts";
import type { ObjectDefinition } from "../core/define.ts";
import { StartupError } from "../core/errors.ts";
import type { MachineDescription } from "../inspector/describe.ts";
import type { Logger } from "../ports/telemetry.ts";
import type { Sample } from "./banner.ts";
import type { Configure } from "./command.ts";
import { type Io, untilSignal } from "./io.ts";
import { isWarning, newLogger } from "./log.ts";
import { checkMachines } from "./machine-check.ts";
import { metricsOf, tellMetrics } from "./metrics.ts";
import { DEFAULT_MODULE, findModule, loadObjects } from "./module.ts";
import { positive } from "./options.ts";
import type { WrittenSchemas } from "./schemas.ts";
import { type Settings, settingsOf } from "./settings.ts";

/** What a host tells the `stator dev` that started it. */
export type HostNews =
  | {
      readonly kind: "ready";
      readonly id: string;
      readonly sample: Sample;
      readonly schemas: readonly WrittenSchemas[];
      readonly machines: readonly MachineDescription[];
    }
  /** Another start of the same files would fail alike. */
  | { readonly kind: "refused" };

interface Options {
  readonly group?: string;
  readonly label?: string;
  readonly unsafe?: true;
  readonly partitions?: string;
  readonly http?: string;
  readonly httpHost?: string;
}

const HELP = `
The module's default export is an array of defineObject(…). TypeScript needs no build.

Examples:
  $ DATABASE_URL=postgres://… NATS_URL=nats://… stator host
  $ stator host ./objects.ts --namespace billing --group billing
  $ stator host --http 8080

SIGTERM or SIGINT: takes no more messages, finishes those in work, gives its keys to other hosts. A second one ends
it at once; nothing that was accepted is lost. Log level: LOG_LEVEL. One line on stdout when it serves: host ready <id>.`;

export const host: Configure = (command, io) => {
  command
    .argument("[module]", "what to serve", DEFAULT_MODULE)
    .option("--group <name>", "hosts of one group serve the same objects and share the keys", "main")
    .option("--label <text>", "name of this host in listings")
    .option("--unsafe", "start on a Postgres whose settings can lose accepted messages")
    .option("--partitions <n>", "of a namespace that does not exist yet; fixed from then on (256)")
    .option("--http <port>", "serve HTTP on this port")
    .option("--http-host <address>", "of this address (127.0.0.1); others need a token: STATOR_HTTP_TOKEN")
    .addHelpText("after", HELP)
    .action(async (module: string, options: Options) => {
      await serve(module, options, settingsOf(command, io), io);
    });
};

async function serve(module: string, options: Options, settings: Settings, io: Io): Promise<void> {
  const stopped = Promise.race([untilSignal(io), new Promise<string>((done) => io.onOrphaned(() => done("orphaned")))]);
  const logger = await newLogger(io);
  const { objects, host, http } = await start(module, options, settings, io, logger).catch((cause: unknown) => {
    if (!isPassing(cause)) io.tellParent({ kind: "refused" } satisfies HostNews);
    throw cause;
  });
  io.out(`host ready ${host.id}\n`);
  const { writeSchemas } = await import("./schemas.ts");
  const schemas = writeSchemas(objects);
  const { describe } = await import("../inspector/describe.ts");
  const machines = objects.map(describe);
  io.tellParent({ kind: "ready", id: host.id, sample: sampleOf(objects), schemas, machines } satisfies HostNews);
  tellMetrics(host, io);
  const endCheck = isWarning(io) ? checkMachines(module, io.cwd, logger) : undefined;
  await stopped;
  endCheck?.();
  try {
    await http?.close();
  } finally {
    await host.stop();
  }
}

/** A server that does not answer may answer later; anything else needs a change of the files or settings. */
function isPassing(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" && (!(cause instanceof StartupError) || code === "NATS_UNREACHABLE");
}

/** What to try first: the counter of the examples, else whatever comes first. */
function sampleOf(objects: readonly ObjectDefinition[]): Sample {
  const { name, events } = objects.find((object) => object.name === "counter") ?? (objects[0] as ObjectDefinition);
  return { name, event: [...events.keys()][0] ?? "EVENT" };
}

interface Serving {
  readonly objects: readonly ObjectDefinition[];
  readonly host: Host;
  readonly http: { close(): Promise<void> } | undefined;
}

async function start(module: string, options: Options, settings: Settings, io: Io, logger: Logger): Promise<Serving> {
  const { group, label, unsafe, partitions } = options;
  const objects = await loadObjects(findModule(module, io.cwd), io.cwd);
  const { createHost } = await import("../compose.ts");
  const { namespace } = settings;
  const servers = { postgres: settings.postgres(), nats: settings.nats() };
  const host = createHost({
    objects,
    ...servers,
    namespace,
    logger,
    unsafe: unsafe ?? false,
    ...(group === undefined ? {} : { group }),
    ...(label === undefined ? {} : { label }),
    ...(partitions === undefined ? {} : { partitions: positive(partitions, "--partitions") }),
  });
  await host.start();
  if (options.http === undefined) return { objects, host, http: undefined };
  try {
    const [{ openHttp }, { describe }] = await Promise.all([import("./http.ts"), import("../inspector/describe.ts")]);
    const machines = objects.map(describe);
    const http = await openHttp({
      ...servers,
      namespace,
      port: positive(options.http, "--http"),
      host: options.httpHost,
      token: io.env["STATOR_HTTP_TOKEN"] || undefined,
      schemas: () => objects,
      machines: () => machines,
      metrics: () => metricsOf(host),
      logger,
    });
    io.err(`HTTP on ${http.url}, inspector on ${http.url}/inspector/\n`);
    return { objects, host, http };
  } catch (cause) {
    await host.stop();
    throw cause;
  }
}
