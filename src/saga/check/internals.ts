/**
 * Every private surface of XState 5.33 that the checker touches, listed and typed. No other file of it casts to XState's
 * inside.
 *
 * - `machine.transition(snapshot, event, scope)`, `getInitialSnapshot`, `getPersistedSnapshot` and `restoreSnapshot` with a
 *   scope of our own in which no action is executed and no child is started;
 * - `machine.getTransitionData(snapshot, event)`: the transitions that an event would take, without taking them;
 * - of a snapshot `_nodes children historyValue`; of a state node the fields of `NodeInternals`; `machine.idMap`;
 * - event `xstate.promise.resolve` of promise logic, by which it is known;
 * - of its system `_set` and `get`, replaced;
 * - inspection events `@xstate.microstep`: states that are left at once are seen in them only.
 */
import { type AnyStateMachine, createActor } from "xstate";

export interface Snapshot {
  readonly status: "active" | "done" | "error" | "stopped";
  readonly value: unknown;
  readonly context: unknown;
  readonly error?: unknown;
  readonly tags: ReadonlySet<string>;
  readonly children: Readonly<Record<string, Child | undefined>>;
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly _nodes: readonly NodeInternals[];
}

/** An actor that can still answer: a promise actor, a nested machine, or another object that was sent a message. */
export interface Child {
  readonly logic: object;
  readonly src: unknown;
  /** Types of the answers, for another object. */
  readonly answers?: { readonly done: string; readonly failed: string | undefined };
  getSnapshot(): { readonly status: string; readonly input?: unknown };
}

export interface TransitionInternals {
  readonly eventType: string;
  readonly target?: readonly NodeInternals[];
  readonly source: NodeInternals;
  readonly reenter: boolean;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
}

export interface NodeInternals {
  readonly id: string;
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "history";
  readonly parent: NodeInternals | undefined;
  readonly states: Readonly<Record<string, NodeInternals>>;
  readonly tags: readonly string[];
  readonly meta?: { readonly undoes?: unknown; readonly saga?: SagaMeta; readonly refuses?: unknown };
  readonly after: readonly { readonly eventType: string }[];
  readonly always?: readonly TransitionInternals[];
  readonly ownEvents: readonly string[];
  readonly invoke: readonly { readonly id: string; readonly src: unknown }[];
  readonly entry: readonly unknown[];
  readonly initial?: { readonly target?: readonly NodeInternals[] };
  readonly transitions: ReadonlyMap<string, readonly TransitionInternals[]>;
  readonly history?: "shallow" | "deep";
}

/** What a state says of its step, in `meta.saga`. */
export interface SagaMeta {
  readonly step?: string;
  readonly cleanFailure?: boolean;
  /** Why there is nothing to compensate. */
  readonly none?: string;
  readonly phase?: "do" | "undo";
  /** A step that is a message to another object: the type of the event that answers it, and of the one that refuses. */
  readonly done?: string;
  readonly failed?: string;
}

export interface Schemas {
  readonly events?: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  readonly output?: unknown;
}

interface Scope {
  readonly self: unknown;
  readonly system: unknown;
}

interface MachineInternals {
  readonly id: string;
  readonly root: NodeInternals;
  readonly idMap: ReadonlyMap<string, NodeInternals>;
  readonly schemas?: Schemas;
  readonly implementations: {
    readonly actors: Readonly<Record<string, unknown>>;
    readonly actions: Readonly<Record<string, unknown>>;
  };
  transition(snapshot: Snapshot, event: object, scope: Scope): Snapshot;
  getInitialSnapshot(scope: Scope, input: unknown): Snapshot;
  getPersistedSnapshot(snapshot: Snapshot): unknown;
  restoreSnapshot(snapshot: unknown, scope: Scope): Snapshot;
  getTransitionData(snapshot: Snapshot, event: object): readonly TransitionInternals[];
}

export const internalsOf = (machine: AnyStateMachine): MachineInternals => machine as unknown as MachineInternals;
export const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === "object" && logic !== null && "root" in logic && "implementations" in logic;

/** One machine, moved by hand: nothing runs, nothing is remembered but which states were entered. */
export class Drive {
  readonly machine: MachineInternals;
  readonly visited = new Set<string>();
  readonly #scope: Scope;

  constructor(machine: AnyStateMachine, input: unknown) {
    this.machine = internalsOf(machine);
    const self = createActor(machine, { id: machine.id, input: input as never });
    self.system.inspect((event) => {
      if (event.type !== "@xstate.microstep") return;
      const snapshot = event.snapshot as unknown as Snapshot & { readonly machine?: unknown };
      if (snapshot.machine === machine) this.#see(snapshot);
    });
    // Branches of the search share one system: a system id means whoever took it last, and no branch is in another's way.
    const keyed = new Map<string, unknown>();
    const system = Object.assign(self.system, {
      _set: (id: string, actor: unknown) => keyed.set(id, actor),
      get: (id: string) => (id.startsWith("object:") ? elsewhere(id) : keyed.get(id)),
    });
    const nothing = { id: "", sessionId: "", defer: ignore, logger: ignore, emit: ignore, stopChild: ignore };
    this.#scope = { ...nothing, self, system, actionExecutor: ignore } as Scope;
  }

