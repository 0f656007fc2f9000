/** What is left of a run: one table for people, the same as JSON. Pure. */
import type { CycleResult } from "./cycle.ts";
import { countBy } from "./figures.ts";
import { nemesis } from "./nemesis.ts";
import { type RunPlan, repeatCommand } from "./plan.ts";
import type { RunResult } from "./run.ts";

/** Where and what it was run on. */
export interface Machine {
  readonly commit: string;
  readonly isDirty: boolean;
  readonly node: string;
  readonly cpus: string;
  readonly memoryGb: number;
  readonly system: string;
}

/** What a run must have met to mean anything, as far as its nemeses and workloads lead there. */
interface Requirement {
  readonly name: string;
  readonly least: number;
  readonly seen: (totals: Totals) => number;
  readonly applies: (plan: RunPlan) => boolean;
}

export interface Totals {
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly sagas: Readonly<Record<string, number>>;
  readonly sums: Readonly<Record<Summed, number>>;
  readonly timerLateMs: Quantiles;
  readonly recoveries: Readonly<Record<string, Quantiles>>;
}

const SUMMED = [
  "calls",
  "reads",
  "turns",
  "unknown",
  "unknownButCommitted",
  "duplicates",
  "sharedBatches",
  "timersFired",
  "timersBySecondOwner",
  "sinkCalls",
  "sinkRepeats",
  "parkedObjects",
  "emittedMissed",
] as const;
type Summed = (typeof SUMMED)[number];

export interface Quantiles {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

const has =
  (...names: readonly string[]) =>
  ({ nemeses }: RunPlan): boolean =>
    names.some((name) => (nemeses as readonly string[]).includes(name));
const works =
  (workload: string) =>
  ({ workloads }: RunPlan): boolean =>
    (workloads as readonly string[]).includes(workload);
const always = (): boolean => true;
const counted =
  (...names: readonly string[]) =>
  ({ counts }: Totals): number =>
    names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);

const REQUIREMENTS: readonly Requirement[] = [
  { name: "take-overs", least: 3, seen: counted("lease.taken"), applies: has("kill-host", "stop-host", "storm") },
  { name: "fenced", least: 1, seen: counted("lease.fenced", "turn.fenced"), applies: has("stop-host") },
  { name: "conflicts", least: 1, seen: counted("turn.conflict"), applies: has("cut-commit") },
  { name: "duplicates answered", least: 20, seen: ({ sums }) => sums.duplicates, applies: always },
  { name: "commits of unknown outcome", least: 10, seen: counted("commit.unknown"), applies: has("cut-commit") },
  { name: "chains of several turns", least: 100, seen: counted("chain.several"), applies: always },
  { name: "shared batches", least: 100, seen: ({ sums }) => sums.sharedBatches, applies: always },
  { name: "batch fallbacks", least: 1, seen: counted("commit.fallback"), applies: has("poison-hot") },
  { name: "messages repeated by the relay", least: 1, seen: counted("relay.repeated"), applies: always },
  {
    name: "timers fired by a second owner",
    least: 1,
    seen: ({ sums }) => sums.timersBySecondOwner,
    applies: (plan) => works("timers")(plan) && has("kill-host", "stop-host")(plan),
  },
  {
    name: "commits hung on an old primary",
    least: 1,
    seen: ({ faults }) => faults["commit hung on the old primary"] ?? 0,
    applies: has("failover"),
  },
  { name: "objects purged", least: 1, seen: ({ faults }) => faults["purge"] ?? 0, applies: works("lifecycle") },
  { name: "objects parked", least: 1, seen: ({ sums }) => sums.parkedObjects, applies: has("poison-hot") },
  { name: "shed", least: 1, seen: counted("shed"), applies: has("poison-hot") },
  { name: "sagas compensated", least: 1, seen: ({ sagas }) => sagas["compensated"] ?? 0, applies: works("bank") },
  { name: "effects repeated at the sink", least: 1, seen: ({ sums }) => sums.sinkRepeats, applies: works("effects") },
];

