/** `/metrics` is scraped from a real port, and read strictly. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { METRICS_TYPE, metricsText, SINGLE } from "../../src/http/metrics.ts";
import { Counters } from "../../src/ports/telemetry.ts";
import { createKit } from "../../src/testing/index.ts";
import { counter } from "../host/rig.ts";
import { appSetting, served } from "./support.ts";

const USAGE = { cpuSeconds: 1.5, rssBytes: 2_048 };

/** By name and labels. Throws where a line is not of the format, or a sample has no family before it. */
function read(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    const [, of] = /^# (?:HELP|TYPE) ([a-z_]+) .+$/.exec(line) ?? [];
    if (of !== undefined) family = of;
    const [, name = "", labels = "", value] =
      /^([a-z_]+)((?:\{[a-z_]+="[^"\\]*"\})?) (-?[0-9.e+-]+|NaN)$/.exec(line) ?? [];
    if (of !== undefined) continue;
    if (value === undefined || !name.startsWith(family) || samples.has(name + labels)) throw new Error(line);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

test("a host that works is scraped: counts, gauges, spreads and the process", async () => {
  const kit = await createKit({ objects: [counter] });
  const [host] = kit.hosts;
  if (host === undefined) throw new Error("no host");
  const { counters, runtime } = host;
  const metrics = async () => metricsText({ counters, gauges: runtime.gauges }, USAGE);
  const { server } = await served({ metrics });
  const c1 = kit.object(counter, "c1");
  for (let i = 0; i < 3; i++) await c1.send({ type: "ADD", amount: 1 }, { messageId: `m-${i}` });
  await c1.send({ type: "CLOSE" });
  await expect(c1.send({ type: "CLOSE" })).rejects.toMatchObject({ code: "OBJECT_DONE" });
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  expect(response.headers.get("content-type")).toBe(METRICS_TYPE);
  const samples = read(await response.text());
  expect(Object.fromEntries(samples)).toMatchObject({
    'stator_turns_total{outcome="committed"}': 4,
    'stator_refused_total{code="OBJECT_DONE"}': 1,
    stator_commit_batches_total: 4,
    stator_lease_fenced_total: 0,
    stator_lease_taken_total: 8,
    stator_activations: 1,
    stator_messages_waiting: 0,
    stator_partitions_owned: 8,
    stator_promise_actors_running: 0,
    stator_commit_turns_count: 4,
    stator_commit_turns_sum: 4,
    'stator_commit_turns_bucket{le="1"}': 4,
    'stator_commit_duration_seconds_bucket{le="+Inf"}': 4,
    process_cpu_seconds_total: 1.5,
    process_resident_memory_bytes: 2_048,
  });
  expect(samples.get("stator_heartbeat_age_seconds")).toBeLessThan(1);
});

test("a histogram is cumulative, in base units, and counts what is above its last bound", () => {
  const counters = new Counters();
  for (const ms of [1, 1.5, 30, 90_000]) counters.observe("commit.ms", ms);
  const samples = read(metricsText({ counters, gauges: undefined }, USAGE));
  const bucket = (le: string) => samples.get(`stator_commit_duration_seconds_bucket{le="${le}"}`);
  expect(["0.001", "0.002", "0.02", "0.05", "5", "+Inf"].map(bucket)).toEqual([1, 2, 2, 3, 3, 4]);
  expect(samples.get("stator_commit_duration_seconds_sum")).toBeCloseTo(90.0325);
  expect(samples.has("stator_activations")).toBe(false);
});

test("every counter of a host has a help text", () => {
  const folder = join(import.meta.dirname, "../../src/host");
  const names = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/(?:\.add|count)\("([a-z.-]+)"/g)].map(
      ([, name = ""]) => name,
    ),
  );
  expect(names.length).toBeGreaterThan(20);
  const isTold = (name: string): boolean => name in SINGLE || name.startsWith("turn.");
  expect(names.filter((name) => !isTold(name))).toEqual([]);
});

test("where no host is at hand there is no such path, and with a token it needs the token", async () => {
  expect((await appSetting().app.request("/metrics")).status).toBe(404);
  const { app } = appSetting({ token: "t", metrics: async () => "" });
  expect((await app.request("/metrics")).status).toBe(401);
  expect((await app.request("/metrics", { headers: { Authorization: "Bearer t" } })).status).toBe(200);
});