  /** Throws what the machine throws; XState itself would answer a snapshot of status error. */
  initial(input: unknown): Snapshot {
    const snapshot = this.machine.getInitialSnapshot(this.#scope, input);
    if (snapshot.status === "error") throw snapshot.error;
    for (let at = this.machine.root.initial?.target?.[0]; at !== undefined; at = at.initial?.target?.[0]) {
      this.visited.add(at.id); // left at once, it is in no microstep
    }
    this.#see(snapshot);
    return snapshot;
  }

  next(snapshot: Snapshot, event: object): Snapshot {
    const after = this.machine.transition(snapshot, event, this.#scope);
    this.#see(after);
    return after;
  }

  /** The transitions that the event would take. */
  enabled(snapshot: Snapshot, event: object): readonly TransitionInternals[] {
    return this.machine.getTransitionData(snapshot, event);
  }

  /** The snapshot as it comes back after a crash. */
  again(snapshot: Snapshot): Snapshot {
    const text = JSON.stringify(this.machine.getPersistedSnapshot(snapshot));
    return this.machine.restoreSnapshot(JSON.parse(text), this.#scope);
  }

  /** Whether a transition does more than change the context: tells another actor, or the world. */
  reachesOut(transition: TransitionInternals): boolean {
    return transition.actions.some((action) => {
      const name = typeof action === "object" && action !== null ? (action as { type?: unknown }).type : action;
      const known = typeof name === "string" ? this.machine.implementations.actions[name] : name;
      return (known as { type?: unknown } | undefined)?.type !== "xstate.assign";
    });
  }

  #see(snapshot: Snapshot): void {
    for (const node of snapshot._nodes) this.visited.add(node.id);
  }
}

const ignore = (): undefined => undefined;
/** Another object: takes what it is sent, and its answers are moves. */
const elsewhere = (id: string): object => ({ id, sessionId: id, send: ignore, _send: ignore });

/** The id under which a step that is a message is waited for. */
export function askedBy(node: NodeInternals): string | undefined {
  const saga = node.meta?.saga;
  if (saga?.done === undefined || saga.step === undefined) return undefined;
  return saga.phase === "undo" ? `undo:${saga.step}` : saga.step;
}

const asked = new WeakMap<NodeInternals, Child>();
function askedIn(node: NodeInternals): Child {
  const { done = "", failed } = node.meta?.saga ?? {};
  const known = asked.get(node);
  if (known !== undefined) return known;
  const child: Child = {
    logic: {},
    src: node.id,
    answers: { done, failed },
    getSnapshot: () => ({ status: "active" }),
  };
  asked.set(node, child);
  return child;
}

/** Actors that can still answer. They never run here, so who has answered is told by `noteAnswer`. */
export function activeChildren(snapshot: Snapshot): ReadonlyMap<string, Child> {
  const known = activeIn.get(snapshot);
  if (known !== undefined) return known;
  const active = childrenOf(snapshot);
  activeIn.set(snapshot, active);
  return active;
}
const activeIn = new WeakMap<Snapshot, ReadonlyMap<string, Child>>();

/** After a transition: an actor that answered, now or before, is not active any more, though its state may go on. */
export function noteAnswer(before: Snapshot, after: Snapshot, own: string | undefined): void {
  const was = childrenOf(before);
  const wasActive = activeChildren(before);
  const still = [...childrenOf(after)].filter(
    ([id, child]) => was.get(id) !== child || (id !== own && wasActive.has(id)),
  );
  activeIn.set(after, new Map(still));
}

export function childrenOf(snapshot: Snapshot): ReadonlyMap<string, Child> {
  const active = new Map<string, Child>();
  if (snapshot.status !== "active") return active;
  for (const [id, child] of Object.entries(snapshot.children)) {
    if (child === undefined) continue;
    const isActive = isPromise(child.logic) && child.getSnapshot().status === "active";
    if (isActive || isMachine(child.logic)) active.set(id, child);
  }
  for (const node of snapshot._nodes) {
    const id = askedBy(node);
    if (id !== undefined) active.set(id, askedIn(node));
  }
  return active;
}

/** Only promise logic answers; a transition's state lives as long as its parent's. */
function isPromise(logic: object): boolean {
  const known = promises.get(logic);
  if (known !== undefined) return known;
  const data = {};
  let found = false;
  try {
    const probe = logic as { transition(state: object, event: object, scope: object): { readonly output?: unknown } };
    const resolved = { type: "xstate.promise.resolve", data };
    found = probe.transition({ status: "active" }, resolved, { self: {} }).output === data;
  } catch {
    found = false; // a transition that does not know the event
  }
  promises.set(logic, found);
  return found;
}
const promises = new WeakMap<object, boolean>();

/** A state value in one line: `undo_hotel.running`, `{ship.done, tax.running}`. */
export function stateText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Object.entries(value).map(([key, inner]) => {
    const text = stateText(inner);
    return text === "{}" ? key : `${key}.${text}`;
  });
  return parts.length === 1 ? (parts[0] ?? "") : `{${parts.join(", ")}}`;
}