const LEAST_OK_OUTSIDE = 0.5;

export function totalsOf(cycles: readonly CycleResult[]): Totals {
  const sum = (of: (cycle: CycleResult) => Readonly<Record<string, number>>): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const cycle of cycles)
      for (const [name, count] of Object.entries(of(cycle))) all[name] = (all[name] ?? 0) + count;
    return all;
  };
  const sums = Object.fromEntries(
    SUMMED.map((name) => [name, cycles.reduce((total, { figures }) => total + figures[name], 0)]),
  ) as Record<Summed, number>;
  const recoveries = cycles.flatMap((cycle) => (cycle.plan.nemeses.length === 1 ? cycle.recoveries : []));
  const kinds = Object.keys(countBy(recoveries, ({ after }) => after));
  return {
    counts: sum(({ counts }) => counts),
    faults: sum(({ faults }) => faults),
    attempts: sum(({ figures }) => figures.attempts),
    sagas: sum(({ figures }) => figures.sagas),
    sums,
    timerLateMs: quantiles(cycles.flatMap(({ plan, figures }) => (isJumping(plan) ? [] : figures.timerLateMs))),
    recoveries: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        quantiles(recoveries.filter(({ after }) => after === kind).map(({ gapMs }) => gapMs)),
      ]),
    ),
  };
}

const isJumping = ({ nemeses }: CycleResult["plan"]): boolean =>
  nemeses.some((name) => nemesis(name).needs === "clocks");

export interface Verdict {
  readonly is: "ok" | "invalid" | "violated";
  readonly why: readonly string[];
}

