/** What can happen next in a state, as data: events it takes, ends of what it runs, timers. Guards are not asked. */
import type { NextBranch, NextKind, NextStep } from "./api.ts";
import type { ChartTransition } from "./chart/index.ts";
import { takes } from "./describe.ts";
import type { Machine } from "./machines.ts";

export interface Pending {
  readonly timers: readonly { readonly timer: string; readonly dueAt: string }[];
  readonly invocations: readonly { readonly id: string; readonly invokeId: string | undefined }[];
}

const ORDER: readonly NextKind[] = ["done", "error", "after", "event", "snapshot"];

/** `active` are the ids of the states, the machine first. */
export function nextSteps(machine: Machine, active: readonly string[], pending: Pending): readonly NextStep[] {
  const depth = new Map(active.map((id) => [id, machine.lineOf(id).length]));
  const byEvent = new Map<string, ChartTransition[]>();
  for (const transition of machine.model.transitions) {
    const { trigger, source } = transition;
    if (!depth.has(source) || trigger.kind === "always" || trigger.event.startsWith("xstate.done.state.")) continue;
    byEvent.set(trigger.event, [...(byEvent.get(trigger.event) ?? []), transition]);
  }
  const steps = [...byEvent.values()].map((transitions) => {
    // an inner state is asked before the states around it
    const branches = transitions.toSorted((a, b) => (depth.get(b.source) ?? 0) - (depth.get(a.source) ?? 0));
    return stepOf(branches, machine, pending);
  });
  return steps.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function stepOf(branches: readonly ChartTransition[], machine: Machine, { timers, invocations }: Pending): NextStep {
  const [first] = branches;
  if (first === undefined) throw new RangeError("a step has at least one branch");
  const { kind, event } = first.trigger;
  const invokeId = invokeOf(first);
  return {
    kind: kind === "always" ? "event" : kind,
    label: labelOf(first, machine),
    event,
    branches: branches.map(branchOf),
    dueAt: timers.find(({ timer }) => timer === `#${event}`)?.dueAt,
    invocationId: invokeId && invocations.find((invocation) => invocation.invokeId === invokeId)?.id,
  };
}

/** Id of the invoke whose end it waits for. */
const invokeOf = ({ trigger }: ChartTransition): string | undefined =>
  /^xstate\.(?:done|error|snapshot)\.(?:actor\.)?(.*)$/s.exec(trigger.event)?.[1];

/** `CANCEL`, `after 15m`, `hotel done`. */
export function labelOf(transition: ChartTransition, machine: Machine): string {
  const { text } = transition.trigger;
  const invokeId = invokeOf(transition);
  const src = machine.state(transition.source)?.invokes.find(({ id }) => id === invokeId)?.src;
  return src === undefined || text.includes(src) ? text : `${src} ${text}`;
}

const branchOf = ({ index, source, targets, guard, priority, actions }: ChartTransition): NextBranch => ({
  transition: index,
  source,
  targets,
  guard,
  priority,
  actions,
});

/** Types that people may send, for which one of the states has a transition. */
export function acceptedTypes(machine: Machine, active: readonly string[]): readonly string[] {
  const sources = new Set(active);
  const here = machine.model.transitions.filter(({ source }) => sources.has(source));
  return machine.about.events
    .filter(({ type, isInternal }) => !isInternal && here.some((transition) => takes(transition, type)))
    .map(({ type }) => type)
    .sort();
}
