/** A warning beside the condition: waiting is healthy, but not for ever. A state says how long in `meta.maxDwell`. */
import type { StuckTest } from "../ports/views.ts";
import type { Machine } from "./machines.ts";
import { spanBetween, spanText } from "./words.ts";

export interface StuckFacts {
  /** ISO dates. */
  readonly at: string;
  readonly since: string;
  readonly status: string;
  /** Ids of the states it is in. */
  readonly active: readonly string[];
  readonly timers: readonly { readonly label: string; readonly dueAt: string }[];
  readonly isPaused: boolean;
}

/** Which objects of the machine are too long in a state; none where it sets no limit. */
export const limitsOf = (machine: Machine): readonly StuckTest[] =>
  Object.entries(machine.about.maxDwellMs).map(([id, forMs]) => ({ path: machine.pathOf(id), forMs }));

/** What is wrong, as a sentence; undefined where nothing is. */
export function stuckOf(facts: StuckFacts, machine: Machine | undefined): string | undefined {
  if (facts.status !== "active" || machine === undefined) return undefined;
  return tooLong(facts, machine) ?? overdue(facts);
}

function tooLong({ at, since, active }: StuckFacts, machine: Machine): string | undefined {
  const limits = machine.about.maxDwellMs;
  const broken = active.filter((id) => (limits[id] ?? Number.POSITIVE_INFINITY) < Date.parse(at) - Date.parse(since));
  const inner = broken.at(-1);
  if (inner === undefined) return undefined;
  const place = machine.pathOf(inner).join(" › ") || machine.about.name;
  return `Stuck: ${spanBetween(since, at)} in ${place}, where ${spanText(limits[inner] ?? 0)} is the limit.`;
}

/** Hosts that are there fire a timer within a second or two. */
const OVERDUE_MS = 60_000;

function overdue({ at, timers, isPaused }: StuckFacts): string | undefined {
  const late = timers.find(({ dueAt }) => Date.parse(at) - Date.parse(dueAt) > OVERDUE_MS);
  if (late === undefined || isPaused) return undefined;
  return `Stuck: its timer '${late.label}' is ${spanBetween(late.dueAt, at)} late.`;
}
