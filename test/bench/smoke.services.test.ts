/** The benchmarks work: every operation runs, nothing fails, each figure is a number. How fast is nobody's concern here. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { OPERATIONS } from "./operations.ts";
import type { Report } from "./report.ts";

test("a short run of every operation gives a report with numbers and without failures", () => {
  const folder = mkdtempSync(join(tmpdir(), "stator-bench-smoke-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const json = join(folder, "report.json");
  const env = { ...process.env, DATABASE_URL: inject("postgresUrl"), NATS_URL: inject("natsUrl") };
  const ran = spawnSync(process.execPath, ["scripts/bench.mjs", "smoke", "--json", json], { env, encoding: "utf8" });
  expect(`${ran.stdout}${ran.stderr}`).not.toContain("FAILED");
  expect(ran.status).toBe(0);

  const report = JSON.parse(readFileSync(json, "utf8")) as Report;
  expect(report.cells.map(({ what, failures, failure }) => ({ what, failures, failure }))).toEqual(
    OPERATIONS.map((what) => ({ what, failures: 0, failure: undefined })),
  );
  for (const { operations, opsPerSecond, p50Ms, p99Ms, cpuUs, walBytes } of report.cells) {
    expect(operations).toBeGreaterThan(0);
    for (const { median, min, max } of [opsPerSecond, p50Ms, p99Ms]) {
      expect(min).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(min);
      expect(max).toBeGreaterThanOrEqual(median);
    }
    expect(Object.keys(cpuUs)).toEqual(expect.arrayContaining(["host", "load", "postgres"]));
    expect(walBytes).toBeGreaterThanOrEqual(0);
  }
  expect(report.versions).toMatchObject({ node: process.versions.node, postgres: expect.any(String) });
});
