/**
 * One cycle: warm-up → faults → heal → tail → quiesce → final reads → check.
 *
 * In the tail the last answers of every host must be ok: most bugs that such runs find are of life after the heal.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Violation } from "../simulation/check.ts";
import { Chance } from "../simulation/faults.ts";
import type { Spice, Workload } from "./asks.ts";
import { setClock } from "./clock.ts";
import { Cluster, clockFile } from "./cluster.ts";
import { Field, LEASE_MS } from "./field.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type Evidence, judge } from "./judge.ts";
import { readBack } from "./last.ts";
import type { Recovery } from "./ledger.ts";
import type { Member } from "./member.ts";
import { type NemesisName, nemesis } from "./nemesis.ts";
import { Pressure } from "./pressure.ts";
import { Purger } from "./purger.ts";
import { readRecord } from "./record.ts";
import { Sampler } from "./sampler.ts";
import type { Servers } from "./servers.ts";

export interface CyclePlan {
  readonly number: number;
  readonly nemeses: readonly NemesisName[];
  readonly workloads: readonly Workload[];
  readonly seed: number;
  readonly hosts: number;
  readonly perSecond: number;
  readonly faultsMs: number;
  readonly folder: string;
  readonly diskFolder: string | undefined;
  readonly faketime: string | undefined;
  readonly postgresClock: string | undefined;
}

export interface CycleResult {
  readonly plan: CyclePlan;
  readonly violations: readonly Violation[];
  /** Findings about time on a machine that was starved: neither here nor there. */
  readonly unjudged: readonly Violation[];
  /** Share of the time in which the machine was starved of processors. */
  readonly starved: number;
  readonly figures: Figures;
  readonly faults: Readonly<Record<string, number>>;
  readonly recoveries: readonly Recovery[];
  /** Counters of all hosts. */
  readonly counts: Readonly<Record<string, number>>;
  readonly samples: number;
  readonly tookMs: number;
  readonly quiesceMs: number;
  /** Share of `ok` among answers outside of the time of faults. */
  readonly okOutside: number;
  readonly rssMb: number;
  readonly descriptors: number;
}

export type Phase = "start" | "warm-up" | "faults" | "heal" | "tail" | "quiesce" | "check";
export type Watch = (phase: Phase, cluster: Cluster | undefined) => void;

const WARM_UP_MS = 4_000;
/** At least, and at most where hosts take longer than that to answer again. */
const TAIL_MS = { least: 10_000, most: 25_000 };
const LAST_ANSWERS = 5;
const QUIESCE_MS = 60_000;
/** Timers late, hosts and objects silent; and where work was not at its end, what had not arrived by then. */
const ABOUT_TIME = ["I13", "I14", "I18"];
const ABOUT_REST = ["I9", "I15"];
const MOST_STARVED = 0.3;

export async function runCycle(plan: CyclePlan, servers: Servers, watch: Watch): Promise<CycleResult> {
  const startedMs = performance.now();
  watch("start", undefined);
  const cluster = await Cluster.start(
    {
      ...plan,
      namespace: `chaos-${plan.seed}-${plan.number}`,
      spices: plan.nemeses.flatMap((name): readonly Spice[] => nemesis(name).spices ?? []),
    },
    servers,
  );
  const sampler = new Sampler(cluster.parts.audit);
  const pressure = new Pressure();
  const purger = new Purger({
    ...cluster.parts,
    connection: cluster.parts.prober.connection,
    namespace: cluster.plan.namespace,
    chance: new Chance(plan.seed, `purger ${plan.number}`),
  });
  try {
    if (plan.workloads.includes("lifecycle")) purger.start();
    const before = await disturb(plan, cluster, servers, watch);
    watch("tail", cluster);
    const answered = await answersOf(cluster);
    const tail = cluster.progress;
    await Promise.all([cluster.stopClients(), purger.stop()]);
    watch("quiesce", cluster);
    const quiesceStartedMs = performance.now();
    const unsettled = await quiesce(cluster);
    const quiesceMs = performance.now() - quiesceStartedMs;
    await sampler.stop();
    watch("check", cluster);
    const seen = [...sampler.violations, ...answered, ...deaths(cluster)];
    const evidence = await gather(plan, cluster, { seen, unsettled, orders: purger.orders, healedMs: before.healedMs });
    const findings = judge(evidence);
    const starved = pressure.stop();
    const lenient = unsettled.length > 0 ? [...ABOUT_TIME, ...ABOUT_REST] : ABOUT_TIME;
    const isUnjudged = ({ invariant }: Violation): boolean => starved > MOST_STARVED && lenient.includes(invariant);
    const okOutside = shareOk(before.warm, tail, before.healed);
    return {
      ...summary(plan, cluster, evidence),
      violations: findings.filter((finding) => !isUnjudged(finding)),
      unjudged: findings.filter(isUnjudged),
      starved,
      samples: sampler.samples,
      tookMs: performance.now() - startedMs,
      quiesceMs,
      okOutside,
    };
  } finally {
    pressure.stop();
    purger.abandon();
    await sampler.stop();
    await cluster.stop();
  }
}

interface Before {
  readonly warm: Cluster["progress"];
  readonly healed: Cluster["progress"];
  /** By the database's clock. */
  readonly healedMs: number;
}

