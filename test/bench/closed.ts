/** W1 to W4, W8 and W10: callers that wait for their answers. And W9: the first of them with more hosts. */
import { type Bench, targetOf, type Workload } from "./bench.ts";
import { openCeiling, openCommits } from "./ceiling.ts";
import { Cluster } from "./cluster.ts";
import { measure, type Order } from "./measure.ts";
import { openNodes } from "./nodes.ts";

interface Wish extends Order {
  readonly what: string;
}

const add = (keys: number, callers: number): Wish => ({
  what: `${keys.toLocaleString("en")} keys, ${callers} ${callers === 1 ? "caller" : "callers"}`,
  operation: "add",
  keys,
  callers,
});

async function run(bench: Bench, workload: string, wishes: readonly Wish[], hosts = 1): Promise<void> {
  const cluster = await Cluster.open(bench.servers, hosts, { maxActivations: 120_000 });
  try {
    for (const { what, ...order } of wishes) {
      if (order.operation === "add" || order.operation === "read") await cluster.fill(order.keys);
      bench.results.cells.push(await measure([workload, what], targetOf(cluster), order, bench.settings));
    }
  } finally {
    await cluster.close();
  }
}

/** A counter per key. Beside it the raw ceiling: the parts without the product. */
export const keyedCounter: Workload = async (bench) => {
  const callers = bench.settings.quick ? [1, 256] : [1, 16, 64, 256, 1_024];
  await run(
    bench,
    "W1",
    callers.map((each) => add(1_000, each)),
  );
  await run(bench, "W1", [add(100_000, 256)]);
};

/** One row a commit; then NATS, one statement a batch and snapshots, without the product. */
export const ceiling: Workload = async (bench) => {
  await raw(bench, openCommits, [{ ...add(1, 1), what: "commit of one row, 1 caller" }]);
  await raw(bench, openCeiling, [add(1_000, 1), add(1_000, 256)]);
};

async function raw(bench: Bench, open: typeof openCeiling, wishes: readonly Wish[]): Promise<void> {
  const { target, close } = await open(bench.servers);
  try {
    for (const { what, ...order } of wishes) {
      bench.results.cells.push(await measure(["ceiling", what], target, order, bench.settings));
    }
  } finally {
    await close();
  }
}

export const hotKey: Workload = (bench) =>
  run(bench, "W2", [{ what: "one key, 256 callers", operation: "add", keys: 1, callers: 256 }]);

export const saga: Workload = (bench) =>
  run(bench, "W3", [
    { what: "saga of 3 steps, completing, 64 callers", operation: "book", keys: 0, callers: 64 },
    { what: "saga of 3 steps, rolling back, 64 callers", operation: "fail", keys: 0, callers: 64 },
  ]);

export const lifecycle: Workload = (bench) =>
  run(bench, "W4", [{ what: "subscription lifecycle, 64 callers", operation: "subscribe", keys: 0, callers: 64 }]);

export const chain: Workload = (bench) =>
  run(bench, "W8", [{ what: "chain of 10 objects, 64 callers", operation: "chain", keys: 0, callers: 64 }]);

export const scaling: Workload = async (bench) => {
  for (const hosts of [1, 2, 4]) {
    await run(bench, "W9", [{ ...add(1_000, 256), what: `${hosts} hosts, 1,000 keys, 256 callers` }], hosts);
  }
  const nodes = await openNodes(4);
  try {
    const servers = { ...bench.servers, natsUrls: nodes.urls, natsPids: nodes.pids };
    const what = "4 hosts on 4 NATS nodes, 1,000 keys, 256 callers";
    await run({ ...bench, servers }, "W9", [{ ...add(1_000, 256), what }], 4);
  } finally {
    await nodes.stop();
  }
};

export const read: Workload = (bench) =>
  run(bench, "W10", [{ what: "read, 1,000 keys, 256 callers", operation: "read", keys: 1_000, callers: 256 }]);
