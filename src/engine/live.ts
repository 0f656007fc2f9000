/**
 * An object in memory: its system, its root actor, and the last turn's text and view.
 *
 * A turn is begin, fence, deliver, seal. It is ahead of the database from `handle` until the commit; after a rejected
 * turn the tree is in no defined state and must be dropped.
 */
import { formatAddress } from "../core/address.ts";
import type { ObjectDefinition } from "../core/definition.ts";
import { type ErrorData, StatorError } from "../core/errors.ts";
import { MAX_BODY_BYTES } from "../core/json.ts";
import type { Creator, EventObject, StateView } from "../core/message.ts";
import { isFinal, type Order } from "../core/order.ts";
import { assertNotReserved } from "../core/validate.ts";
import type { Logics } from "./capture.ts";
import { encode, holdsReservedKey } from "./codec.ts";
import { type EngineMessage, type EngineTurn, type LiveObject, SnapshotError, type TurnContext } from "./engine.ts";
import { type StoredSnapshot, seal, unseal } from "./envelope.ts";
import { type ActorNode, createNode } from "./internals.ts";
import { Orders } from "./orders.ts";
import { ROOT } from "./refs.ts";
import { restoreTree } from "./restore.ts";
import { DurableSystem } from "./system.ts";
import type { Timers } from "./timers.ts";
import { acceptedBy, assertViewSize, viewOf } from "./view.ts";

export interface EngineParts {
  readonly definition: ObjectDefinition;
  readonly logics: Logics;
  readonly newTimers: () => Timers;
}

type Ignored = Extract<EngineTurn, { kind: "ignored" }>;

const NOTHING: StateView = { status: "stopped", value: {}, tags: [], context: {}, output: undefined };

export class Live implements LiveObject {
  readonly #system: DurableSystem;
  readonly #name: string;
  readonly #orders: Orders;
  #root: ActorNode | undefined;
  #view: StateView = NOTHING;
  #text = "";
  #isRejected = false;

  private constructor(parts: EngineParts, turn: TurnContext) {
    this.#name = formatAddress(turn.address);
    this.#system = new DurableSystem({ ...parts, timers: parts.newTimers() }, turn);
    this.#orders = new Orders(this.#system);
  }

