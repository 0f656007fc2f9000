/**
 * The stored form of one object: one JSON text.
 *
 * `v` counts the format of the envelope; a reader refuses one that it does not know. The version of the machine is
 * another number: objects of an older one are restored as long as their state fits (`restore.ts`).
 */
import type { ObjectDefinition } from "../core/definition.ts";
import { StatorError } from "../core/errors.ts";
import type { Creator, ObjectStatus } from "../core/message.ts";
import type { PendingCancel } from "../core/order.ts";
import { encode, NotJsonError } from "./codec.ts";
import { SnapshotError } from "./engine.ts";
import type { ActorNode, NodeSnapshot } from "./internals.ts";
import { about } from "./plain.ts";
import { childPath, ROOT } from "./refs.ts";
import type { DurableSystem, Invocation } from "./system.ts";
import { tag } from "./tagged.ts";
import type { ArmedTimer } from "./timers.ts";

const FORMAT = 1;
export const MAX_SNAPSHOT_BYTES = 1024 * 1024;

/** A machine's snapshot with its children; other logic keeps its own form, which has no `value`. */
export interface StoredSnapshot {
  readonly status: ObjectStatus;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly children?: Readonly<Record<string, StoredChild>>;
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>;
}

export interface StoredChild {
  readonly snapshot: StoredSnapshot;
  readonly src: string;
  readonly systemId?: string;
  readonly syncSnapshot?: boolean;
}

export interface Envelope {
  readonly v: typeof FORMAT;
  readonly machine: { readonly id: string; readonly version: string };
  readonly snapshot: StoredSnapshot;
  /** Session id of every actor of the tree, by path: which incarnation of it this is. */
  readonly sessions: Readonly<Record<string, string>>;
  readonly timers: readonly ArmedTimer[];
  /** Running promise actors, and objects invoked or asked, by path. */
  readonly invocations: Readonly<Record<string, Invocation>>;
  /** Who invoked this object; gone once it was told the end. */
  readonly creator?: Creator;
  /** An operator's cancel that waits for objects that this one invoked. */
  readonly cancel?: PendingCancel;
}

/** The envelope after a turn, as value and as text. Throws where something is not JSON, or it is too large. */
export function seal(
  system: DurableSystem,
  root: ActorNode,
  cancel?: PendingCancel,
): { readonly envelope: Envelope; readonly text: string } {
  const sessions: Record<string, string> = {};
  const { machine, version } = system.definition;
  const envelope: Envelope = {
    v: FORMAT,
    machine: { id: machine.id, version },
    snapshot: storeNode(root, ROOT, system, sessions),
    sessions,
    timers: system.timers.list(),
    invocations: Object.fromEntries(system.invocations),
    ...(system.creator === undefined ? {} : { creator: system.creator }),
    ...(cancel === undefined ? {} : { cancel }),
  };
  assertNoOrphan(system, sessions);
  const text = JSON.stringify(envelope);
  assertSize(text, MAX_SNAPSHOT_BYTES, "the snapshot");
  return { envelope, text };
}

/** An actor that runs but stands in nobody's `children` would not come back: XState loses one so in some corners. */
function assertNoOrphan(system: DurableSystem, sessions: Readonly<Record<string, string>>): void {
  for (const [path, node] of system.livePaths) {
    if (sessions[path] !== node.sessionId) throw new Error(`actor '${path}' runs, but its parent has lost it`);
  }
}

/** Refuses a text of more than `max` bytes of UTF-8. */
export function assertSize(text: string, max: number, what: string): void {
  if (text.length * 3 <= max) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > max) throw new StatorError("TOO_LARGE", `${what} has ${bytes} bytes, the limit is ${max}`);
}

