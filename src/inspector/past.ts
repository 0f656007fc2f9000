/** What the trails of an object's turns tell together: its path, and what was armed and running after any of them. */
import { type Trail, trailOf } from "../core/trail.ts";
import type { TrailRow } from "../ports/views.ts";
import type { LinkShown } from "./api.ts";
import type { ObjectOverlay } from "./chart/index.ts";
import type { Machine } from "./machines.ts";
import type { GuardAnswer } from "./why.ts";

export interface Past {
  readonly overlay: Pick<ObjectOverlay, "path" | "visited">;
  /** Turns up to here are not in it. */
  readonly from: number;
  readonly timers: readonly { readonly timer: string; readonly dueAt: string }[];
  readonly invocations: readonly { readonly id: string; readonly actor: string }[];
  readonly links: readonly LinkShown[];
  /** By the name of the guard. */
  readonly guards: ReadonlyMap<string, GuardAnswer>;
}

interface Step {
  readonly row: TrailRow;
  readonly trail: Trail | undefined;
}

const MAX_LINKS = 50;

export function pastOf(rows: readonly TrailRow[], machine: Machine | undefined): Past {
  const steps = rows.map((row) => ({ row, trail: trailOf(row.trail) }));
  return {
    overlay: pathOf(steps, machine),
    from: (rows[0]?.revision ?? 1) - 1,
    ...pendingAfter(steps),
    links: linksOf(steps),
    guards: answersOf(steps),
  };
}

/** Of another version's trail the numbers mean other transitions. */
const isOfChart = (trail: Trail, machine: Machine): boolean => trail.machine === machine.about.version;

export const transitionsOf = (trail: Trail | undefined): readonly number[] =>
  (trail?.taken ?? []).filter((taken) => typeof taken === "number");

function pathOf(steps: readonly Step[], machine: Machine | undefined): Past["overlay"] {
  const path: { turn: number; transition: number }[] = [];
  const visited = new Set<string>();
  for (const { row, trail } of steps) {
    if (machine === undefined || trail === undefined || !isOfChart(trail, machine)) continue;
    for (const index of transitionsOf(trail)) {
      const transition = machine.transition(index);
      if (transition === undefined) continue;
      path.push({ turn: row.revision, transition: index });
      for (const id of [transition.source, ...transition.targets])
        for (const one of machine.lineOf(id)) visited.add(one);
    }
  }
  return { path, visited: [...visited] };
}

/** What each guard said last; names are told apart by no state, so the turn says when it was. */
function answersOf(steps: readonly Step[]): Past["guards"] {
  const answers = new Map<string, GuardAnswer>();
  for (const { row, trail } of steps) {
    for (const [name, passed] of trail?.guards ?? []) answers.set(name, { passed, turn: row.revision });
  }
  return answers;
}

function pendingAfter(steps: readonly Step[]): Pick<Past, "timers" | "invocations"> {
  const timers = new Map<string, string>();
  const invocations = new Map<string, string>();
  for (const { row, trail } of steps) {
    if (row.kind === "timer" && row.what !== undefined) timers.delete(row.what);
    if (row.kind === "result" && row.what !== undefined) invocations.delete(row.what);
    for (const timer of trail?.timersCleared ?? []) timers.delete(timer);
    for (const [timer, delayMs] of trail?.timersSet ?? []) {
      timers.set(timer, new Date(Date.parse(row.committedAt) + delayMs).toISOString());
    }
    for (const id of trail?.aborted ?? []) invocations.delete(id);
    for (const [id, actor] of trail?.invoked ?? []) invocations.set(id, actor);
  }
  return {
    timers: [...timers].map(([timer, dueAt]) => ({ timer, dueAt })),
    invocations: [...invocations].map(([id, actor]) => ({ id, actor })),
  };
}

const WHAT: Readonly<Record<string, LinkShown["what"]>> = { send: "sent to", create: "invoked", ask: "asked" };

/** The newest first, each other object once a kind. */
function linksOf(steps: readonly Step[]): readonly LinkShown[] {
  const links = new Map<string, LinkShown>();
  const add = (link: LinkShown): void => {
    if (links.size < MAX_LINKS && !links.has(`${link.what} ${link.object}`))
      links.set(`${link.what} ${link.object}`, link);
  };
  for (const { row, trail } of steps.toReversed()) {
    if (row.source !== undefined) {
      add({ object: row.source, what: row.kind === "create" ? "invoked by" : "caused by", turn: row.revision });
    }
    for (const [kind, target] of trail?.sends ?? []) {
      const what = WHAT[kind];
      if (what !== undefined) add({ object: target, what, turn: row.revision });
    }
  }
  return [...links.values()];
}
