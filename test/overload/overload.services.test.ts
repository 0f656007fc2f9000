/**
 * A host that is offered far more than it can do must go on doing what it can: it refuses the rest at once, with a hint,
 * and nobody who was accepted waits long.
 */
import { expect, inject, test } from "vitest";
import { freshNamespace } from "../support/host-process.ts";
import { startGenerator, startHost } from "./processes.ts";
import type { Outcome } from "./protocol.ts";

const FOR_MS = 4_000;
const PATIENCE_MS = 5_000;

async function open() {
  const config = { nats: inject("natsUrl"), namespace: freshNamespace("overload") };
  const host = await startHost({ ...config, postgres: inject("postgresUrl") });
  const load = await startGenerator(config);
  const offer = async (object: string, rate: number, forMs = FOR_MS): Promise<Outcome> => {
    const streams = [{ name: "all", object, keys: 500, rate }];
    const { all } = await load({ forMs, patienceMs: PATIENCE_MS, streams });
    return all as Outcome;
  };
  return { host, load, offer };
}

const perSecond = ({ ok }: Outcome): number => (ok * 1_000) / FOR_MS;

test("at ten times what it can do, a host does what it can, and refuses the rest at once", async () => {
  const { host, offer } = await open();
  await offer("heavy", 200, 2_000); // warm
  const peaks: number[] = [];
  for (const rate of [300, 500]) {
    const outcome = await offer("heavy", rate);
    console.log(rate, JSON.stringify(outcome));
    peaks.push(perSecond(outcome));
  }
  const peak = Math.max(...peaks);
  const before = await host.figures();
  const outcome = await offer("heavy", peak * 10);
  const after = await host.figures();
  console.log(peak, perSecond(outcome), JSON.stringify(outcome), before.rss / 1e6, after.rss / 1e6, after.cpuMs - before.cpuMs);
}, 120_000);
