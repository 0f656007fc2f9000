/**
 * What the machine did in a turn, for the journal: transitions by number, named guards with their answers.
 *
 * XState tells of the transitions in its inspection events. Of guards it tells nothing: the named ones of a machine are
 * wrapped, once, and note their answer while a turn runs; asking a snapshot what it accepts notes nothing.
 */
import type { Steps } from "../core/trail.ts";
import type { MachineInternals, StateNodeInternals, TransitionInternals } from "./internals.ts";

const numbers = new WeakMap<TransitionInternals, number>();

/** The place of a transition in its machine: state by state as they stand there, `always` last. */
function numberOf(transition: TransitionInternals): number | undefined {
  const known = numbers.get(transition);
  if (known !== undefined) return known;
  let root = transition.source;
  while (root.parent !== undefined) root = root.parent;
  let next = 0;
  const visit = (node: StateNodeInternals): void => {
    for (const one of [...node.transitions.values(), node.always ?? []].flat()) numbers.set(one, next++);
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(root);
  return numbers.get(transition); // none for the transition into the initial state
}

/** Too many to be of use to a reader, and the journal row has to stay small. */
const MAX_NOTES = 200;

export class StepsTaken implements Steps {
  readonly taken: (number | string)[] = [];
  readonly guards: (readonly [string, boolean])[] = [];

  /** `child` is the path of the actor within the object, undefined for the object itself. */
  take(transitions: readonly TransitionInternals[], child: string | undefined): void {
    for (const transition of transitions) {
      const number = numberOf(transition);
      if (number === undefined || this.taken.length >= MAX_NOTES) continue;
      this.taken.push(child === undefined ? number : `${child}#${number}`);
    }
  }

  ask(guard: string, passed: boolean): void {
    if (this.guards.length < MAX_NOTES) this.guards.push([guard, passed]);
  }
}

type Guard = (args: unknown, params: unknown) => boolean;

/** By machine: whose turn its guards are noted for, at the moment. */
const listeners = new WeakMap<MachineInternals, { steps: StepsTaken | undefined }>();

/** Runs a transition of the machine with its named guards noted. */
export function noting<T>(machine: MachineInternals, steps: StepsTaken, run: () => T): T {
  const listener = listeners.get(machine) ?? wrapGuards(machine);
  const before = listener.steps;
  listener.steps = steps;
  try {
    return run();
  } finally {
    listener.steps = before;
  }
}

function wrapGuards(machine: MachineInternals): { steps: StepsTaken | undefined } {
  const listener: { steps: StepsTaken | undefined } = { steps: undefined };
  listeners.set(machine, listener);
  const guards = Object.entries(machine.implementations.guards).map(([name, guard]) => {
    if (typeof guard !== "function" || "check" in guard) return [name, guard] as const; // and(), or(), not(), stateIn()
    const noted: Guard = (args, params) => {
      const passed = (guard as Guard)(args, params);
      listener.steps?.ask(name, passed);
      return passed;
    };
    return [name, noted] as const;
  });
  machine.implementations = { ...machine.implementations, guards: Object.fromEntries(guards) };
  return listener;
}
