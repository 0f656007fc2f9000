/** A NATS cluster of several nodes on this machine, for W9: each host and the load on a node of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { findNats } from "../../src/dev/broker.ts";
import { readEnvironment } from "../../src/dev/environment.ts";
import { freePort } from "../support/free-port.ts";

export interface Nodes {
  readonly urls: readonly string[];
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

const READY_MS = 10_000;
const LOOK_MS = 100;

/** Resolves when each node has a route to every other one. */
export async function openNodes(count: number): Promise<Nodes> {
  const { file } = await findNats(readEnvironment(), () => undefined);
  const port = (): Promise<number> => freePort();
  const places = await Promise.all(
    Array.from({ length: count }, async () => ({ client: await port(), route: await port(), monitor: await port() })),
  );
  const routes = places.map(({ route }) => `nats://127.0.0.1:${route}`);
  const nodes = places.map(({ client, monitor }, i) => {
    const own = ["-a", "127.0.0.1", "-p", `${client}`, "-m", `${monitor}`, "-n", `bench-${i}`];
    const cluster = ["--cluster_name", "bench", "--cluster", routes[i] ?? "", "--routes", routes.join(",")];
    return spawn(file, [...own, ...cluster], { stdio: "ignore" });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(ended));
  };
  try {
    await Promise.all(places.map(({ monitor }) => joined(monitor, count - 1)));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    urls: places.map(({ client }) => `nats://127.0.0.1:${client}`),
    pids: nodes.flatMap(({ pid }) => pid ?? []),
    stop,
  };
}

/** A node knows all others. */
async function joined(monitor: number, others: number): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  while (performance.now() < untilMs) {
    const routes = await fetch(`http://127.0.0.1:${monitor}/routez`).then(
      async (answer) =>
        ((await answer.json()) as { readonly routes: readonly { readonly remote_id: string }[] }).routes,
      () => [],
    );
    if (new Set(routes.map((route) => route.remote_id)).size >= others) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the NATS nodes did not find each other within ${READY_MS} ms`);
}

async function ended(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const over = once(node, "exit");
  node.kill("SIGTERM");
  await over;
}
