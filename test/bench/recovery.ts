/** W6: one of two hosts is killed under load. How long is the longest that a caller waits? */
import { setTimeout as pause } from "node:timers/promises";
import { Histogram } from "../../src/cli/histogram.ts";
import type { Workload } from "./bench.ts";
import { Cluster } from "./cluster.ts";
import type { LoadReport } from "./load.ts";
import { spread } from "./measure.ts";

const BEFORE_MS = 2_000;
const AFTER_MS = 10_000;

export const recovery: Workload = async (bench) => {
  const longest: number[] = [];
  const cluster = await Cluster.open(bench.servers, 2);
  try {
    for (let i = 0; i < bench.settings.runs; i++) {
      const order = { operation: "add", keys: 1_000, callers: 64, durationMs: BEFORE_MS + AFTER_MS, run: `kill${i}` };
      const loaded = cluster.load.ask<LoadReport>(order);
      await pause(BEFORE_MS);
      await cluster.hosts.shift()?.stop("SIGKILL");
      const { latency, failures, failure } = await loaded;
      if (failures > 0) throw new Error(`${failures} operations failed: ${failure}`);
      longest.push(Histogram.from(latency).percentile(1));
      await cluster.addHost();
    }
  } finally {
    await cluster.close();
  }
  const { median, min, max } = spread(longest);
  const what = "longest wait of a caller when one of two hosts is killed";
  for (const [name, value] of Object.entries({ median, min, max })) {
    bench.results.facts.push({ workload: "W6", what: `${what}, ${name}`, value, unit: "ms" });
  }
};
