/**
 * `checkMachine`: proves of a machine, built or written by hand, that however its steps fail it ends completed, compensated
 * or parked, and says by the shortest path where it does not.
 *
 * What it reads of a machine: step `x` invokes an actor with the id `x`, its compensation one with the id `undo:x`. Tags
 * `forward`, `compensation`, `pivot`, `afterPivot`, `parked` and `waiting` (for somebody, on purpose) of states; `success`,
 * `compensated` and `abandoned` of ends. `meta.undoes` names the step that a state undoes; `meta.refuses` the events that it
 * does not take; `meta.saga` has `step`, `none` (why there is nothing to undo) and `cleanFailure` (an error is proof that
 * nothing happened). A step that is a message to another object has `phase`, and `done` and `failed`, the types of its
 * answers, in place of an invoke.
 *
 * A clean result holds for the machine as written, for the inputs given or sampled, and for up to `failures` failures. It
 * says nothing about the promise actors, and nothing where `limit` cut it short.
 */
import type { AnyStateMachine } from "xstate";
import { UNDO } from "./facts.ts";
import { type Finding, Findings } from "./finding.ts";
import { internalsOf } from "./internals.ts";
import { samplesOf } from "./sample.ts";
import { Search, type SearchOptions } from "./search.ts";

export interface CheckOptions extends Partial<SearchOptions> {
  /** Inputs to check with; sampled from the machine's input schema unless given. */
  readonly inputs?: readonly unknown[];
  /** A clock, for `durationMs`. */
  readonly now?: () => number;
}

export interface CheckReport {
  readonly machine: string;
  /** No findings. */
  readonly ok: boolean;
  readonly isSaga: boolean;
  readonly failures: number;
  readonly configurations: number;
  readonly edges: number;
  /** 0 without a clock. */
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  /** Final states that were reached. */
  readonly ends: readonly string[];
  /** States that no run entered, within this budget: information. */
  readonly notVisited: readonly string[];
}

export const DEFAULT_FAILURES = 2;
export const DEFAULT_LIMIT = 20_000;

export function checkMachine(machine: AnyStateMachine, options: CheckOptions = {}): CheckReport {
  const { now = () => 0 } = options;
  const beganAt = now();
  const findings = new Findings();
  const limits = { failures: options.failures ?? DEFAULT_FAILURES, limit: options.limit ?? DEFAULT_LIMIT };
  const searches = inputsOf(machine, options, findings).map((input) => {
    const search = new Search(machine, input, findings, { ...options, ...limits });
    return { search, isComplete: search.run(input) };
  });
  const visited = new Set(searches.flatMap(({ search }) => [...search.visited]));
  const [first] = searches;
  if (first?.search.facts.isSaga && limits.failures > 0 && searches.every(({ isComplete }) => isComplete)) {
    judgeUnreachable(first.search, visited, findings);
  }
  const states = [...internalsOf(machine).idMap.values()].filter((node) => node.parent && node.type !== "history");
  return {
    machine: internalsOf(machine).id,
    ok: findings.list.length === 0,
    isSaga: first?.search.facts.isSaga ?? false,
    failures: limits.failures,
    configurations: sum(searches.map(({ search }) => search.configurations)),
    edges: sum(searches.map(({ search }) => search.edges)),
    durationMs: now() - beganAt,
    findings: findings.list,
    ends: [...new Set(searches.flatMap(({ search }) => [...search.ends]))].sort(),
    notVisited: states.map((node) => node.id).filter((id) => !visited.has(id)),
  };
}

function inputsOf(machine: AnyStateMachine, { inputs }: CheckOptions, findings: Findings): readonly unknown[] {
  if (inputs !== undefined) return inputs;
  const sampled = samplesOf(internalsOf(machine).schemas?.input);
  if (sampled === undefined)
    findings.add("no-sample", "no input was found that its schema accepts: give one in inputs", undefined);
  return sampled ?? [];
}

/** A compensation that exists and never runs is as good as none. */
function judgeUnreachable(search: Search, visited: ReadonlySet<string>, findings: Findings): void {
  for (const undo of search.facts.undos) {
    const step = undo.slice(UNDO.length);
    const node = search.facts.invokerOf(undo);
    if (node !== undefined && visited.has(node.id)) continue;
    const where = node === undefined ? `no state invokes ${undo}` : `nothing leads to ${node.id}`;
    findings.add("unreachable-undo", `${step} is never undone: ${where}`, undefined, step);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
