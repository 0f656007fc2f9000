/** Closed-loop load: so many callers, each with one operation at a time, and how long each operation took. */
import { Histogram, type HistogramData } from "../../src/cli/histogram.ts";
import type { LoadOrder, Operation } from "./operations.ts";

/** The life of a load process: takes orders over its channel, one at a time, answers each with a `LoadReport`, ends with its parent. */
export function takeOrders(operationOf: (order: LoadOrder) => Operation): void {
  process.on("message", (order: LoadOrder) => {
    void load(order, operationOf(order)).then((report) => process.send?.(report));
  });
  process.once("disconnect", () => process.exit(0));
  process.once("SIGTERM", () => process.exit(0));
  process.send?.("ready");
}

export interface LoadConfig {
  readonly nats: string;
  readonly namespace: string;
}

export interface LoadReport {
  readonly operations: number;
  readonly tookMs: number;
  readonly latency: HistogramData;
  readonly failures: number;
  /** What the first failure said. */
  readonly failure: string | undefined;
}

type Loop = Pick<LoadOrder, "callers" | "durationMs" | "operations">;

/** An operation that is under way when the time is up is waited for and counts. */
export async function load(order: Loop, operation: Operation): Promise<LoadReport> {
  const { callers, durationMs = Number.POSITIVE_INFINITY, operations = Number.POSITIVE_INFINITY } = order;
  const latency = new Histogram();
  const startedMs = performance.now();
  let next = 0;
  let failures = 0;
  let failure: string | undefined;
  const caller = async (): Promise<void> => {
    let beginMs = performance.now();
    while (next < operations && beginMs - startedMs < durationMs) {
      try {
        await operation(next++);
      } catch (cause) {
        failures++;
        failure ??= cause instanceof Error ? cause.message : String(cause);
      }
      const endMs = performance.now();
      latency.record(endMs - beginMs);
      beginMs = endMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const tookMs = performance.now() - startedMs;
  return { operations: latency.total, tookMs, latency: latency.toJSON(), failures, failure };
}
