/** Where all objects are: counts as the store groups them, rolled up over the states of a chart. */
import type { Condition, CountedGroup, CountedState, Flag } from "../ports/views.ts";
import type { CountsView, MachineSummary, SagasView } from "./api.ts";
import type { Machine, Machines } from "./machines.ts";

const FLAGS: readonly Flag[] = ["parked", "retrying", "paused", "running"];

/** All machines that are served or that have objects, by name. */
export function machineSummaries(groups: readonly CountedGroup[], machines: Machines): readonly MachineSummary[] {
  const names = new Set([...machines.all().map(({ about }) => about.name), ...groups.map(({ name }) => name)]);
  return [...names].sort().map((name) => {
    const about = machines.find(name)?.about;
    const own = groups.filter((group) => group.name === name);
    return {
      name,
      version: about?.version,
      total: sum(own, () => true),
      conditions: byCondition(own),
      versions: byVersion(own),
      isSaga: about?.saga !== undefined,
    };
  });
}

export function countsView(name: string, at: string, groups: readonly CountedState[], machine: Machine): CountsView {
  const states: Record<string, { total: number; retrying: number; parked: number }> = {};
  let elsewhere = 0;
  for (const { value, count, retrying, parked } of groups) {
    const active = machine.activeIn(value);
    if (active === undefined) elsewhere += count;
    for (const id of active ?? []) {
      const state = states[id] ?? { total: 0, retrying: 0, parked: 0 };
      states[id] = { total: state.total + count, retrying: state.retrying + retrying, parked: state.parked + parked };
    }
  }
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag, groups.reduce((all, group) => all + group[flag], 0)]));
  return {
    at,
    name,
    total: sum(groups, () => true),
    states,
    conditions: byCondition(groups),
    flags: flags as Record<Flag, number>,
    versions: byVersion(groups),
    elsewhere,
  };
}

export function sagaTotals(groups: readonly CountedGroup[], machines: Machines): SagasView["sagas"] {
  const served = machines.all().filter(({ about }) => about.saga !== undefined);
  return served.map(({ about: { name } }) => {
    const own = groups.filter((group) => group.name === name);
    const of = (...conditions: Condition[]): number => sum(own, ({ condition }) => conditions.includes(condition));
    return {
      name,
      total: sum(own, () => true),
      forward: of("retrying", "running", "waiting", "paused"),
      compensating: of("compensating"),
      parked: of("parked"),
      succeeded: of("done"),
      compensated: of("canceled"),
      abandoned: of("failed", "killed"),
    };
  });
}

const sum = (groups: readonly CountedGroup[], which: (group: CountedGroup) => boolean): number =>
  groups.reduce((all, group) => all + (which(group) ? group.count : 0), 0);

function byCondition(groups: readonly CountedGroup[]): Partial<Record<Condition, number>> {
  const counts: Partial<Record<Condition, number>> = {};
  for (const { condition, count } of groups) counts[condition] = (counts[condition] ?? 0) + count;
  return counts;
}

function byVersion(groups: readonly CountedGroup[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { version, count } of groups) counts[version] = (counts[version] ?? 0) + count;
  return counts;
}
