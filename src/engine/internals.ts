/**
 * Every private surface of XState 5.33 that we touch, listed and typed. No other file casts to XState's inside.
 *
 * - option `parent` of `createActor`: the actor takes `parent.system`, so our system comes in through a fake parent.
 * - the whole `ActorSystem` interface: `_bookId _register _unregister _set get getAll _relay scheduler _clock _logger
 *   _snapshot start inspect _sendInspectionEvent` (implemented in `system.ts`).
 * - inspection events `@xstate.actor` (inside the constructor, before the initial snapshot) and
 *   `@xstate.microstep` with `_transitions`.
 * - `actor._parent _actorScope _send _syncSnapshot src logic sessionId options`; of the scope `actionExecutor emit logger
 *   sessionId`.
 * - events `xstate.promise.resolve` and `xstate.promise.reject` of promise logic.
 * - of a machine `idMap` and `options.maxIterations`; of a state node the fields of `StateNodeInternals`; `_nodes` of a
 *   machine snapshot.
 *
 * `test/engine/equivalence.test.ts` is the contract test: it gates every upgrade of xstate.
 */
import { Actor, type AnyStateMachine, createActor } from "xstate";
import type { EventObject, ObjectStatus } from "../core/message.ts";

export interface ActorNode {
  readonly id: string;
  sessionId: string;
  logic: Logic;
  readonly src: unknown;
  readonly systemId: string | undefined;
  readonly options: { readonly snapshot?: { readonly status?: unknown } };
  readonly _parent: object | undefined;
  readonly _actorScope: ActorScope;
  readonly _syncSnapshot: boolean | undefined;
  getSnapshot(): NodeSnapshot;
  start(): void;
  _send(event: EventObject): void;
}

export interface ActorScope {
  readonly self: ActorNode;
  readonly system: unknown;
  sessionId: string;
  logger: (...args: unknown[]) => void;
  emit: (event: EventObject) => void;
  actionExecutor: (action: ExecutableAction) => void;
}

/** What XState hands to the executor; `exec` is called as its method, so it finds its action in `this`. */
export interface ExecutableAction {
  readonly type: string;
  readonly params: unknown;
  readonly info: ActionInfo;
  exec: unknown;
}

export interface ActionInfo {
  readonly event: EventObject;
  readonly self: ActorNode;
  readonly system: unknown;
}

/** A snapshot of any logic; the fields of machines are there for machines only. */
export interface NodeSnapshot {
  readonly status: ObjectStatus;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly context?: unknown;
  readonly value?: unknown;
  readonly children?: Readonly<Record<string, ActorNode | undefined>>;
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly tags?: ReadonlySet<string>;
  readonly _nodes?: readonly StateNodeInternals[];
}

export interface Logic {
  readonly config?: unknown;
  readonly root?: unknown;
  readonly transition: (snapshot: NodeSnapshot, event: EventObject, scope: ActorScope) => NodeSnapshot;
  readonly getInitialSnapshot: (scope: ActorScope, input: unknown) => NodeSnapshot;
  readonly getPersistedSnapshot: (snapshot: NodeSnapshot) => Record<string, unknown>;
  readonly start?: (snapshot: NodeSnapshot, scope: ActorScope) => void;
}

/** An action as it stands in a node: a name, `{ type, params }`, or a function (built-in where it has `resolve`). */
export type ActionInternals = string | { readonly type: string } | BuiltInAction;
export interface BuiltInAction {
  readonly name: string;
  readonly type?: string;
  readonly resolve?: unknown;
  readonly src?: unknown;
  readonly id?: unknown;
  readonly delay?: unknown;
}

export interface TransitionInternals {
  readonly eventType: string;
  readonly target?: readonly StateNodeInternals[];
  readonly source: StateNodeInternals;
  readonly reenter: boolean;
  readonly guard?: unknown;
  readonly delay?: unknown;
  readonly actions: readonly ActionInternals[];
}

export interface StateNodeInternals {
  readonly id: string;
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "history";
  readonly parent: StateNodeInternals | undefined;
  readonly states: Readonly<Record<string, StateNodeInternals>>;
  readonly config: { readonly invoke?: unknown; readonly after?: Readonly<Record<string, unknown>> };
  readonly entry: readonly ActionInternals[];
  readonly exit: readonly ActionInternals[];
  readonly transitions: ReadonlyMap<string, readonly TransitionInternals[]>;
  readonly always?: readonly TransitionInternals[];
  readonly invoke: readonly { readonly id: string; readonly src: string }[];
  readonly initial?: { readonly actions: readonly ActionInternals[] };
}

export interface MachineInternals extends Logic {
  readonly id: string;
  readonly root: StateNodeInternals;
  readonly idMap: ReadonlyMap<string, StateNodeInternals>;
  readonly config: { readonly id?: string; readonly context?: unknown };
  options: { readonly maxIterations?: number };
  implementations: {
    readonly actors: Readonly<Record<string, Logic>>;
    readonly actions: Readonly<Record<string, unknown>>;
    readonly guards: Readonly<Record<string, unknown>>;
    readonly delays: Readonly<Record<string, unknown>>;
  };
}

export const machineInternals = (machine: AnyStateMachine): MachineInternals => machine as unknown as MachineInternals;
export const isMachineLogic = (logic: Logic): logic is MachineInternals => "implementations" in logic;

export interface ActorOptions {
  readonly id: string;
  readonly parent: { readonly system: unknown };
  readonly input?: unknown;
  readonly snapshot?: unknown;
}

/** `createActor` with the option that its types hide. */
export function createNode(machine: AnyStateMachine, options: ActorOptions): ActorNode {
  return createActor(machine, options as never) as unknown as ActorNode;
}

export const isActor = (value: object): boolean => value instanceof Actor;

/** Types of actions that XState executes itself; everything else is a named action of the object. */
export const BUILT_IN: ReadonlySet<string> = new Set(
  ["raise", "sendTo", "spawnChild", "stopChild", "cancel", "emit", "log", "assign", "enqueueActions"].map(
    (name) => `xstate.${name}`,
  ),
);

export type LogicKind = "machine" | "promise" | "transition" | "callback" | "observable" | "custom";

/** Tells the kinds of logic apart by what they do, so that plain `fromPromise` works without a marker of ours. */
export function logicKind(logic: Logic): LogicKind {
  if (isMachineLogic(logic)) return "machine";
  if (typeof logic.config !== "function") return "custom";
  if (resolvesPromise(logic)) return "promise";
  if (logic.start === undefined) return "transition";
  return holdsSubscription(logic) ? "observable" : "callback";
}

/** Only promise logic turns this event into a done snapshot that carries the data. */
function resolvesPromise(logic: Logic): boolean {
  const data = {};
  const active: NodeSnapshot = { status: "active", output: undefined, error: undefined };
  try {
    const next = logic.transition(active, { type: "xstate.promise.resolve", data }, { self: {} } as ActorScope);
    return next.status === "done" && next.output === data;
  } catch {
    return false; // callback logic reaches for state that the probe does not have
  }
}

function holdsSubscription(logic: Logic): boolean {
  try {
    const initial = logic.getInitialSnapshot({ self: {}, system: {} } as ActorScope, undefined);
    return typeof initial === "object" && initial !== null && "_subscription" in initial;
  } catch {
    return false;
  }
}
