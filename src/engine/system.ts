/**
 * The actor system of one object: XState's `ActorSystem`, with every way out captured.
 *
 * It comes in through the `parent` option of `createActor`. No clock, no I/O. An event for an actor of this object goes
 * through its own mailbox, so a whole cascade is one turn; one for another object becomes a `send` effect. While
 * restoring, relays and schedules are suppressed: they happened before. Whatever throws is noted and rejects the turn.
 */
import { type Address, formatAddress, parseAddress } from "../core/address.ts";
import { isReservedType, type ObjectDefinition } from "../core/definition.ts";
import { assertDelay } from "../core/duration.ts";
import type { Creator, EventObject } from "../core/message.ts";
import { OBJECT_PREFIX, remoteOf, SENDER } from "../core/remote.ts";
import { type CapturingSystem, captureAction, type Logics } from "./capture.ts";
import { encode, type Refs, revive } from "./codec.ts";
import type { TurnContext } from "./engine.ts";
import { inputOf, reach } from "./inputs.ts";
import {
  type ActionInfo,
  type ActorNode,
  BUILT_IN,
  type ExecutableAction,
  type MachineInternals,
  type TransitionInternals,
} from "./internals.ts";
import { ignore, isOutcome, NO_CLOCK, noCreator, type Outside } from "./outside.ts";
import { about, plainEvent, plainLog } from "./plain.ts";
import { childPath, DeadRef, isRemoteId, parentPath, RemoteRef, ROOT } from "./refs.ts";
import { StepsTaken } from "./steps.ts";
import type { ArmedTimer, Timers } from "./timers.ts";
import { Recorder } from "./turn.ts";

/** A cascade of local events longer than this is an endless loop. */
const MAX_HOPS = 10_000;

export interface Invocation {
  readonly id: string;
  readonly actor: string;
  /** The object that it makes. */
  readonly creates?: Address;
  /** An operator gave it up: its result is ignored, and it does not start again. */
  readonly skipped?: true;
}

export interface SystemParts {
  readonly definition: ObjectDefinition;
  readonly logics: Logics;
  readonly timers: Timers;
}

export class DurableSystem implements CapturingSystem, Refs {
  readonly definition: ObjectDefinition;
  readonly timers: Timers;
  readonly turn: Recorder;
  /** By path of the promise actor. */
  readonly invocations = new Map<string, Invocation>();
  readonly outside: Outside;
  /** Sessions of the tree being restored, by path; undefined when not restoring. */
  restoring: Readonly<Record<string, string>> | undefined;
  /** The first thing that was thrown in this turn, and where. */
  failure: { readonly cause: unknown; readonly path: string | undefined } | undefined;
  /** Who invoked this object, as long as it was not told the end. */
  creator: Creator | undefined;
  /** Whoever sent the event of this turn. */
  sender: Address | undefined;
  /** Whether any transition was taken in this turn. */
  handled = false;
  steps = new StepsTaken();
  /** Part of XState's interface. */
  readonly _snapshot = { _scheduledEvents: {} };

  readonly #logics: Logics;
  readonly #live = new Map<string, ActorNode>();
  /** Finished actors that a restore brought back: references may still point to them. */
  readonly #finished = new Map<string, ActorNode>();
  readonly #paths = new WeakMap<object, string>();
  readonly #keyed = new Map<string, ActorNode>();
  #hops = 0;

  constructor(parts: SystemParts, turn: TurnContext) {
    this.definition = parts.definition;
    this.timers = parts.timers;
    this.#logics = parts.logics;
    this.turn = new Recorder(turn);
    this.outside = { id: "outside", sessionId: "outside", system: this };
  }

  begin(turn: TurnContext): void {
    this.turn.begin(turn);
    this.#hops = 0;
    this.failure = undefined;
    this.handled = false;
    this.steps = new StepsTaken();
    this.sender = undefined;
  }

  // What the turn does with the system

  live(path: string): ActorNode | undefined {
    return this.#live.get(path);
  }

  get livePaths(): ReadonlyMap<string, ActorNode> {
    return this.#live;
  }