function storeNode(
  node: ActorNode,
  path: string,
  system: DurableSystem,
  sessions: Record<string, string>,
): StoredSnapshot {
  sessions[path] = node.sessionId;
  const snapshot = node.getSnapshot();
  try {
    if (snapshot.children === undefined) return encode(node.logic.getPersistedSnapshot(snapshot), system) as never;
    return {
      status: snapshot.status,
      value: snapshot.value,
      context: storeContext(snapshot.context, system),
      output: encode(snapshot.output, system),
      error: storeError(snapshot.error, system),
      children: storeChildren(snapshot, path, system, sessions),
      historyValue: storeHistory(snapshot),
    };
  } catch (cause) {
    throw system.fail(path === ROOT || system.failure !== undefined ? cause : about(`actor '${path}'`, cause), node);
  }
}

function storeContext(context: unknown, system: DurableSystem): unknown {
  try {
    return encode(system.definition.codec === "tagged" ? tag(context) : context, system);
  } catch (cause) {
    throw cause instanceof NotJsonError ? cause.within("context") : cause;
  }
}

function storeChildren(
  snapshot: NodeSnapshot,
  path: string,
  system: DurableSystem,
  sessions: Record<string, string>,
): Record<string, StoredChild> {
  const stored: Record<string, StoredChild> = {};
  const children = snapshot.children ?? {};
  for (const id of Object.keys(children)) {
    const child = children[id];
    if (child === undefined) throw new Error(`child '${id}' is of an actor that setup's actors do not declare`);
    stored[id] = {
      snapshot: storeNode(child, childPath(path, child.id), system, sessions),
      src: String(child.src),
      ...(child.systemId === undefined ? {} : { systemId: child.systemId }),
      ...(child._syncSnapshot ? { syncSnapshot: true } : {}),
    };
  }
  return stored;
}

function storeHistory(snapshot: NodeSnapshot): Record<string, { readonly id: string }[]> {
  const stored: Record<string, { readonly id: string }[]> = {};
  for (const [key, nodes] of Object.entries(snapshot.historyValue ?? {})) stored[key] = nodes.map(({ id }) => ({ id }));
  return stored;
}

/** Failures that reach a snapshot are data; an error that was thrown rejects the turn. */
function storeError(error: unknown, system: DurableSystem): unknown {
  if (error instanceof Error) throw error;
  return encode(error, system);
}

/** Reads an envelope's frame. What is in the snapshot is judged by `restore.ts`. */
export function unseal(text: string, definition: ObjectDefinition): Envelope {
  let envelope: Partial<Envelope>;
  try {
    envelope = JSON.parse(text) as Partial<Envelope>;
  } catch (cause) {
    throw new SnapshotError(`the snapshot is not JSON: ${(cause as Error).message.slice(0, 80)}`, cause);
  }
  if (!isRecord(envelope)) throw new SnapshotError("the snapshot is not an object");
  if (envelope.v !== FORMAT) {
    throw new SnapshotError(`the snapshot has format ${String(envelope.v)}, this engine reads format ${FORMAT}`);
  }
  const id = isRecord(envelope.machine) ? envelope.machine.id : undefined;
  if (id !== definition.machine.id) {
    throw new SnapshotError(`the snapshot is of machine '${String(id)}', the object has '${definition.machine.id}'`);
  }
  const { snapshot, sessions, timers, invocations } = envelope;
  if (!isRecord(snapshot) || !isRecord(sessions) || !Array.isArray(timers) || !isRecord(invocations)) {
    throw new SnapshotError("the snapshot lacks one of: snapshot, sessions, timers, invocations");
  }
  assertRecords(timers, ["timer", "source", "target", "sendId"], "a timer");
  assertRecords(Object.values(invocations), ["id", "actor"], "an invocation");
  return envelope as Envelope;
}

function assertRecords(given: readonly unknown[], texts: readonly string[], what: string): void {
  for (const item of given) {
    const isWhole = isRecord(item) && texts.every((key) => typeof item[key] === "string");
    if (!isWhole) throw new SnapshotError(`${what} of the snapshot lacks one of: ${texts.join(", ")}`);
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
