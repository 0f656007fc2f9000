/**
 * The door to XState: one machine, one snapshot, one message. No clock, no I/O; nothing of a turn has happened yet when
 * it is returned. A second engine would be a second implementation of this file.
 */
import type { Address } from "../core/address.ts";
import type { Effect } from "../core/effect.ts";
import type { StatorError } from "../core/errors.ts";
import type { Creator, EventObject, ObjectStatus, StateView } from "../core/message.ts";
import type { Order } from "../core/order.ts";
import type { Steps } from "../core/trail.ts";

/** Where and as what a turn is made; ids of its effects come from this. */
export interface TurnContext {
  readonly address: Address;
  /** Drawn at the object's birth. */
  readonly incarnation: string;
  /** The revision that the turn will have once it is committed. */
  readonly revision: number;
}

export type EngineMessage =
  /** From outside or from another object. Types beginning with `xstate.` or `stator.` are refused. */
  | { readonly kind: "event"; readonly event: EventObject; readonly from?: Address }
  /** Arms a timer on the root that delivers the event; `id` makes the timer's name. */
  | { readonly kind: "delayed"; readonly event: EventObject; readonly delayMs: number; readonly id: string }
  | { readonly kind: "timer"; readonly timer: string; readonly generation: number }
  /** `value` is the output, or the `ErrorData` of a failure. */
  | { readonly kind: "result"; readonly invocationId: string; readonly ok: boolean; readonly value: unknown }
  /** Forgets a timer or gives up on a result that an operator took out. The machine hears nothing. */
  | {
      readonly kind: "skip";
      readonly timer?: { readonly timer: string; readonly generation: number };
      readonly invocationId?: string;
    }
  | Order;

export type EngineTurn =
  /** `handled` is false where the present state had no transition for the event: then nothing changed. */
  | {
      readonly kind: "settled";
      readonly handled: boolean;
      readonly effects: readonly Effect[];
      readonly steps: Steps;
      readonly view: StateView;
      /** The envelope after the turn, JSON text. */
      readonly snapshot: string;
    }
  /** Fenced: nothing changed. */
  | { readonly kind: "ignored"; readonly reason: "late-result" | "late-timer" | "object-done" | "not-its-own" }
  /** Rolled back: the live object must be dropped and loaded again. */
  | { readonly kind: "rejected"; readonly error: StatorError };

/** An object in memory. It is ahead of the database from `handle` until the commit: on any doubt, drop it. */
export interface LiveObject {
  readonly view: StateView;
  /** The envelope after the last turn, JSON text. */
  readonly snapshot: string;
  /** Event types that the present state has a transition for. */
  accepts(): readonly string[];
  handle(message: EngineMessage, context: TurnContext): EngineTurn;
}

/** A stored snapshot that its machine cannot run: the object is parked, never guessed at. */
export class SnapshotError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SnapshotError";
  }
}

export interface Engine {
  /**
   * The first turn: initial state, entry actions, first timers and invocations. Where `first` is given, the object is born and handles it in one and the same turn: one revision, effects of both.
   * `handled` then tells of `first`.
   */
  create(
    input: unknown,
    context: TurnContext,
    first?: EngineMessage,
    creator?: Creator,
  ): { readonly object: LiveObject; readonly turn: EngineTurn };
  /** Brings a stored object back. Produces no effects. Throws `SnapshotError`. */
  restore(snapshot: string, context: Omit<TurnContext, "revision">): LiveObject;
  /** A stored object that `restore` refuses: all that can be done with it is to kill it, or to purge it. */
  unrestorable(snapshot: string, status: ObjectStatus): LiveObject;
}
