/**
 * The logic of a definition, wrapped once: promise logic keeps its transitions and loses its start, machine and
 * transition logic report what they throw, so that a throw anywhere in the tree rejects the turn. (XState would turn the
 * throw of a child into an error event for its parent.)
 */
import type { AnyStateMachine } from "xstate";
import { MAX_MICROSTEPS } from "../core/machine.ts";
import {
  type ActionInfo,
  type ActorNode,
  type ActorScope,
  type ExecutableAction,
  isMachineLogic,
  type Logic,
  type LogicKind,
  logicKind,
  type MachineInternals,
  machineInternals,
  type NodeSnapshot,
} from "./internals.ts";
import { noting, type StepsTaken } from "./steps.ts";

/** Our actor system, as the wrapped logic sees it. */
export interface CapturingSystem {
  readonly steps: StepsTaken;
  /** Notes that the turn is rejected; answers the error to throw on. */
  fail(cause: unknown, node: ActorNode): unknown;
  startInvocation(node: ActorNode): void;
  captureAction(node: ActorNode, action: ExecutableAction, info: ActionInfo): void;
}

const systemOf = (scope: { readonly system: unknown }): CapturingSystem => scope.system as CapturingSystem;

/** Stands in for the function of every named action: XState calls it as a method of the action. */
export function captureAction(this: ExecutableAction, info: ActionInfo): void {
  systemOf(info).captureAction(info.self, this, info);
}

/** All logic that a definition may run, wrapped. Anything else is refused when an actor is made of it. */
export class Logics {
  readonly #wrapped = new Map<Logic, Logic>();

  constructor(root: AnyStateMachine) {
    this.#add(machineInternals(root));
  }

  /** Undefined for logic that the definition does not declare, or that is not durable. */
  wrapped(logic: Logic): Logic | undefined {
    return this.#wrapped.get(logic);
  }

  #add(logic: Logic): void {
    if (this.#wrapped.has(logic)) return;
    const wrapped = wrap(logic, logicKind(logic));
    if (wrapped === undefined) return;
    this.#wrapped.set(logic, wrapped);
    if (isMachineLogic(logic)) for (const actor of Object.values(logic.implementations.actors)) this.#add(actor);
  }
}

function wrap(logic: Logic, kind: LogicKind): Logic | undefined {
  switch (kind) {
    case "machine":
      return watchMachine(logic as MachineInternals);
    case "promise":
      return { ...logic, start: startInvocation };
    case "transition":
      return watched(logic, { ...logic });
    default:
      return undefined;
  }
}

function startInvocation(snapshot: NodeSnapshot, scope: ActorScope): void {
  if (snapshot.status === "active") systemOf(scope).startInvocation(scope.self);
}

function watchMachine(machine: MachineInternals): Logic {
  // A definition that sets its own bound keeps it. The machine itself is bounded, as snapshots point to it.
  if (machine.options.maxIterations === Number.POSITIVE_INFINITY) {
    machine.options = { ...machine.options, maxIterations: MAX_MICROSTEPS };
  }
  const noted: Pick<Logic, "transition" | "getInitialSnapshot"> = {
    transition: (snapshot, event, scope) =>
      noting(machine, systemOf(scope).steps, () => machine.transition(snapshot, event, scope)),
    getInitialSnapshot: (scope, input) =>
      noting(machine, systemOf(scope).steps, () => machine.getInitialSnapshot(scope, input)),
  };
  return watched(noted, Object.create(machine) as Logic);
}

function watched(logic: Pick<Logic, "transition" | "getInitialSnapshot">, wrapper: Logic): Logic {
  const transition: Logic["transition"] = (snapshot, event, scope) => {
    try {
      return logic.transition(snapshot, event, scope);
    } catch (cause) {
      throw systemOf(scope).fail(cause, scope.self);
    }
  };
  const getInitialSnapshot: Logic["getInitialSnapshot"] = (scope, input) => {
    try {
      const snapshot = logic.getInitialSnapshot(scope, input);
      // XState answers a throw in the context factory or an entry action with a snapshot of status error.
      if (snapshot.status === "error") systemOf(scope).fail(snapshot.error, scope.self);
      return snapshot;
    } catch (cause) {
      throw systemOf(scope).fail(cause, scope.self);
    }
  };
  return Object.assign(wrapper, { transition, getInitialSnapshot });
}
