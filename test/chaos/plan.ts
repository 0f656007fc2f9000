/** Which cycles a run consists of. Pure: the same seed gives the same cycles. */
import { Chance } from "../simulation/faults.ts";
import { WORKLOADS, type Workload } from "./asks.ts";
import { NEMESIS_NAMES, type NemesisName, nemesis } from "./nemesis.ts";

export interface RunPlan {
  readonly minutes: number;
  readonly seed: number;
  readonly nemeses: readonly NemesisName[];
  readonly workloads: readonly Workload[];
  readonly hosts: number;
  /** Messages of clients; bursts come on top. */
  readonly perSecond: number;
  readonly faultsMs: number;
  /** Whether two nemeses are at work at once now and then. */
  readonly hasPairs: boolean;
  /** The nemeses of each cycle, given instead of drawn; the run ends with them. */
  readonly script?: readonly (readonly NemesisName[])[];
}

export const DEFAULT_PLAN: RunPlan = {
  minutes: 60,
  seed: 1,
  nemeses: NEMESIS_NAMES,
  workloads: WORKLOADS,
  hosts: 3,
  perSecond: 40,
  faultsMs: 40_000,
  hasPairs: true,
};

/** What goes on in the n-th cycle, from 0: each nemesis in turn in an order of its own, and after each four a pair. */
export function nemesesOf(
  plan: RunPlan,
  cycle: number,
  isPossible: (name: NemesisName) => boolean,
): readonly NemesisName[] {
  const given = plan.script?.[cycle];
  if (given !== undefined) return given;
  const possible = plan.nemeses.filter(isPossible);
  const chance = new Chance(plan.seed, `cycle ${cycle}`);
  if (plan.hasPairs && possible.length > 1 && cycle % 5 === 4) {
    const able = possible.filter((name) => !["disk", "clocks"].includes(nemesis(name).needs ?? ""));
    const first = chance.pick(able.length > 1 ? able : possible);
    const second = chance.pick((able.length > 1 ? able : possible).filter((name) => name !== first));
    return [first, second];
  }
  const singles = plan.hasPairs && possible.length > 1 ? cycle - Math.floor((cycle + 1) / 5) : cycle;
  const round = Math.floor(singles / possible.length);
  return [shuffled(possible, new Chance(plan.seed, `round ${round}`))[singles % possible.length] as NemesisName];
}

function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  const left = [...items];
  return items.map(() => left.splice(chance.below(left.length), 1)[0] as T);
}

export function pickNames<T extends string>(given: string | undefined, all: readonly T[], what: string): readonly T[] {
  if (given === undefined || given === "all") return all;
  const names = given.split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => !(all as readonly string[]).includes(name));
  if (unknown.length > 0) throw new RangeError(`no such ${what}: ${unknown.join(", ")}; there are: ${all.join(", ")}`);
  return names as T[];
}

export function repeatCommand(plan: RunPlan): string {
  const parts = [`npm run chaos -- --minutes ${plan.minutes} --seed ${plan.seed}`];
  if (plan.nemeses.length < NEMESIS_NAMES.length) parts.push(`--nemesis ${plan.nemeses.join(",")}`);
  if (plan.workloads.length < WORKLOADS.length) parts.push(`--workload ${plan.workloads.join(",")}`);
  if (plan.hosts !== DEFAULT_PLAN.hosts) parts.push(`--hosts ${plan.hosts}`);
  if (plan.perSecond !== DEFAULT_PLAN.perSecond) parts.push(`--rate ${plan.perSecond}`);
  if (plan.faultsMs !== DEFAULT_PLAN.faultsMs) parts.push(`--faults ${plan.faultsMs / 1_000}`);
  if (!plan.hasPairs) parts.push("--no-pairs");
  return parts.join(" ");
}