  /** Delivers a timer's event, unless the actor it was for is gone. */
  fire(timer: ArmedTimer): void {
    this.timers.remove(timer, this.turn);
    const target = isRemoteId(timer.target) ? this.remote(timer.target) : this.#live.get(timer.target);
    if (target === undefined || target.sessionId !== timer.targetSession) return;
    this._relay(this.#live.get(timer.source), target, revive(structuredClone(timer.event), this) as EventObject);
  }

  fail(cause: unknown, node: object | undefined): unknown {
    this.failure ??= { cause, path: node === undefined ? undefined : this.#paths.get(node) };
    return cause;
  }

  // Capturing

  startInvocation(node: ActorNode): void {
    try {
      const path = this.pathOf(node);
      if (this.invocations.has(path)) return; // restored: it started in an earlier turn
      const actor = String(node.src);
      const given = (node.getSnapshot() as { readonly input?: unknown }).input;
      const remote = remoteOf(node.logic);
      const begun =
        remote === undefined
          ? { id: this.turn.invoke(actor, inputOf(this.definition, actor, given)) }
          : reach(this.turn, actor, remote, given);
      this.invocations.set(path, { ...begun, actor });
    } catch (cause) {
      throw this.fail(cause, node);
    }
  }

  captureAction(node: ActorNode, action: ExecutableAction, info: ActionInfo): void {
    try {
      this.turn.action(action.type, encode(action.params, this), plainEvent(info.event, this));
    } catch (cause) {
      throw this.fail(about(`action '${action.type}'`, cause), node);
    }
  }

  sendRemote(id: string, event: EventObject): void {
    try {
      if (isReservedType(event.type)) throw new Error(`event type '${event.type}' is reserved and cannot be sent`);
      const to = parseAddress(id.slice(id.indexOf(":") + 1));
      this.turn.send(to, encode(event, undefined) as EventObject);
    } catch (cause) {
      throw this.fail(about(`event '${event.type}' to ${id}`, cause), undefined);
    }
  }

  // Refs

  pathOf(actor: object): string {
    if (actor instanceof RemoteRef) return actor.id;
    if (actor instanceof DeadRef) return actor.path;
    const path = this.#paths.get(actor);
    if (path === undefined) throw new Error("the actor reference belongs to another object's turn");
    return path;
  }

  local(path: string, session: string): object {
    const node = this.#live.get(path) ?? this.#finished.get(path);
    if (node?.sessionId === session) return node;
    return new DeadRef(path, session, this.#live.get(parentPath(path)));
  }

  remote(id: string): RemoteRef {
    return new RemoteRef(id, this);
  }

  // XState's ActorSystem

  get scheduler(): this {
    return this;
  }

  schedule(
    source: ActorNode,
    to: ActorNode | RemoteRef | Outside,
    event: EventObject,
    delay: number,
    id?: string,
  ): void {
    if (this.restoring !== undefined) return;
    try {
      const target = to === this.outside ? this.#creatorRef() : (to as ActorNode | RemoteRef);
      const armed = {
        source: this.pathOf(source),
        sourceSession: source.sessionId,
        target: this.pathOf(target),
        targetSession: target.sessionId,
        sendId: id ?? `anonymous.${this.turn.bookId()}`,
        event: encode(event, target instanceof RemoteRef ? undefined : this) as EventObject,
        delayMs: assertDelay(delay),
      };
      this.timers.arm(armed, this.turn);
    } catch (cause) {
      throw this.fail(about(`delayed event '${event.type}'`, cause), source);
    }
  }

  cancel(source: ActorNode, id: string): void {
    this.timers.cancel(this.pathOf(source), source.sessionId, id, this.turn);
  }

  cancelAll(node: ActorNode): void {
    if (this.timers.size > 0) this.timers.cancelAll(node.sessionId, this.turn);
  }

  _bookId(): string {
    return this.turn.bookId();
  }

  _register(sessionId: string): string {
    return sessionId;
  }

  _unregister(node: ActorNode): void {
    const path = this.#paths.get(node);
    if (path !== undefined && this.#live.get(path) === node) {
      this.#live.delete(path);
      const invocation = this.invocations.get(path);
      if (invocation !== undefined) {
        this.invocations.delete(path);
        this.turn.abort(invocation.id);
      }
    }
    if (node.systemId !== undefined && this.#keyed.get(node.systemId) === node) this.#keyed.delete(node.systemId);
  }

  _set(systemId: string, node: ActorNode): void {
    const existing = this.#keyed.get(systemId);
    if (existing !== undefined && existing !== node) {
      throw this.fail(new Error(`system id '${systemId}' is taken by another actor that is alive`), node);
    }
    this.#keyed.set(systemId, node);
  }

  get(systemId: string): ActorNode | RemoteRef | undefined {
    if (systemId === SENDER) return this.#senderRef() as RemoteRef;
    if (!isRemoteId(systemId)) return this.#keyed.get(systemId);
    parseAddress(systemId.slice(systemId.indexOf(":") + 1));
    return this.remote(systemId);
  }

  getAll(): Record<string, ActorNode> {
    return Object.fromEntries(this.#keyed);
  }

  _relay(_source: unknown, target: ActorNode | RemoteRef | Outside, event: EventObject): void {
    if (this.restoring !== undefined) return; // onSnapshot would fire again
    this.#assertOutcome(event, target);
    if (target === this.outside) {
      if (isOutcome(event.type)) return; // the snapshot's status says it
      return this.#creatorRef()._send(event);
    }
    if (++this.#hops > MAX_HOPS) {
      throw this.fail(new Error(`more than ${MAX_HOPS} events between the actors of one object in one turn`), target);
    }
    (target as ActorNode)._send(event);
  }

  #creatorRef(): RemoteRef {
    if (this.creator === undefined) throw this.fail(noCreator(), this.#live.get(ROOT));
    return this.remote(OBJECT_PREFIX + formatAddress(this.creator.address));
  }

  /** The sender of an event from outside, or of a timer, is nobody: what is sent to it is dropped. */
  #senderRef(): RemoteRef | DeadRef {
    if (this.sender === undefined) return new DeadRef(SENDER, "nobody", undefined);
    return this.remote(OBJECT_PREFIX + formatAddress(this.sender));
  }

  /**
   * The failure of an actor is data, as results are. An error that is thrown is a bug: most are noted where they are
   * thrown; what XState caught elsewhere (a stack that overflowed between actors) is found here.
   */
  #assertOutcome(event: EventObject, target: object): void {
    if (!event.type.startsWith("xstate.error.actor.")) return;
    const { error } = event;
    if (error instanceof Error) throw this.fail(error, target);
  }

  _sendInspectionEvent(event: {
    readonly type: string;
    readonly actorRef: ActorNode;
    readonly _transitions?: readonly TransitionInternals[];
  }): void {
    if (event.type === "@xstate.microstep") this.#step(event.actorRef, event._transitions ?? []);
    else if (event.type === "@xstate.actor") this.#adopt(event.actorRef);
  }

  #step(node: ActorNode, transitions: readonly TransitionInternals[]): void {
    if (transitions.length === 0) return;
    this.handled = true;
    const path = this.#paths.get(node);
    this.steps.take(transitions, path === ROOT ? undefined : path);
  }

  get _clock(): { setTimeout(): never; clearTimeout(): void } {
    return NO_CLOCK;
  }

  get _logger(): () => void {
    return ignore; // every actor gets its own in #adopt
  }

  inspect(): { unsubscribe(): void } {
    return { unsubscribe: ignore };
  }

  getSnapshot(): { readonly _scheduledEvents: object } {
    return this._snapshot;
  }

  start(): undefined {
    return undefined;
  }

  // Adopting a new actor: inside its constructor, before its initial snapshot

  #adopt(node: ActorNode): void {
    try {
      const path = node._parent === this.outside ? ROOT : childPath(this.pathOf(node._parent as ActorNode), node.id);
      this.#paths.set(node, path);
      this.#place(node, path);
      node.logic = this.#durable(node, path);
      this.#redirect(node);
    } catch (cause) {
      throw this.fail(cause, node);
    }
  }

  #place(node: ActorNode, path: string): void {
    if (this.restoring !== undefined) {
      const session = this.restoring[path];
      if (typeof session !== "string") throw new Error("has no session in the snapshot");
      node.sessionId = session;
      node._actorScope.sessionId = session;
      const { snapshot } = node.options;
      if (snapshot !== undefined && snapshot.status !== "active") {
        this.#finished.set(path, node);
        return;
      }
    } else if (this.#live.has(path)) {
      throw new Error(`child id '${node.id}' is still alive; stop it first or choose another id`);
    }
    this.#live.set(path, node);
  }

