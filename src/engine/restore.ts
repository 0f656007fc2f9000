/**
 * Brings a stored tree back, or refuses it with the place where it does not fit.
 *
 * XState restores what does not fit in silence: a child whose logic is gone vanishes, a new region or substate is
 * entered without its entry actions, timers and invocations. So everything is compared with the machine first.
 */
import { revive } from "./codec.ts";
import { SnapshotError } from "./engine.ts";
import { type Envelope, isRecord, type StoredChild, type StoredSnapshot } from "./envelope.ts";
import {
  type ActorNode,
  createNode,
  isMachineLogic,
  type Logic,
  logicKind,
  type MachineInternals,
  machineInternals,
  type StateNodeInternals,
} from "./internals.ts";
import { childPath, ROOT } from "./refs.ts";
import type { DurableSystem } from "./system.ts";
import { untag } from "./tagged.ts";

const STATUSES: ReadonlySet<unknown> = new Set(["active", "done", "error", "stopped"]);

/** Builds the tree of an envelope inside a new system. Produces no effects. */
export function restoreTree(envelope: Envelope, system: DurableSystem, id: string): ActorNode {
  const machine = machineInternals(system.definition.machine);
  assertMachineFits(machine, envelope.snapshot, ROOT);
  system.timers.load(envelope.timers);
  for (const [path, invocation] of Object.entries(envelope.invocations)) system.invocations.set(path, invocation);
  system.restoring = envelope.sessions;
  try {
    const root = createNode(system.definition.machine, { id, parent: system.outside, snapshot: envelope.snapshot });
    assertCameBack(root, envelope.snapshot, ROOT, system);
    // A root that is not active must not start: it would report done again.
    if (envelope.snapshot.status === "active") root.start();
    if (system.failure !== undefined) throw misfit(system.failure.path ?? ROOT, system.failure.cause);
    return root;
  } finally {
    system.restoring = undefined;
  }
}

function assertMachineFits(machine: MachineInternals, stored: StoredSnapshot, path: string): void {
  assertStatus(stored, path);
  if (!isRecord(stored.children) || !("value" in stored)) throw misfit(path, "is not the snapshot of a machine");
  assertValueFits(machine.root, stored.value, path);
  for (const [key, nodes] of Object.entries(stored.historyValue ?? {})) {
    for (const id of [key, ...nodes.map((node) => node.id)]) {
      if (!machine.idMap.has(id)) throw misfit(path, `remembers state '${id}', which the machine does not have`);
    }
  }
  for (const [id, child] of Object.entries(stored.children)) assertChildFits(machine, child, childPath(path, id));
}

function assertChildFits(machine: MachineInternals, child: StoredChild, path: string): void {
  const logic: Logic | undefined = machine.implementations.actors[child.src];
  if (logic === undefined || !Object.hasOwn(machine.implementations.actors, child.src)) {
    throw misfit(path, `runs actor '${child.src}', which machine '${machine.id}' does not declare`);
  }
  if (isMachineLogic(logic)) return assertMachineFits(logic, child.snapshot, path);
  assertStatus(child.snapshot, path);
  const isPromise = logicKind(logic) === "promise";
  if ("value" in child.snapshot || (isPromise && "context" in child.snapshot)) {
    throw misfit(path, `was another kind of actor than '${child.src}' is now`);
  }
}

function assertStatus(stored: StoredSnapshot, path: string): void {
  if (!isRecord(stored)) throw misfit(path, "has no snapshot");
  if (!STATUSES.has(stored.status)) throw misfit(path, `has the unknown status '${String(stored.status)}'`);
}

/** The stored value must name exactly the states that the machine would be in: nothing missing, nothing new. */
function assertValueFits(node: StateNodeInternals, value: unknown, path: string): void {
  const children = Object.values(node.states).filter((child) => child.type !== "history");
  if (children.length === 0) {
    const isEmpty = value === undefined || (isRecord(value) && Object.keys(value).length === 0);
    if (!isEmpty) throw misfit(path, `is in ${shown(value)} inside '${node.id}', which has no states`);
    return;
  }
  if (typeof value === "string") {
    const child = stateOf(node, value, path);
    if (node.type === "parallel") throw misfit(path, `is in '${value}' of '${node.id}', which has regions now`);
    if (child.type === "compound" || child.type === "parallel") {
      throw misfit(path, `is in '${child.id}', which has states inside now`);
    }
    return;
  }
  if (!isRecord(value)) throw misfit(path, `has no state inside '${node.id}'`);
  const keys = Object.keys(value);
  for (const key of keys) assertValueFits(stateOf(node, key, path), value[key], path);
  if (node.type === "parallel") {
    const missing = children.find((child) => !Object.hasOwn(value, child.key));
    if (missing !== undefined) throw misfit(path, `is in no state of region '${missing.id}', which is new`);
  } else if (keys.length !== 1) throw misfit(path, `is in ${keys.length} states of '${node.id}', it must be in one`);
}

function stateOf(node: StateNodeInternals, key: string, path: string): StateNodeInternals {
  const child = Object.hasOwn(node.states, key) ? node.states[key] : undefined;
  if (child === undefined || child.type === "history") {
    const known = Object.keys(node.states).join(", ");
    throw misfit(path, `is in state '${key}' of '${node.id}', which has only: ${known}`);
  }
  return child;
}

/** After the tree is built: references become actors again, and no actor has failed in silence. */
function assertCameBack(node: ActorNode, stored: StoredSnapshot, path: string, system: DurableSystem): void {
  const snapshot = node.getSnapshot();
  if (snapshot.status !== stored.status) throw misfit(path, snapshot.error ?? `came back as ${snapshot.status}`);
  revive(snapshot.context, system);
  if (system.definition.codec === "tagged") untag(snapshot.context);
  for (const [id, child] of Object.entries(stored.children ?? {})) {
    const live = snapshot.children?.[id];
    if (live === undefined) throw misfit(childPath(path, id), "did not come back");
    assertCameBack(live, child.snapshot, childPath(path, id), system);
  }
}

function misfit(path: string, reason: unknown): SnapshotError {
  if (reason instanceof SnapshotError) return reason;
  const who = path === ROOT ? "the object" : `actor '${path}'`;
  return reason instanceof Error
    ? new SnapshotError(`${who} cannot be restored: ${reason.message}`, reason)
    : new SnapshotError(`${who} cannot be restored: it ${String(reason)}`);
}

const shown = (value: unknown): string => JSON.stringify(value);
