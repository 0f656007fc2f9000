/** What objects of a machine did lately: how long they stay in each state, how they leave it, which ways they take. */
import { trailOf } from "../core/trail.ts";
import type { MoveRow, MovesFound } from "../ports/views.ts";
import type { LatelyView, StateLately } from "./api.ts";
import { groupBy } from "./chart/group.ts";
import type { Machine } from "./machines.ts";
import { transitionsOf } from "./past.ts";
import { parsed } from "./show.ts";

/** Objects that changed last, and of each its newest turns: what is looked at, however many there are. */
export const MAX_MOVING = 300;
export const MAX_MOVES = 30;

interface Stays {
  readonly lengthsMs: number[];
  errors: number;
}

export function latelyView(found: MovesFound, windowMs: number, machine: Machine): LatelyView {
  const { at, rows } = found;
  const from = Date.parse(at) - windowMs;
  const states = new Map<string, Stays>();
  const flow: Record<number, number> = {};
  const objects = groupBy(rows, ({ key }) => key);
  for (const turns of objects.values()) {
    addStays(turns, from, machine, states);
    addFlow(turns, from, machine, flow);
  }
  return {
    at,
    windowMs,
    objects: objects.size,
    turns: rows.filter(({ committedAt }) => Date.parse(committedAt) > from).length,
    isCut: objects.size >= MAX_MOVING,
    states: Object.fromEntries([...states].map(([id, stays]) => [id, lately(stays)])),
    flow,
  };
}

/** Rising turns of one object: a stay is counted where both its ends are known and the last one is within the window. */
function addStays(turns: readonly MoveRow[], from: number, machine: Machine, states: Map<string, Stays>): void {
  const entered = new Map<string, number>();
  let before: ReadonlySet<string> = new Set();
  for (const [i, turn] of turns.entries()) {
    const now = Date.parse(turn.committedAt);
    const active: ReadonlySet<string> = new Set(machine.activeIn(parsed(turn.value)) ?? []);
    for (const id of before) {
      const since = entered.get(id);
      if (active.has(id)) continue;
      entered.delete(id);
      if (since === undefined || now <= from) continue;
      const stays = states.get(id) ?? { lengthsMs: [], errors: 0 };
      stays.lengthsMs.push(Math.max(0, now - since));
      if (turn.isError) stays.errors++;
      states.set(id, stays);
    }
    const isBeginningKnown = i > 0 || turn.revision === 1;
    if (isBeginningKnown) for (const id of active) if (!before.has(id)) entered.set(id, now);
    before = active;
  }
}

function addFlow(turns: readonly MoveRow[], from: number, machine: Machine, flow: Record<number, number>): void {
  for (const { committedAt, trail: text } of turns) {
    const trail = trailOf(text);
    if (trail?.machine !== machine.about.version || Date.parse(committedAt) <= from) continue;
    for (const index of transitionsOf(trail)) flow[index] = (flow[index] ?? 0) + 1;
  }
}

function lately({ lengthsMs, errors }: Stays): StateLately {
  const sorted = lengthsMs.toSorted((a, b) => a - b);
  return { stays: sorted.length, p50Ms: at(sorted, 0.5), p95Ms: at(sorted, 0.95), errors };
}

/** By nearest rank. */
const at = (sorted: readonly number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