  #durable(node: ActorNode, path: string): ActorNode["logic"] {
    const wrapped = this.#logics.wrapped(node.logic);
    const named = path === ROOT || typeof node.src === "string";
    if (wrapped !== undefined && named) return wrapped;
    const what = typeof node.src === "string" ? `actor '${node.src}'` : `inline logic of actor '${node.id}'`;
    throw new Error(`${what} cannot be stored: spawn by name a promise actor, machine or transition in setup's actors`);
  }

  #redirect(node: ActorNode): void {
    const scope = node._actorScope;
    const execute = scope.actionExecutor;
    scope.actionExecutor = (action) => {
      if (!BUILT_IN.has(action.type)) {
        this.#assertNamed(node, action);
        action.exec = captureAction;
      }
      execute(action);
    };
    scope.emit = (event) => {
      try {
        this.turn.emit(encode(event, undefined) as EventObject);
      } catch (cause) {
        throw this.fail(about(`emitted event '${event.type}'`, cause), node);
      }
    };
    scope.logger = (...args) => {
      try {
        this.turn.log(args.map((arg) => plainLog(arg, this)));
      } catch (cause) {
        throw this.fail(about("log()", cause), node);
      }
    };
  }

  /** An inline function can bear any name by accident: only the function declared under the name will do. */
  #assertNamed(node: ActorNode, action: ExecutableAction): void {
    const declared = (node.logic as MachineInternals).implementations.actions[action.type];
    if (declared !== undefined && action.exec === declared && this.definition.actions.has(action.type)) return;
    throw new Error(
      action.exec === undefined
        ? `action '${action.type}' has no implementation; XState would ignore it silently`
        : `inline action '${action.type}' cannot be named in the outbox; move it to setup({ actions })`,
    );
  }
}
