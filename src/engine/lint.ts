/**
 * What must be refused before an object of a definition exists: all findings at once, each with its place.
 *
 * `defineObject` has checked names and implementations; here the states, transitions and logic of the machine, and of
 * the machines nested in it, are read. What cannot be seen (inside `enqueueActions`, computed ids) is refused at run
 * time, in the turn.
 */
import type { AnyStateMachine } from "xstate";
import { isReservedType, type ObjectDefinition, refuse } from "../core/definition.ts";
import { remoteOf } from "../core/remote.ts";
import { Logics } from "./capture.ts";
import { encode } from "./codec.ts";
import {
  type ActionInternals,
  type BuiltInAction,
  type Logic,
  logicKind,
  type MachineInternals,
  machineInternals,
  type StateNodeInternals,
  type TransitionInternals,
} from "./internals.ts";
import { Live } from "./live.ts";
import { tag } from "./tagged.ts";
import { Timers } from "./timers.ts";

export interface Finding {
  readonly level: "error" | "warning";
  /** For example `order.paying.invoke[0]`. */
  readonly place: string;
  readonly message: string;
}

/** Definitions without an error: each is looked at once, however many engines are made of it. */
const sound = new WeakSet<ObjectDefinition>();

/** Throws `StartupError` `INVALID_DEFINITION` where there is an error; warnings do not stop a definition. */
export function assertDefinition(definition: ObjectDefinition): void {
  if (sound.has(definition)) return;
  const errors = lintDefinition(definition).filter((finding) => finding.level === "error");
  refuse(
    definition.name,
    errors.map((finding) => `${finding.place}: ${finding.message}`),
  );
  sound.add(definition);
}

export function lintDefinition(definition: ObjectDefinition): readonly Finding[] {
  const lint = new Lint(definition);
  try {
    lint.machine(definition.machine);
  } catch (cause) {
    // XState looks at targets and initial states only when asked, and throws: its message names the place
    lint.error(definition.machine.id, (cause as Error).message);
  }
  if (definition.input === undefined && !lint.hasErrors) lint.firstTurn();
  return lint.findings;
}

class Lint {
  readonly findings: Finding[] = [];
  readonly #definition: ObjectDefinition;
  readonly #seen = new Set<unknown>();
  readonly #ids = new Set<string>();

  constructor(definition: ObjectDefinition) {
    this.#definition = definition;
  }

  get hasErrors(): boolean {
    return this.findings.some((finding) => finding.level === "error");
  }

  machine(given: AnyStateMachine): void {
    if (this.#seen.has(given)) return;
    this.#seen.add(given);
    const machine = machineInternals(given);
    this.#identity(machine);
    this.#context(machine);
    for (const [name, logic] of Object.entries(machine.implementations.actors)) this.#actor(machine, name, logic);
    for (const [name, action] of Object.entries(machine.implementations.actions)) {
      if (isBuiltIn(action)) this.#builtIn(machine, action, `${machine.id}.actions.${name}`);
    }
    for (const node of machine.idMap.values()) this.#node(machine, node);
  }

  /** A machine without input can be tried: what its first turn refuses, every object would be refused. */
  firstTurn(): void {
    const definition = this.#definition;
    const parts = { definition, logics: new Logics(definition.machine), newTimers: () => new Timers() };
    const context = { address: { name: definition.name, key: "lint" }, incarnation: "lint", revision: 1 };
    const creator = { address: context.address, invocationId: "lint" }; // it may be invoked, and then has a parent
    const { turn } = Live.create(parts, undefined, context, undefined, creator);
    if (turn.kind === "rejected") this.error(`${definition.machine.id}.initial`, turn.error.message);
  }

  error(place: string, message: string): void {
    this.findings.push({ level: "error", place, message });
  }

  #warn(place: string, message: string): void {
    this.findings.push({ level: "warning", place, message });
  }

