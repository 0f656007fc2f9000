/**
 * A host process of a chaos run: `node host.js <config as JSON>`, with a channel to its parent.
 *
 * Says `ready`, and once a second how it is. SIGTERM drains. Without its parent it ends.
 */
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { connectClient } from "stator/client";
import { type RunArguments, TerminalError } from "stator/define";
import { createHost } from "../../src/compose.ts";
import type { HostOptions } from "../../src/core/options.ts";
import type { Logger } from "../../src/ports/telemetry.ts";
import { chaosObjects } from "./objects.ts";

export interface HostConfig {
  readonly postgres: string;
  readonly nats: string;
  readonly sinkPort: number;
  readonly namespace: string;
  readonly label: string;
  readonly version: string;
  readonly options: Partial<HostOptions>;
}

export interface HostVitals {
  readonly counters: Readonly<Record<string, number>>;
  readonly rss: number;
  readonly descriptors: number;
  readonly activations: number;
}

export type FromHost =
  | { readonly kind: "ready"; readonly id: string }
  | ({ readonly kind: "vitals" } & HostVitals)
  | { readonly kind: "stopped" };
export type ToHost = { readonly kind: "spin"; readonly ms: number } | { readonly kind: "garbage"; readonly mb: number };

const config = JSON.parse(process.argv[2] ?? "{}") as HostConfig;
const { postgres, nats, namespace, label, options } = config;

const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.stack : value);
const line = (level: string) => (fields: object, text: string) =>
  void process.stderr.write(`${new Date().toISOString()} ${level} ${text} ${JSON.stringify(fields, errorText)}\n`);
const logger: Logger = { debug: () => undefined, info: line("info"), warn: line("warn"), error: line("error") };

/** Rejects unless the sink said 200. */
function tell(path: string, body: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      { port: config.sinkPort, host: "127.0.0.1", method: "POST", path, timeout: 3_000 },
      (answer) => {
        answer.resume();
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the sink said ${answer.statusCode}`));
      },
    );
    call.on("timeout", () => call.destroy(new Error("the sink does not answer")));
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}

/** Fails in every way a provider can. */
async function work({ input, idempotencyKey, attempt }: RunArguments<{ plan: string }>): Promise<{ receipt: string }> {
  await tell("/work", { id: idempotencyKey, attempt });
  if (input.plan === "terminal") throw new TerminalError("declined");
  if (input.plan === "throw" || (input.plan === "flaky" && attempt % 2 === 1)) throw new Error("provider is busy");
  if (input.plan === "hang" && attempt < 4) await new Promise(() => undefined);
  await pause(input.plan === "late" && attempt < 3 ? 1_200 : input.plan === "slow" ? 600 : 20);
  return { receipt: idempotencyKey };
}

const client = await connectClient({ nats, namespace, name: `actions of ${label}` });
const add = async (counter: string, amount: number, idempotencyKey: string): Promise<void> => {
  const messageId = `action/${idempotencyKey}`;
  await client.object("counter", counter).send({ type: "ADD", amount }, { messageId, timeoutMs: 6_000 });
};
const deliver = (id: string, params: unknown): Promise<void> => tell("/deliver", { id, params });
const objects = chaosObjects({ add, deliver, work }, config.version);
const host = createHost({ postgres, nats, namespace, label, options, objects, logger, migrate: false });

const say = (message: FromHost): void => {
  if (process.connected) process.send?.(message, () => undefined);
};

function vitals(): void {
  const { rss } = process.memoryUsage();
  const descriptors = readdirSync("/proc/self/fd").length;
  say({ kind: "vitals", counters: host.counters.toJSON(), rss, descriptors, activations: host.activations });
}

async function stop(): Promise<void> {
  await host.stop();
  vitals();
  say({ kind: "stopped" });
  await client.close();
  process.exit(0);
}

process.on("message", (message: ToHost) => {
  const until = performance.now() + (message.kind === "spin" ? message.ms : 0);
  while (performance.now() < until);
  if (message.kind === "garbage") Array.from({ length: message.mb }, () => Buffer.alloc(1 << 20, 1).toString("latin1"));
});
process.once("disconnect", () => process.exit(1));
process.once("SIGTERM", () => void stop());
await host.start();
say({ kind: "ready", id: host.id });
setInterval(vitals, 1_000);
