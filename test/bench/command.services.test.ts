import { expect, inject, test } from "vitest";
import { cli } from "../cli/console.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { Database } from "../support/raw.ts";

test("stator bench tells figures of a running cluster, and each operation it counts is in the journal", async () => {
  const [postgresUrl, natsUrl] = [inject("postgresUrl"), inject("natsUrl")];
  const namespace = freshNamespace("cli-bench");
  await spawnHost({ postgresUrl, natsUrl, namespace });
  const server = ["--nats", natsUrl, "--namespace", namespace, "-o", "json"];
  const load = ["--keys", "3", "--callers", "4", "--duration", "200ms", "--warm-up", "50ms", "--runs", "2"];
  const { code, out, err } = await cli([...server, "bench", "counter", "ADD", "amount=1", ...load]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const said = JSON.parse(out) as Record<string, { median: number; min: number; max: number }>;
  expect(said).toMatchObject({ object: "counter", keys: 3, callers: 4, runs: 2, failures: 0, failure: null });
  for (const name of ["perSecond", "p50Ms", "p99Ms", "maxMs", "clientCpuUs"]) {
    expect(said[name]?.min).toBeGreaterThan(0);
    expect(said[name]?.max).toBeGreaterThanOrEqual(said[name]?.median ?? Number.POSITIVE_INFINITY);
  }
  const [row] = await new Database(postgresUrl, namespace).rows<{ turns: number; keys: string[] }>(
    "select count(*)::int as turns, array_agg(distinct key order by key) as keys from $schema.journal",
  );
  expect(row?.turns).toBeGreaterThan(2 * 0.2 * (said["perSecond"]?.min ?? 0) * 0.9);
  expect(row?.keys).toEqual(["bench-0", "bench-1", "bench-2"]);
});

test("stator bench of an event that the objects refuse fails and says why", async () => {
  const [postgresUrl, natsUrl] = [inject("postgresUrl"), inject("natsUrl")];
  const namespace = freshNamespace("cli-bench-refused");
  await spawnHost({ postgresUrl, natsUrl, namespace });
  const load = ["--callers", "1", "--duration", "20ms", "--warm-up", "1ms", "--runs", "1"];
  const { code, out } = await cli(["--nats", natsUrl, "--namespace", namespace, "bench", "counter", "NOPE", ...load]);
  expect(code).toBe(1);
  expect(out).toMatch(/failed +\d+: counter has no event "NOPE"/);
});
