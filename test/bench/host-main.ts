/** A host of the benchmarks. Argument: `HostConfig` as JSON. Answers each message on its channel with its `HostStats`. */
import { createHost } from "../../src/compose.ts";
import { definitions } from "./definitions.ts";

export interface HostConfig {
  readonly postgres: string;
  readonly nats: string;
  readonly namespace: string;
  readonly options: { readonly maxActivations?: number };
}

export interface HostStats {
  readonly activations: number;
  /** Bytes, after a garbage collection. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly counters: Readonly<Record<string, number>>;
}

const config = JSON.parse(process.argv[2] ?? "{}") as HostConfig;
const host = createHost({ ...config, objects: definitions });
process.on("message", () => {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const stats: HostStats = {
    activations: host.activations,
    heapBytes: heapUsed,
    residentBytes: rss,
    counters: host.counters.toJSON(),
  };
  process.send?.(stats);
});
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => void host.stop().then(() => process.exit(0)));
await host.start();
process.send?.("ready");
