/** The cells of the chaos suite that matter most, on real processes: each run of the tests meets them. */
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_PLAN, type RunPlan } from "./plan.ts";
import { cycleLine, totalsOf, verdictOf } from "./report.ts";
import { type Live, runChaos } from "./run.ts";

const PLAN: RunPlan = {
  ...DEFAULT_PLAN,
  minutes: 4,
  seed: 7,
  perSecond: 40,
  faultsMs: 14_000,
  nemeses: ["kill-host", "cut-commit", "stop-host", "reorder", "kill-nats", "kill-postgres"],
  script: [
    ["kill-host", "cut-commit"],
    ["stop-host", "reorder"],
    ["kill-nats", "kill-postgres"],
  ],
};

const say = (line: string): void => void process.stderr.write(`chaos: ${line.trim()}\n`);
const live: Live = {
  phase: () => undefined,
  cycleDone: (cycle) => say(cycleLine(cycle)),
  say: () => undefined,
};

test("hosts, nats-server and Postgres killed and stopped, commits cut and held, messages repeated: nothing lost, nothing twice", async () => {
  const result = await runChaos(PLAN, live);
  const found = result.cycles.flatMap(({ violations }) => violations);
  expect(found.slice(0, 20), `files in ${result.folder}`).toEqual([]);
  rmSync(result.folder, { recursive: true, force: true });
  const { recoveries, sums } = totalsOf(result.cycles);
  say(JSON.stringify({ recoveries, unknown: sums.unknown, butCommitted: sums.unknownButCommitted }));
  expect(verdictOf(result)).toEqual({ is: "ok", why: [] });
}, 400_000);