  #identity(machine: MachineInternals): void {
    if (machine.config.id === undefined) {
      this.error(machine.id, "needs an explicit id: it is part of every after, done and invoke event name");
    } else if (this.#ids.has(machine.id)) {
      this.error(machine.id, "two machines have this id: it is part of every after, done and invoke event name");
    }
    this.#ids.add(machine.id);
  }

  #context(machine: MachineInternals): void {
    if (typeof machine.config.context === "function") return;
    try {
      const { context } = machine.config;
      encode(this.#definition.codec === "tagged" ? tag(context) : context, undefined);
    } catch (cause) {
      this.error(`${machine.id}.context`, (cause as Error).message);
    }
  }

  #actor(machine: MachineInternals, name: string, logic: Logic): void {
    const place = `${machine.id}.actors.${name}`;
    const kind = logicKind(logic);
    switch (kind) {
      case "machine":
        return this.machine(logic as unknown as AnyStateMachine);
      case "promise":
        if (this.#definition.actors.has(name) || remoteOf(logic) !== undefined) return;
        return this.error(place, "has no implementation: give run in promiseActor() or in defineObject({ actors })");
      case "transition":
        return;
      default:
        return this.error(
          place,
          `${kind} logic holds process-local state; use a promise actor or another virtual object`,
        );
    }
  }

  #node(machine: MachineInternals, node: StateNodeInternals): void {
    node.entry.forEach((action, i) => {
      this.#action(machine, action, `${node.id}.entry[${i}]`);
    });
    node.exit.forEach((action, i) => {
      this.#action(machine, action, `${node.id}.exit[${i}]`);
    });
    if (node.type === "compound") {
      node.initial?.actions.forEach((action, i) => {
        this.#action(machine, action, `${node.id}.initial.actions[${i}]`);
      });
    }
    for (const [descriptor, transitions] of node.transitions) {
      if (descriptor.startsWith("stator.")) this.error(`${node.id}.on['${descriptor}']`, "the prefix is reserved");
      for (const transition of transitions) this.#transition(machine, transition, `${node.id}.on['${descriptor}']`);
    }
    for (const transition of node.always ?? []) this.#transition(machine, transition, `${node.id}.always`);
    this.#invokes(machine, node);
    this.#childIds(node);
    if (isDeadEnd(node)) this.#warn(node.id, "dead end: it is not final and nothing leaves it");
  }

  #transition(machine: MachineInternals, transition: TransitionInternals, place: string): void {
    transition.actions.forEach((action, i) => {
      this.#action(machine, action, `${place}.actions[${i}]`);
    });
    const guard = nameOf(transition.guard);
    if (guard !== undefined && machine.implementations.guards[guard] === undefined) {
      this.error(`${place}.guard`, `guard '${guard}' is not provided; ${known(machine.implementations.guards)}`);
    }
  }

  #action(machine: MachineInternals, action: ActionInternals, place: string): void {
    if (isBuiltIn(action)) return this.#builtIn(machine, action, place);
    if (typeof action === "function") {
      const name = (action as BuiltInAction).name || "anonymous";
      return this.error(
        place,
        `inline function '${name}' cannot be named in the outbox; move it to setup({ actions })`,
      );
    }
    const name = nameOf(action) ?? "";
    if (isReservedType(name)) return this.error(place, `action name '${name}' has a reserved prefix`);
    if (machine.implementations.actions[name] === undefined) {
      this.error(place, `action '${name}' has no implementation; XState would ignore it silently`);
    }
  }

  #builtIn(machine: MachineInternals, action: BuiltInAction, place: string): void {
    if (action.type === "xstate.spawnChild") {
      if (typeof action.src !== "string") {
        this.error(place, "spawnChild with inline logic cannot be stored; name it in setup({ actors })");
      } else if (machine.implementations.actors[action.src] === undefined) {
        this.error(place, `actor '${action.src}' is not provided; ${known(machine.implementations.actors)}`);
      }
      if (action.id === undefined) this.error(place, "spawnChild without an id lands in children['undefined']");
    }
    if (typeof action.delay === "string" && machine.implementations.delays[action.delay] === undefined) {
      this.error(place, `delay '${action.delay}' is not provided; ${known(machine.implementations.delays)}`);
    }
    if (typeof action.delay === "number" && !(Number.isFinite(action.delay) && action.delay >= 0)) {
      this.error(place, `delay ${action.delay} must be a number of milliseconds from 0`);
    }
    if (action.delay !== undefined && action.id === undefined) {
      this.#warn(place, "a delayed send without an id cannot be canceled");
    }
    if (action.type === "xstate.enqueueActions") this.#warn(place, "enqueueActions is opaque to the checker");
  }

  #invokes(machine: MachineInternals, node: StateNodeInternals): void {
    const given = [node.config.invoke ?? []].flat() as { readonly src: unknown; readonly id?: string }[];
    for (const [i, config] of given.entries()) {
      const place = `${node.id}.invoke[${i}]`;
      const id = node.invoke[i]?.id ?? "";
      if (config.id === undefined) {
        this.#warn(place, `has no id: its result events are named by '${id}', and renaming breaks results in flight`);
      }
      if (typeof config.src !== "string") {
        this.error(place, "inline logic cannot be stored; name it in setup({ actors })");
        continue;
      }
      const logic = machine.implementations.actors[config.src];
      if (logic === undefined) {
        this.error(place, `actor '${config.src}' is not provided; ${known(machine.implementations.actors)}`);
      } else if (logicKind(logic) === "promise") this.#onError(node, `xstate.error.actor.${id}`, place);
    }
  }

  #onError(node: StateNodeInternals, type: string, place: string): void {
    const handlers = [node, ...ancestors(node)].flatMap((state) =>
      [...state.transitions]
        .filter(([descriptor]) => takes(descriptor, type))
        .flatMap(([, transitions]) => transitions),
    );
    if (handlers.length === 0) return this.error(place, "has no reachable onError: a rejection ends the whole object");
    if (handlers.some((handler) => handler.target?.includes(node) === true && !handler.reenter)) {
      this.#warn(place, "onError to its own state without reenter does not run the actor again");
    }
  }

  #childIds(node: StateNodeInternals): void {
    const spawned = node.entry.filter((action) => isBuiltIn(action) && action.type === "xstate.spawnChild");
    const ids = [...node.invoke.map(({ id }) => id), ...spawned.map((action) => (action as BuiltInAction).id)];
    for (const id of new Set(ids.filter((id, i) => typeof id === "string" && ids.indexOf(id) !== i))) {
      this.error(node.id, `child id '${String(id)}' is used twice in this state`);
    }
  }
}

/** XState's actions are functions with a `resolve`. */
const isBuiltIn = (action: unknown): action is BuiltInAction => typeof action === "function" && "resolve" in action;

function nameOf(named: unknown): string | undefined {
  if (typeof named === "string") return named;
  if (typeof named !== "object" || named === null) return undefined;
  const { type } = named as { readonly type?: unknown };
  return typeof type === "string" ? type : undefined;
}

const known = (provided: Readonly<Record<string, unknown>>): string =>
  `provided: ${Object.keys(provided).sort().join(", ") || "none"}`;

const takes = (descriptor: string, type: string): boolean =>
  descriptor === type ||
  descriptor === "*" ||
  (descriptor.endsWith(".*") && `${type}.`.startsWith(descriptor.slice(0, -1)));

function ancestors(node: StateNodeInternals): StateNodeInternals[] {
  return node.parent === undefined ? [] : [node.parent, ...ancestors(node.parent)];
}

function isDeadEnd(node: StateNodeInternals): boolean {
  if (node.type !== "atomic" || node.parent === undefined) return false;
  return [node, ...ancestors(node)].every((state) => state.transitions.size === 0 && (state.always ?? []).length === 0);
}
