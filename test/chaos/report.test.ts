/** A run may not be called green for what it did not meet, and the same seed must give the same cycles. */
import { expect, test } from "vitest";
import type { CycleResult } from "./cycle.ts";
import type { Figures } from "./figures.ts";
import { NEMESIS_NAMES } from "./nemesis.ts";
import { DEFAULT_PLAN, nemesesOf, pickNames, repeatCommand } from "./plan.ts";
import { quantiles, toJson, toText, verdictOf } from "./report.ts";
import type { RunResult } from "./run.ts";

const FIGURES: Figures = {
  attempts: { ok: 900, OUTCOME_UNKNOWN: 20 },
  calls: 800,
  reads: 100,
  turns: 2_000,
  unknown: 20,
  unknownButCommitted: 9,
  duplicates: 60,
  sharedBatches: 300,
  timersFired: 50,
  timersBySecondOwner: 4,
  timerLateMs: [3, 1, 900],
  sagas: { completed: 20, compensated: 5 },
  sinkCalls: 200,
  sinkRepeats: 9,
  parkedObjects: 2,
  emittedMissed: 0,
};

const COUNTS = {
  "lease.taken": 40,
  "lease.fenced": 3,
  "turn.conflict": 30,
  "commit.unknown": 15,
  "chain.several": 150,
  "commit.fallback": 4,
  "relay.repeated": 12,
  shed: 7,
};

function cycle(change: Partial<CycleResult> = {}): CycleResult {
  return {
    plan: {
      number: 0,
      nemeses: ["kill-host"],
      workloads: DEFAULT_PLAN.workloads,
      seed: 1,
      hosts: 3,
      perSecond: 60,
      faultsMs: 1_000,
      folder: "/tmp/cycle-0",
      diskFolder: undefined,
      faketime: undefined,
      postgresClock: undefined,
    },
    violations: [],
    unjudged: [],
    starved: 0,
    figures: FIGURES,
    faults: { "kill host": 3, purge: 1, "commit hung on the old primary": 2 },
    recoveries: [{ after: "kill host", gapMs: 3_100 }],
    counts: COUNTS,
    samples: 40,
    tookMs: 60_000,
    quiesceMs: 1_000,
    okOutside: 0.97,
    rssMb: 150,
    descriptors: 40,
    ...change,
  };
}

const run = (...cycles: CycleResult[]): RunResult => ({
  plan: DEFAULT_PLAN,
  cycles,
  skipped: ["clocks: libfaketime is not installed"],
  origins: { postgres: "postgres", nats: "nats" },
  disk: "the machine's",
  startedAt: "2026-01-01T00:00:00.000Z",
  tookMs: 60_000,
  folder: "/tmp/run",
});

test("a run that met everything is ok; one violation makes it violated whatever else it met", () => {
  expect(verdictOf(run(cycle()))).toEqual({ is: "ok", why: [] });
  const violations = [{ invariant: "I1", object: "list/0", text: "lost" }];
  expect(verdictOf(run(cycle(), cycle({ violations }))).is).toBe("violated");
});

test("a run in which a rare branch was not met, or every other answer was no answer, is invalid", () => {
  const met = { ...COUNTS, "commit.unknown": 9 };
  expect(verdictOf(run(cycle({ counts: met })))).toEqual({
    is: "invalid",
    why: ["commits of unknown outcome: 9, at least 10 are needed"],
  });
  const without = { ...run(cycle({ counts: met })), plan: { ...DEFAULT_PLAN, nemeses: ["kill-host"] as const } };
  expect(verdictOf(without).is).toBe("ok");
  expect(verdictOf(run(cycle({ okOutside: 0.4 }))).is).toBe("invalid");
  expect(verdictOf(run(cycle({ figures: { ...FIGURES, duplicates: 0 } }))).why[0]).toContain("duplicates answered: 0");
});

test("findings about time on a starved machine make a run invalid, not violated", () => {
  const unjudged = [{ invariant: "I14", object: "alarm/0", text: "late" }];
  const { is, why } = verdictOf(run(cycle({ unjudged, starved: 0.9 })));
  expect([is, why[0]]).toEqual(["invalid", expect.stringContaining("1 findings about time")]);
});

test("the report says what was run, on what, what was skipped, and where the files of a violation are", () => {
  const machine = { commit: "abc", isDirty: true, node: "v20", cpus: "2 × x", memoryGb: 24, system: "linux" };
  const violations = [{ invariant: "I1", object: "list/0", text: "lost" }];
  const text = toText(run(cycle({ violations })), machine);
  for (const part of ["VIOLATED", "npm run chaos -- --minutes 60 --seed 1", "abc and changes", "clocks: libfaketime"])
    expect(text).toContain(part);
  expect(text).toContain("violations of cycle 0, files in /tmp/cycle-0\n  I1 list/0: lost");
  expect(toJson(run(cycle()), machine)).toMatchObject({
    command: "npm run chaos -- --minutes 60 --seed 1",
    totals: { timerLateMs: { n: 3, max: 900 }, recoveries: { "kill host": { n: 1, max: 3_100 } } },
  });
});

test("the same seed gives the same cycles, each nemesis has its turn, and pairs are two different ones", () => {
  const cycles = (seed: number) =>
    Array.from({ length: 30 }, (_, n) => nemesesOf({ ...DEFAULT_PLAN, seed }, n, () => true));
  expect(cycles(3)).toEqual(cycles(3));
  expect(cycles(3)).not.toEqual(cycles(4));
  const singles = cycles(3).filter((names) => names.length === 1);
  expect(new Set(singles.slice(0, NEMESIS_NAMES.length).flat())).toEqual(new Set(NEMESIS_NAMES));
  for (const pair of cycles(3).filter((names) => names.length === 2)) expect(new Set(pair).size).toBe(2);
});

test("what cannot be used here is left out, and unknown names are refused", () => {
  const left = Array.from({ length: 40 }, (_, n) => nemesesOf(DEFAULT_PLAN, n, (name) => name !== "clocks"));
  expect(left.flat()).not.toContain("clocks");
  expect(() => pickNames("kill-host,nonsense", NEMESIS_NAMES, "nemesis")).toThrow("no such nemesis: nonsense");
  expect(repeatCommand({ ...DEFAULT_PLAN, seed: 9, nemeses: ["storm"] })).toBe(
    "npm run chaos -- --minutes 60 --seed 9 --nemesis storm",
  );
});

test("quantiles of nothing are zero", () => {
  expect(quantiles([])).toEqual({ n: 0, p50: 0, p99: 0, max: 0 });
  expect(quantiles([5, 1, 3])).toEqual({ n: 3, p50: 3, p99: 3, max: 5 });
});
