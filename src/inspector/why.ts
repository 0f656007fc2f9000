/**
 * Why a transition cannot be taken, or what it would take. Guards are not asked again: the journal kept what they said
 * when they were asked last.
 */
import type { ObjectView, WayShown } from "./api.ts";
import type { ChartTransition } from "./chart/index.ts";
import { takes } from "./describe.ts";
import type { Machine } from "./machines.ts";
import { labelOf } from "./next.ts";
import { listText, spanBetween } from "./words.ts";

/** What a guard said when it was asked last. */
export interface GuardAnswer {
  readonly passed: boolean;
  readonly turn: number;
}

export interface WayFacts {
  /** As it is, or as it was after a turn. */
  readonly object: ObjectView;
  readonly machine: Machine;
  readonly guards: ReadonlyMap<string, GuardAnswer>;
}

export const MAX_WAYS = 300;
/** Of the turns that took a transition, the newest. */
const MAX_TAKEN = 5;

/** `wanted` are indexes in the chart; all of it unless given. */
export function waysOf(facts: WayFacts, wanted: readonly number[] | undefined): readonly WayShown[] {
  const { transitions } = facts.machine.model;
  const asked = wanted === undefined ? transitions : transitions.filter(({ index }) => wanted.includes(index));
  return asked.slice(0, MAX_WAYS).map((transition) => wayOf(transition, facts));
}

function wayOf(transition: ChartTransition, facts: WayFacts): WayShown {
  const { index, source, targets, guard } = transition;
  const turns = facts.object.overlay.path.filter((step) => step.transition === index).map(({ turn }) => turn);
  const barrier = barrierOf(transition, facts);
  return {
    transition: index,
    label: labelOf(transition, facts.machine),
    source,
    targets,
    guard,
    taken: [...new Set(turns)].slice(-MAX_TAKEN),
    isOpen: barrier === undefined,
    reason:
      barrier ?? [needOf(transition, facts), guardText(transition, facts)].filter((part) => part !== "").join(" "),
  };
}

/** What keeps it from being taken whatever comes; undefined where it can be taken. */
function barrierOf(transition: ChartTransition, facts: WayFacts): string | undefined {
  const { object, machine } = facts;
  if (object.status !== "active") return `It has ended${object.state === "" ? "" : `, in ${object.state}`}.`;
  if (!object.overlay.active.includes(transition.source)) {
    return `It is in ${object.state}, not in ${placeOf(transition.source, machine)}.`;
  }
  return (
    idleOf(transition, facts) ??
    innerOf(transition, facts) ??
    earlierOf(transition, machine) ??
    (transition.trigger.kind === "always" ? refusalOf(transition, facts) : undefined)
  );
}

/** `booking.hotel`: without the machine's own name. */
const placeOf = (id: string, machine: Machine): string => machine.pathOf(id).join(" › ") || id;

/** Nothing is on its way that could bring it. */
function idleOf({ trigger }: ChartTransition, { object }: WayFacts): string | undefined {
  const { kind, event } = trigger;
  if (kind === "after" && !object.timers.some(({ timer }) => timer === `#${event}`)) return "Its timer is not set.";
  if ((kind !== "done" && kind !== "error") || event.startsWith("xstate.done.state.")) return undefined;
  const next = object.next.find((step) => step.event === event);
  const isKnown = object.invocations.some(({ invokeId }) => invokeId !== undefined);
  return isKnown && next !== undefined && next.invocationId === undefined
    ? "What it waits for does not run."
    : undefined;
}

/** A state inside is asked first, and always takes the event. */
function innerOf({ source, trigger }: ChartTransition, { object, machine }: WayFacts): string | undefined {
  if (trigger.kind !== "event") return undefined;
  const inner = machine.model.transitions.find(
    (other) =>
      other.source !== source &&
      other.guard === undefined &&
      object.overlay.active.includes(other.source) &&
      machine.lineOf(other.source).includes(source) &&
      takes(other, trigger.event),
  );
  return inner && `${placeOf(inner.source, machine)}, inside of it, takes ${trigger.text} first.`;
}

/** Of several branches the first whose guard says yes is taken: none comes after one without a guard. */
function earlierOf({ index, source, trigger }: ChartTransition, { model }: Machine): string | undefined {
  const before = model.transitions.find(
    (other) =>
      other.index < index &&
      other.source === source &&
      other.trigger.event === trigger.event &&
      other.trigger.kind === trigger.kind &&
      other.guard === undefined,
  );
  return before && `Never: branch ${before.priority ?? 1}, asked before it, has no guard and is taken always.`;
}

function refusalOf(transition: ChartTransition, facts: WayFacts): string | undefined {
  const { guard } = transition;
  return guard === undefined ? undefined : `It is asked in every turn. ${guardText(transition, facts)}`;
}

function needOf(transition: ChartTransition, { object, machine }: WayFacts): string {
  const { kind, event, text } = transition.trigger;
  const resumed = object.flags.includes("paused") ? " It is paused: that waits until it is resumed." : "";
  switch (kind) {
    case "after": {
      const dueAt = object.timers.find(({ timer }) => timer === `#${event}`)?.dueAt;
      return `${dueAt === undefined ? "When its timer fires." : `Its timer fires in ${spanBetween(object.at, dueAt)}.`}${resumed}`;
    }
    case "event":
      return `When ${text} comes.${resumed}`;
    case "always":
      return "At once.";
    default:
      if (event.startsWith("xstate.done.state.")) return "When all inside of it has ended.";
      return `On '${labelOf(transition, machine)}'.${resumed}`;
  }
}

/** Names in `isPaid & !isDue`; what a guard without a name said is not kept. */
const namesIn = (guard: string): readonly string[] =>
  guard.split(/[\s&|!()]+/).filter((name) => name !== "" && name !== "inline");

function guardText(
  { guard, priority, index, source, trigger }: ChartTransition,
  { guards, machine }: WayFacts,
): string {
  const before = machine.model.transitions.filter(
    (other) => other.source === source && other.trigger.event === trigger.event && other.index < index,
  );
  const otherwise =
    priority !== undefined && before.length > 0 ? `${listText(before.map(guardOf))} must say no first.` : "";
  if (guard === undefined) return otherwise;
  const answers = namesIn(guard).flatMap((name) => {
    const answer = guards.get(name);
    return answer === undefined ? [] : [`${name} said ${answer.passed ? "yes" : "no"} in turn ${answer.turn}`];
  });
  const last = answers.length === 0 ? "It was not asked yet." : `When asked last, ${listText(answers)}.`;
  return [`[${guard}] must say yes.`, last, otherwise].filter((part) => part !== "").join(" ");
}

const guardOf = ({ guard }: ChartTransition): string => `[${guard ?? ""}]`;
