/**
 * A host process of the end-to-end tests: `node host-main.js <config as JSON>`.
 *
 * Lines on stdout: `ready <id>`; `stats {…}` on SIGUSR2 and once more at the end. SIGTERM drains and ends with code 0.
 * Standard input is a pipe of the parent: when the parent dies, however that may be, it closes and this process ends.
 */
import { createHost } from "../../src/compose.ts";
import type { HostOptions } from "../../src/core/options.ts";
import type { Logger } from "../../src/ports/telemetry.ts";
import { definitions } from "./definitions.ts";
import type { HostStats } from "./host-process.ts";

export interface HostMainConfig {
  readonly postgres: string;
  readonly nats: string;
  readonly namespace: string;
  readonly options: Partial<HostOptions>;
  readonly witnessFile: string;
  readonly partitions: number | undefined;
}

const config = JSON.parse(process.argv[2] ?? "{}") as HostMainConfig;
const { partitions, ...rest } = config;

const line = (level: string) => (fields: object, text: string) => {
  if (process.env["E2E_LOG"] === undefined && level !== "error") return;
  process.stderr.write(`${process.pid} ${level} ${text} ${JSON.stringify(fields, errorText)}\n`);
};
const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.stack : value);
const logger: Logger = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };

const host = createHost({
  ...rest,
  objects: definitions(config.witnessFile),
  logger,
  label: `e2e:${process.pid}`,
  ...(partitions === undefined ? {} : { partitions }),
});

function report(): void {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const stats: HostStats = { counters: host.counters.toJSON(), activations: host.activations, rss, heapUsed };
  process.stdout.write(`stats ${JSON.stringify(stats)}\n`);
}

async function stop(): Promise<void> {
  await host.stop();
  report();
  process.exit(0);
}

process.stdin.resume().once("end", () => process.exit(1));
process.once("SIGTERM", () => void stop());
process.on("SIGUSR2", report);
await host.start();
process.stdout.write(`ready ${host.id}\n`);
