/** A second or so of every operation: nothing to learn of speed, only whether all of it works. */
import { targetOf, type Workload } from "./bench.ts";
import { Cluster } from "./cluster.ts";
import { measure } from "./measure.ts";
import { OPERATIONS } from "./operations.ts";

export const smoke: Workload = async (bench) => {
  const cluster = await Cluster.open(bench.servers, 1);
  try {
    await cluster.fill(100);
    for (const operation of OPERATIONS) {
      const order = { operation, keys: 100, callers: 16, ring: { fromMs: 60_000, spreadMs: 1 } };
      const settings = { warmUpMs: 200, runMs: 250, runs: 1, quick: true };
      bench.results.cells.push(await measure(["smoke", operation], targetOf(cluster), order, settings));
    }
  } finally {
    await cluster.close();
  }
};
