/** Lists of objects, and the sentence above all of them. */
import type { ObjectFound, ObjectsFound } from "../ports/views.ts";
import type { Incident, MachineSummary, ObjectRow, ObjectsPage, StuckCount } from "./api.ts";
import { type Machines, stateText } from "./machines.ts";
import { stuckOf } from "./stuck.ts";
import { countOf, listText, numberText, spanBetween, timerLabel } from "./words.ts";

export function objectsPage(found: ObjectsFound, limit: number, machines: Machines): ObjectsPage {
  const rows = found.objects.slice(0, limit).map((object) => objectRow(object, found.at, machines));
  const last = rows.at(-1);
  const isMore = found.objects.length > limit;
  return {
    at: found.at,
    rows,
    total: found.total,
    isAtLeast: found.isAtLeast,
    next: isMore && last !== undefined ? `${last.name}/${last.key}` : null,
  };
}

function objectRow(object: ObjectFound, at: string, machines: Machines): ObjectRow {
  const { address, value, ...rest } = object;
  const { status, condition, tags, version, since } = rest;
  const state = stateText(value);
  const machine = machines.find(address.name);
  const timers = object.nextTimer === undefined ? [] : [object.nextTimer];
  const stuck = stuckOf(
    {
      ...{ at, since, status, active: machine?.activeIn(value) ?? [], isPaused: condition === "paused" },
      timers: timers.map(({ timer, dueAt }) => ({ label: timerLabel(timer, machine), dueAt })),
    },
    machine,
  );
  return { ...address, status, condition, value, state, tags, stuck, version, since, ...nextOf(object, machines) };
}

function nextOf(object: ObjectFound, machines: Machines): Pick<ObjectRow, "next" | "nextAt"> {
  const { condition, status, invocation, nextTimer, address } = object;
  if (condition === "parked") return { next: "waits for an operator", nextAt: undefined };
  if (condition === "paused") return { next: "resume", nextAt: undefined };
  if (status !== "active") return { next: "", nextAt: undefined };
  const machine = machines.find(address.name);
  if (invocation !== undefined) {
    const { actor, attempts, nextAt } = invocation;
    if (attempts === 0) return { next: actor, nextAt: undefined };
    const most = machine?.about.maxAttempts[actor];
    return { next: `${actor} attempt ${attempts + 1}${most === undefined ? "" : `/${most}`}`, nextAt };
  }
  if (nextTimer === undefined) return { next: "", nextAt: undefined };
  return { next: timerLabel(nextTimer.timer, machine), nextAt: nextTimer.dueAt };
}

export interface Headline {
  readonly sentence: string;
  readonly isHealthy: boolean;
}

/** The worst thing first; what is normal is said too. */
export function headline(
  at: string,
  machines: readonly MachineSummary[],
  incidents: readonly Incident[],
  stuck: readonly StuckCount[] = [],
): Headline {
  const needing = incidents.filter(({ kind }) => kind !== "retrying");
  const parts = machines
    .filter(({ conditions }) => (conditions.parked ?? 0) > 0)
    .map(({ name, conditions }) => ({ name, count: conditions.parked ?? 0 }));
  const parked = parts.reduce((all, { count }) => all + count, 0);
  if (parked > 0) {
    const who = parts.map(({ name, count }) => `${numberText(count)} ${name}`);
    const oldest = needing.map(({ since }) => since).filter((since) => since !== undefined);
    const [since] = oldest.sort();
    const age = since === undefined ? "" : ` Oldest: ${spanBetween(since, at)}.`;
    const what = parked === 1 ? "object needs" : "objects need";
    return { sentence: `${listText(who)} ${what} you.${age}`, isHealthy: false };
  }
  if (stuck.length > 0) {
    const who = stuck.map(({ name, count }) => `${numberText(count)} ${name}`);
    const verb = stuck.reduce((all, { count }) => all + count, 0) === 1 ? "object is" : "objects are";
    return { sentence: `${listText(who)} ${verb} stuck: longer in a state than its limit.`, isHealthy: false };
  }
  const total = machines.reduce((all, machine) => all + machine.total, 0);
  if (total === 0) return { sentence: "No objects yet.", isHealthy: true };
  const of = (condition: "retrying" | "compensating" | "running" | "waiting"): number =>
    machines.reduce((all, { conditions }) => all + (conditions[condition] ?? 0), 0);
  const retrying = of("retrying");
  if (retrying > 0) {
    const verb = retrying === 1 ? "is" : "are";
    return { sentence: `${countOf(retrying, "object")} ${verb} tried again; nothing needs you.`, isHealthy: true };
  }
  const busy = of("running") + of("compensating");
  const waiting = of("waiting");
  const rest = total - busy - waiting;
  const told = [
    ...(busy > 0 ? [`${numberText(busy)} running`] : []),
    ...(waiting > 0 ? [`${numberText(waiting)} waiting normally`] : []),
    ...(rest > 0 ? [`${numberText(rest)} at their end`] : []),
  ];
  return { sentence: `All good. ${countOf(total, "object")}: ${listText(told)}.`, isHealthy: true };
}