async function disturb(plan: CyclePlan, cluster: Cluster, servers: Servers, watch: Watch): Promise<Before> {
  watch("warm-up", cluster);
  cluster.parts.generator.say({ kind: "start" });
  await pause(WARM_UP_MS);
  const warm = cluster.progress;
  watch("faults", cluster);
  const { folder, postgresClock, faketime } = plan;
  const hosts = cluster.parts.members.map(({ name }) => clockFile(folder, name));
  const clockFiles =
    faketime === undefined || postgresClock === undefined ? undefined : { hosts, postgres: postgresClock };
  const fields = plan.nemeses.map((name, i) => {
    const chance = new Chance(plan.seed, `nemesis ${i}`);
    const field = new Field(
      { ...cluster.parts, servers, chance, diskFolder: plan.diskFolder, clockFiles },
      plan.faultsMs,
    );
    return nemesis(name).run(field);
  });
  await Promise.all(fields);
  watch("heal", cluster);
  if (postgresClock !== undefined) setClock(postgresClock, 0);
  await cluster.heal(servers);
  return { warm, healed: cluster.progress, healedMs: await cluster.parts.audit.nowMs() };
}

/** The last five answers of every host must be ok before the tail ends; what is wrong otherwise. */
async function answersOf(cluster: Cluster): Promise<Violation[]> {
  const { members } = cluster.parts;
  const startedMs = performance.now();
  const good = new Map(members.map((member) => [member, 0]));
  const late = (): [Member, number][] => [...good].filter(([, answers]) => answers < LAST_ANSWERS);
  for (let ms = 0; ms < (late().length > 0 ? TAIL_MS.most : TAIL_MS.least); ms = performance.now() - startedMs) {
    await askEach(cluster, good);
    await pause(200);
  }
  return late().map(([{ name }, answers]) => {
    const text = `only its last ${answers} answers were ok, ${TAIL_MS.most} ms after the heal`;
    return { invariant: "I18", object: name, text };
  });
}

/** One answer of each host, for a key that it owns; counts those that were ok in a row. */
async function askEach(cluster: Cluster, good: Map<Member, number>): Promise<void> {
  const { prober, audit, members } = cluster.parts;
  const leases = await audit.leases().catch(() => []);
  const asks = members.map(async (member) => {
    const mine = leases.filter(({ host }) => host === member.id);
    const lease = mine[Math.floor(performance.now()) % Math.max(1, mine.length)];
    const isOk = lease !== undefined && (await prober.ask(prober.key(lease.partition), 2_000));
    good.set(member, isOk ? (good.get(member) ?? 0) + 1 : 0);
  });
  await Promise.all(asks);
}

/** What is still going on when the watchdog's time is up. */
async function quiesce(cluster: Cluster): Promise<string[]> {
  const deadline = performance.now() + QUIESCE_MS;
  for (;;) {
    const open = await cluster.parts.audit.openWork();
    if (open.length === 0 || performance.now() > deadline) return open;
    await pause(200);
  }
}

const deaths = (cluster: Cluster): Violation[] =>
  cluster.parts.members.flatMap(({ name, deaths }) =>
    deaths.map((how) => ({ invariant: "I18", object: name, text: `the process ended by itself with ${how}` })),
  );

async function gather(
  plan: CyclePlan,
  cluster: Cluster,
  known: Pick<Evidence, "seen" | "unsettled" | "orders" | "healedMs">,
): Promise<Evidence> {
  const { audit, prober, witness } = cluster.parts;
  const recorded = readRecord(cluster.historyFile);
  const last = await readBack(prober, cluster.plan.namespace, await audit.objects(), LEASE_MS + 3_000);
  return {
    ...known,
    ...recorded,
    reads: [...recorded.reads, ...last.reads],
    silent: last.silent,
    objects: await audit.objects(),
    changes: witness.changes,
    emitted: witness.emitted,
    sink: cluster.sinkCalls(),
    armed: await audit.armedTimers(),
    endedMs: await audit.nowMs(),
    hasClockJumps: plan.nemeses.some((name) => nemesis(name).needs === "clocks"),
    losesMessages: plan.nemeses.some((name) => nemesis(name).losesMessages),
  };
}

function shareOk(warm: Cluster["progress"], tail: Cluster["progress"], healed: Cluster["progress"]): number {
  const ok = warm.ok + tail.ok - healed.ok;
  const unknown = warm.unknown + tail.unknown - healed.unknown;
  return ok / Math.max(1, ok + unknown);
}

type Summary = Pick<CycleResult, "plan" | "figures" | "faults" | "recoveries" | "counts" | "rssMb" | "descriptors">;

function summary(plan: CyclePlan, cluster: Cluster, evidence: Evidence): Summary {
  const { ledger, members } = cluster.parts;
  const vitals = members.flatMap((member) => member.vitals);
  return {
    plan,
    figures: figuresOf(evidence),
    faults: Object.fromEntries(ledger.faults),
    recoveries: ledger.recoveries,
    counts: Object.fromEntries(cluster.counts()),
    rssMb: Math.round(Math.max(0, ...vitals.map(({ rss }) => rss)) / (1 << 20)),
    descriptors: Math.max(0, ...vitals.map(({ descriptors }) => descriptors)),
  };
}

export const nameOf = ({ nemeses }: CyclePlan): string => nemeses.join("+");