  static create(
    parts: EngineParts,
    input: unknown,
    turn: TurnContext,
    first?: EngineMessage,
    creator?: Creator,
  ): { readonly object: Live; readonly turn: EngineTurn } {
    const object = new Live(parts, turn);
    object.#system.creator = creator;
    object.#system.sender = creator?.address;
    return { object, turn: object.#first(input, first) };
  }

  static restore(parts: EngineParts, text: string, context: Omit<TurnContext, "revision">): Live {
    const object = new Live(parts, { ...context, revision: 0 });
    try {
      object.#comeBack(text);
    } catch (cause) {
      if (cause instanceof SnapshotError) throw new SnapshotError(`${object.#name}: ${cause.message}`, cause.cause);
      throw new SnapshotError(`${object.#name}: cannot be restored: ${messageOf(cause)}`, cause);
    }
    return object;
  }

  get view(): StateView {
    return this.#view;
  }

  get snapshot(): string {
    return this.#text;
  }

  accepts(): readonly string[] {
    return this.#root === undefined ? [] : acceptedBy(this.#root.getSnapshot(), this.#system.definition);
  }

  handle(message: EngineMessage, context: TurnContext): EngineTurn {
    if (this.#isRejected || this.#root === undefined) {
      throw new Error(`${this.#name}: its last turn was rejected; drop it and load it again`);
    }
    this.#system.begin(context);
    return this.#go(message, this.#root);
  }

  #go(message: EngineMessage, root: ActorNode): EngineTurn {
    const isBorn = this.#text !== "";
    this.#system.handled = false;
    try {
      const ignored = this.#deliver(message, root);
      if (ignored !== undefined) return ignored;
      this.#orders.proceed(root);
      if (this.#system.failure !== undefined) return this.#reject(this.#system.failure.cause, typeOf(message));
      const isHandled = (message.kind !== "event" && message.kind !== "order") || this.#system.handled;
      return isHandled || !isBorn ? this.#seal(root, isHandled) : this.#settled(false);
    } catch (cause) {
      return this.#reject(cause, typeOf(message));
    }
  }

  /** Birth, and where there is one the message that caused it, in one turn. */
  #first(input: unknown, message: EngineMessage | undefined): EngineTurn {
    try {
      if (holdsReservedKey(input)) throw reservedKey("INVALID_INPUT", this.#name, "input");
      const { definition, outside } = this.#system;
      this.#root = createNode(definition.machine, { id: this.#name, parent: outside, input });
      if (this.#system.failure === undefined) this.#root.start();
      if (this.#system.failure !== undefined) return this.#reject(this.#system.failure.cause, "create");
      return message === undefined ? this.#seal(this.#root) : this.#go(message, this.#root);
    } catch (cause) {
      return this.#reject(cause, "create");
    }
  }

  #comeBack(text: string): void {
    const envelope = unseal(text, this.#system.definition);
    const { context, output } = envelope.snapshot;
    const { expose } = this.#system.definition;
    // The tree takes the stored context over and puts live references into it: the view needs its own.
    const stored = { context: expose === undefined ? structuredClone(context) : undefined, output };
    this.#system.creator = envelope.creator;
    this.#orders.pending = envelope.cancel;
    this.#root = restoreTree(envelope, this.#system, this.#name);
    const effects = this.#system.turn.effects();
    if (effects.length > 0)
      throw new SnapshotError(`restoring asked for ${effects.length} effects: ${effects[0]?.kind}`);
    this.#view = viewOf(this.#root.getSnapshot(), stored, this.#system);
    this.#text = text;
  }

  #deliver(message: EngineMessage, root: ActorNode): Ignored | undefined {
    const system = this.#system;
    switch (message.kind) {
      case "event":
        this.#assertInbound(message.event);
        if (root.getSnapshot().status !== "active") return { kind: "ignored", reason: "object-done" };
        system.sender = message.from;
        system._relay(undefined, root, message.event);
        return undefined;
      case "delayed":
        this.#assertInbound(message.event);
        if (root.getSnapshot().status !== "active") return { kind: "ignored", reason: "object-done" };
        system.schedule(root, root, message.event, message.delayMs, `stator.delayed.${message.id}`);
        return undefined;
      case "timer": {
        const timer = system.timers.get(message.timer);
        if (timer?.generation !== message.generation) return { kind: "ignored", reason: "late-timer" };
        system.fire(timer);
        return undefined;
      }
      case "result":
        return this.#deliverResult(message);
      case "skip":
        this.#skip(message);
        return undefined;
      case "order":
        return this.#obey(message, root);
    }
  }

  #obey(order: Order, root: ActorNode): Ignored | undefined {
    const isLate = order.verb === "cancel" && order.isNarrowing === true && this.#orders.pending === undefined;
    if (root.getSnapshot().status !== "active" || isFinal(order) || isLate) {
      return { kind: "ignored", reason: "object-done" };
    }
    if (order.verb === "cancel") this.#orders.cancel(order, root);
    else this.#orders.release(order, this.#name);
    return undefined;
  }

  #skip({ timer, invocationId }: Extract<EngineMessage, { kind: "skip" }>): void {
    const { timers, invocations, turn } = this.#system;
    const armed = timer && timers.get(timer.timer);
    if (armed !== undefined && armed.generation === timer?.generation) timers.remove(armed, turn);
    for (const [path, invocation] of invocations) {
      if (invocation.id === invocationId) invocations.set(path, { ...invocation, skipped: true });
    }
  }

