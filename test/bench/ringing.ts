/** W5 on every system: 10,000 timers due over ten seconds, and how late they are. */
import { setTimeout as pause } from "node:timers/promises";
import { type Fact, targetOf } from "./bench.ts";
import type { Cluster } from "./cluster.ts";
import type { LoadReport } from "./load.ts";
import type { LoadOrder } from "./operations.ts";
import type { Peer } from "./peer.ts";
import { factText } from "./report.ts";
import { drained, lateness } from "./timers.ts";

const COUNT = 10_000;
const SPREAD_MS = 10_000;
/** What the slowest of them needs to arm all. */
const ARMING_MS = 60_000;
const PATIENCE_MS = 120_000;

export async function ringing(
  cluster: Cluster,
  peers: readonly Peer[],
  say: (line: string) => void,
): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  const note = (name: string, what: string, value: number, unit: string): void => {
    const fact = { workload: "W5", what: `${name}: ${COUNT.toLocaleString("en")} timers, ${what}`, value, unit };
    facts.push(fact);
    say(factText(fact));
  };
  const ring = { fromMs: ARMING_MS, spreadMs: SPREAD_MS };
  const order: LoadOrder = { operation: "arm", callers: 256, keys: 0, operations: COUNT, run: "alarm", ring };
  for (const { name, target } of [{ name: "Stator", target: targetOf(cluster) }, ...peers]) {
    const { tookMs, failures, failure } = await target.load.ask<LoadReport>(order);
    if (failures > 0) say(`${name}: ${failures} of ${COUNT} were not armed: ${failure}`);
    note(name, "armed a second", (COUNT / tookMs) * 1_000, "ops/s");
    const peer = peers.find((each) => each.name === name);
    const late = peer === undefined ? await ours(cluster) : await theirs(peer, COUNT - failures);
    for (const [what, value] of Object.entries(late)) note(name, `lateness ${what}`, value, "ms");
  }
  return facts;
}

async function ours(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  await drained(cluster, PATIENCE_MS);
  const { p50, p99, min, max } = await lateness(cluster);
  return { p50, p99, min, max };
}

async function theirs(peer: Peer, count: number): Promise<Readonly<Record<string, number>>> {
  const untilMs = performance.now() + PATIENCE_MS;
  let late = await peer.lateMs();
  while (late.length < count && performance.now() < untilMs) {
    await pause(500);
    late = await peer.lateMs();
  }
  const sorted = [...late].sort((a, b) => a - b);
  const at = (p: number): number => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), min: at(0), max: at(1), "not rung": count - late.length };
}