/** A run in which nothing dangerous happened has shown nothing: it is invalid, not green. */
export function verdictOf({ plan, cycles }: Pick<RunResult, "plan" | "cycles">): Verdict {
  const violations = cycles.reduce((sum, cycle) => sum + cycle.violations.length, 0);
  if (violations > 0) return { is: "violated", why: [`${violations} violations`] };
  const totals = totalsOf(cycles);
  const unseen = REQUIREMENTS.filter((of) => of.applies(plan) && of.seen(totals) < of.least).map(
    (of) => `${of.name}: ${of.seen(totals)}, at least ${of.least} are needed`,
  );
  const dull = cycles
    .filter(({ okOutside }) => okOutside < LEAST_OK_OUTSIDE)
    .map(({ plan: { number }, okOutside }) => `cycle ${number}: ${percent(okOutside)} ok outside of faults`);
  const starved = cycles
    .filter(({ unjudged }) => unjudged.length > 0)
    .map(({ plan: { number }, unjudged, starved }) => {
      return `cycle ${number}: ${unjudged.length} findings about time, the machine was starved of CPU for ${percent(starved)} of it`;
    });
  const why = [...unseen, ...dull, ...starved];
  return { is: why.length > 0 ? "invalid" : "ok", why };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function toJson(result: RunResult, machine: Machine): object {
  const { cycles, ...rest } = result;
  return {
    command: repeatCommand(result.plan),
    verdict: verdictOf(result),
    machine,
    ...rest,
    totals: totalsOf(cycles),
    requirements: REQUIREMENTS.filter(({ applies }) => applies(result.plan)).map(({ name, least, seen }) => ({
      name,
      least,
      seen: seen(totalsOf(cycles)),
    })),
    cycles: cycles.map(({ plan, figures, ...cycle }) => ({
      number: plan.number,
      nemeses: plan.nemeses,
      ...cycle,
      figures: { ...figures, timerLateMs: quantiles(figures.timerLateMs) },
    })),
  };
}

export function toText(result: RunResult, machine: Machine): string {
  const { plan, cycles, origins, skipped, tookMs, startedAt } = result;
  const totals = totalsOf(cycles);
  const verdict = verdictOf(result);
  const { sums, timerLateMs: late } = totals;
  return [
    `${verdict.is.toUpperCase()}${verdict.why.length > 0 ? `: ${verdict.why.join("; ")}` : ""}`,
    "",
    `command    ${repeatCommand(plan)}`,
    `started    ${startedAt}, took ${(tookMs / 60_000).toFixed(1)} min, ${cycles.length} cycles`,
    `commit     ${machine.commit}${machine.isDirty ? " and changes not committed" : ""}`,
    `machine    ${machine.cpus}, ${machine.memoryGb} GB, ${machine.system}, node ${machine.node}`,
    `servers    ${origins.postgres}; ${origins.nats}; disk: ${result.disk}`,
    ...skipped.map((line) => `skipped    ${line}`),
    "",
    `calls      ${sums.calls}, reads ${sums.reads}, turns committed ${sums.turns}`,
    `attempts   ${listed(totals.attempts)}`,
    `unknown    ${sums.unknown} answers left a caller in doubt, ${sums.unknownButCommitted} of them had been applied`,
    `duplicates ${sums.duplicates} answered with the first receipt`,
    `sagas      ${listed(totals.sagas)}`,
    `timers     ${sums.timersFired} fired, ${sums.timersBySecondOwner} by a second owner; late p50 ${late.p50} ms, p99 ${late.p99} ms, max ${late.max} ms`,
    `outside    ${sums.sinkCalls} calls of the sink, ${sums.sinkRepeats} of them repeats; ${sums.emittedMissed} emitted events missed by subscribers`,
    `faults     ${listed(totals.faults)}`,
    "",
    "without an answer after (single nemeses; ms)",
    ...Object.entries(totals.recoveries).map(
      ([kind, of]) => `  ${kind.padEnd(32)} n ${of.n}, p50 ${of.p50}, p99 ${of.p99}, max ${of.max}`,
    ),
    "",
    "rare branches",
    ...REQUIREMENTS.map((of) => {
      const seen = of.seen(totals);
      const note = !of.applies(plan) ? "" : seen < of.least ? `  NOT SEEN, needs ${of.least}` : "";
      return `  ${of.name.padEnd(32)} ${seen}${note}`;
    }),
    `counters   ${listed(totals.counts)}`,
    "",
    "cycles",
    ...cycles.map(cycleLine),
    "",
    ...cycles.flatMap(({ plan: { number, folder }, violations }) =>
      violations.length === 0
        ? []
        : [`violations of cycle ${number}, files in ${folder}`, ...listViolations(violations)],
    ),
  ].join("\n");
}

const MOST_LISTED = 20;

function listViolations(violations: CycleResult["violations"]): string[] {
  const lines = violations
    .slice(0, MOST_LISTED)
    .map(({ invariant, object, text }) => `  ${invariant} ${object}: ${text}`);
  return violations.length > MOST_LISTED ? [...lines, `  and ${violations.length - MOST_LISTED} more`] : lines;
}

export function cycleLine({
  plan,
  figures,
  violations,
  counts,
  okOutside,
  tookMs,
  rssMb,
  starved,
  unjudged,
}: CycleResult): string {
  const fenced = (counts["lease.fenced"] ?? 0) + (counts["turn.fenced"] ?? 0);
  const { calls, turns, unknown, unknownButCommitted, duplicates } = figures;
  return [
    `  ${String(plan.number).padStart(3)} ${plan.nemeses.join(" + ").padEnd(30)}`,
    `${calls} calls, ${turns} turns, unknown ${unknown} (${unknownButCommitted} applied), duplicates ${duplicates},`,
    `fenced ${fenced}, conflicts ${counts["turn.conflict"] ?? 0}, ok outside ${percent(okOutside)}, rss ${rssMb} MB, starved ${percent(starved)},`,
    `${Math.round(tookMs / 1_000)} s${violations.length === 0 ? "" : `, ${violations.length} VIOLATIONS`}${unjudged.length === 0 ? "" : `, ${unjudged.length} unjudged`}`,
  ].join(" ");
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
