/** A run: servers once, cycles until the time is up, a verdict. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFaketime, type PostgresClock, setClock, wrapPostgres } from "./clock.ts";
import { type CycleResult, type Phase, runCycle } from "./cycle.ts";
import { type Disk, mountDisk } from "./disk.ts";
import { type Nemesis, type NemesisName, nemesis } from "./nemesis.ts";
import { nemesesOf, type RunPlan } from "./plan.ts";
import { findPostgresTools, type PostgresTools } from "./postmaster.ts";
import { Servers } from "./servers.ts";

export interface RunResult {
  readonly plan: RunPlan;
  readonly cycles: readonly CycleResult[];
  /** Nemeses that could not be used here, and why. */
  readonly skipped: readonly string[];
  readonly origins: Servers["origins"];
  readonly disk: string;
  readonly startedAt: string;
  readonly tookMs: number;
  /** Where the files of cycles with violations are. */
  readonly folder: string;
}

export interface Live {
  phase(cycle: number, nemeses: readonly NemesisName[], phase: Phase, cluster: Parameters<Watcher>[1]): void;
  cycleDone(result: CycleResult): void;
  say(line: string): void;
}
type Watcher = Parameters<typeof runCycle>[2];

/** Time that a cycle takes besides its faults; one that would not end in time is not begun. */
const AROUND_MS = 35_000;

interface Tools {
  readonly disk: Disk | undefined;
  readonly faketime: string | undefined;
  readonly postgresClock: PostgresClock | undefined;
  readonly postgres: PostgresTools | undefined;
}

/** `interrupted` rejects where somebody wants it to end now; the servers are stopped and the disk is given back first. */
export async function runChaos(
  plan: RunPlan,
  live: Live,
  interrupted: Promise<never> = new Promise(() => undefined),
): Promise<RunResult> {
  const startedMs = performance.now();
  const startedAt = new Date().toISOString();
  const folder = mkdtempSync(join(tmpdir(), `stator-chaos-${plan.seed}-`));
  chmodSync(folder, 0o755); // as root, Postgres runs as a user who must be able to walk in
  const wants = (need: Nemesis["needs"]): boolean => plan.nemeses.some((name) => nemesis(name).needs === need);
  const faketime = wants("clocks") ? await findFaketime(folder, (line) => live.say(line)) : undefined;
  const tools: Tools = {
    disk: wants("disk") ? await mountDisk(folder) : undefined,
    faketime,
    postgresClock: faketime === undefined ? undefined : await wrapPostgres(folder, faketime),
    postgres: wants("standby") ? await findPostgresTools(folder) : undefined,
  };
  const dataDir = join(tools.disk?.folder ?? folder, "servers");
  mkdirSync(dataDir);
  const { PATH = "" } = process.env;
  if (tools.postgresClock !== undefined) process.env["PATH"] = `${tools.postgresClock.binaries}:${PATH}`;
  const servers = await Servers.start(dataDir, (line) => live.say(line), tools.postgres);
  try {
    const cycles = await Promise.race([interrupted, runCycles(plan, { servers, tools, folder, live, startedMs })]);
    return {
      plan,
      cycles,
      skipped: plan.nemeses.filter((name) => !isPossible(name, tools)).map((name) => `${name}: ${whyNot(name)}`),
      origins: servers.origins,
      disk: tools.disk?.kind ?? "the machine's",
      startedAt,
      tookMs: performance.now() - startedMs,
      folder,
    };
  } finally {
    await servers.stop();
    await tools.disk?.unmount();
  }
}

const isPossible = (name: NemesisName, { disk, faketime, postgres }: Tools): boolean => {
  const { needs } = nemesis(name);
  return needs === undefined || { disk, clocks: faketime, standby: postgres }[needs] !== undefined;
};

const WHY_NOT = {
  disk: "no disk may be mounted here (needs root)",
  clocks: "there is no libfaketime, installed or in Debian's archive",
  standby: "there is no pg_basebackup beside postgres",
};

const whyNot = (name: NemesisName): string => WHY_NOT[nemesis(name).needs ?? "disk"];

interface Around {
  readonly servers: Servers;
  readonly tools: Tools;
  readonly folder: string;
  readonly live: Live;
  readonly startedMs: number;
}

async function runCycles(plan: RunPlan, around: Around): Promise<CycleResult[]> {
  const { servers, tools, folder, live, startedMs } = around;
  const endMs = startedMs + plan.minutes * 60_000;
  const cycles: CycleResult[] = [];
  const isTime = (): boolean =>
    plan.script === undefined
      ? cycles.length === 0 || performance.now() + plan.faultsMs + AROUND_MS < endMs
      : cycles.length < plan.script.length;
  while (isTime()) {
    const number = cycles.length;
    const nemeses = nemesesOf(plan, number, (name) => isPossible(name, tools));
    const hasClocks = nemeses.some((name) => nemesis(name).needs === "clocks");
    const cyclePlan = {
      number,
      nemeses,
      workloads: plan.workloads,
      seed: plan.seed,
      hosts: plan.hosts,
      perSecond: plan.perSecond,
      faultsMs: plan.faultsMs,
      folder: join(folder, `cycle-${number}`),
      diskFolder: tools.disk?.folder,
      faketime: hasClocks ? tools.faketime : undefined,
      postgresClock: hasClocks ? tools.postgresClock?.file : undefined,
    };
    if (hasClocks) await restart(servers, tools.postgresClock, true);
    const result = await runCycle(cyclePlan, servers, (phase, cluster) => live.phase(number, nemeses, phase, cluster));
    if (hasClocks) await restart(servers, tools.postgresClock, false);
    cycles.push(result);
    live.cycleDone(result);
    if (result.violations.length + result.unjudged.length === 0)
      rmSync(cyclePlan.folder, { recursive: true, force: true });
  }
  return cycles;
}

/** Postgres is started anew, with a clock that can be set or with the true one. */
async function restart(servers: Servers, clock: PostgresClock | undefined, isFake: boolean): Promise<void> {
  if (clock !== undefined) setClock(clock.file, 0);
  clock?.isOn(isFake);
  await servers.breakPostgres("immediate", 0);
}