  #deliverResult(message: Extract<EngineMessage, { kind: "result" }>): Ignored | undefined {
    const { invocations } = this.#system;
    for (const [path, invocation] of invocations) {
      if (invocation.id !== message.invocationId || invocation.skipped) continue;
      const node = this.#system.live(path);
      if (node === undefined) break;
      if (holdsReservedKey(message.value)) throw reservedKey("TURN_FAILED", this.#name, "result");
      invocations.delete(path);
      const type = message.ok ? "xstate.promise.resolve" : "xstate.promise.reject";
      this.#system._relay(node, node, { type, data: encode(message.value, undefined) });
      return undefined;
    }
    return { kind: "ignored", reason: "late-result" };
  }

  #assertInbound(event: EventObject): void {
    assertNotReserved(this.#name, event.type);
    if (holdsReservedKey(event)) throw reservedKey("INVALID_EVENT", this.#name, `event ${event.type}`);
  }

  /** The object has ended: whoever invoked it is told, once. */
  #report({ status, output, error }: ReturnType<ActorNode["getSnapshot"]>): void {
    const system = this.#system;
    const { creator } = system;
    if (creator === undefined || status === "active") return;
    system.creator = undefined;
    const ok = status === "done";
    const value = encode(ok ? output : error, undefined) ?? null;
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes <= MAX_BODY_BYTES) return system.turn.result(creator.address, creator.invocationId, ok, value);
    const message = `${this.#name} ended with ${bytes} bytes of output, the limit between objects is ${MAX_BODY_BYTES}`;
    const tooLarge: ErrorData = { name: "StatorError", message, code: "TOO_LARGE" };
    system.turn.result(creator.address, creator.invocationId, false, tooLarge);
  }

  #seal(root: ActorNode, isHandled = true): EngineTurn {
    this.#report(root.getSnapshot());
    const { envelope, text } = seal(this.#system, root, this.#orders.pending);
    const view = viewOf(root.getSnapshot(), envelope.snapshot as StoredSnapshot, this.#system);
    assertViewSize(view, text.length, this.#system.definition);
    this.#text = text;
    this.#view = view;
    return this.#settled(isHandled);
  }

  #settled(handled: boolean): EngineTurn {
    const effects = this.#system.turn.effects();
    const { steps } = this.#system;
    return { kind: "settled", handled, effects, steps, view: this.#view, snapshot: this.#text };
  }

  #reject(cause: unknown, event: string): EngineTurn {
    this.#isRejected = true;
    return { kind: "rejected", error: this.#errorOf(cause, event) };
  }

  /** What was refused keeps its code; everything else is a bug in the definition: `TURN_FAILED`. No stack. */
  #errorOf(cause: unknown, event: string): StatorError {
    if (cause instanceof StatorError && KEPT.has(cause.code)) {
      return new StatorError(cause.code, this.#prefixed(cause.message), { cause, ...kept(cause) });
    }
    const path = this.#system.failure?.path;
    const where = path === undefined || path === ROOT ? "" : ` in actor '${path}'`;
    const details = { event, ...(path === undefined || path === ROOT ? {} : { path }) };
    return new StatorError("TURN_FAILED", this.#prefixed(`the turn of ${event} failed${where}: ${messageOf(cause)}`), {
      cause,
      details,
    });
  }

  #prefixed(message: string): string {
    return message.startsWith(`${this.#name}: `) ? message : `${this.#name}: ${message}`;
  }
}

const KEPT: ReadonlySet<string> = new Set([
  "TOO_LARGE",
  "RESERVED_EVENT",
  "INVALID_EVENT",
  "INVALID_INPUT",
  "INVALID_REQUEST",
]);

const kept = (cause: StatorError): { details?: NonNullable<StatorError["details"]> } =>
  cause.details === undefined ? {} : { details: cause.details };

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function typeOf(message: EngineMessage): string {
  if (message.kind === "order") return message.verb;
  return message.kind === "event" || message.kind === "delayed" ? message.event.type : message.kind;
}

function reservedKey(code: "INVALID_EVENT" | "INVALID_INPUT" | "TURN_FAILED", name: string, what: string): StatorError {
  return new StatorError(code, `${name}: ${what} holds a key that is reserved for actor references`);
}
