/**
 * What a turn asks the world for. Committed with the turn, carried out only after the commit.
 *
 * Ids are made of (address, incarnation, revision, index in the turn): unique over restarts, equal on a repeated turn.
 */
import type { Address } from "./address.ts";
import { formatAddress } from "./address.ts";
import type { EventObject } from "./message.ts";

export type Effect =
  /** To another object; the receiver applies it once, under the message id `effect/<id>`. */
  | {
      readonly kind: "send";
      readonly id: string;
      readonly idx: number;
      readonly to: Address;
      readonly event: EventObject;
    }
  /** Make another object; its output or error comes back to the invocation `id`. */
  | {
      readonly kind: "create";
      readonly id: string;
      readonly idx: number;
      readonly to: Address;
      readonly input: unknown;
    }
  /** Like `send`, but the receiver's receipt, or its refusal, comes back to the invocation `id`. */
  | {
      readonly kind: "ask";
      readonly id: string;
      readonly idx: number;
      readonly to: Address;
      readonly event: EventObject;
    }
  /** To an object that this one invoked: it dies too, where `invocationId` made it. */
  | {
      readonly kind: "kill";
      readonly id: string;
      readonly idx: number;
      readonly to: Address;
      readonly invocationId: string;
      readonly by: string;
      readonly reason: string;
    }
  /** To the object that created this one: how this one ended. */
  | {
      readonly kind: "result";
      readonly id: string;
      readonly idx: number;
      readonly to: Address;
      readonly invocationId: string;
      readonly ok: boolean;
      readonly value: unknown;
    }
  /** To the subscribers of the object. */
  | { readonly kind: "emit"; readonly id: string; readonly idx: number; readonly event: EventObject }
  /** A named action of the object definition; `event` is the one that caused it. */
  | {
      readonly kind: "action";
      readonly id: string;
      readonly idx: number;
      readonly action: string;
      readonly params: unknown;
      readonly event: EventObject;
    }
  /** Best effort, to the host's logger. */
  | { readonly kind: "log"; readonly args: readonly unknown[] }
  /** Run a promise actor; `id` is the invocation id and the idempotency key handed to it. */
  | { readonly kind: "invoke"; readonly id: string; readonly actor: string; readonly input: unknown }
  /** The machine left the state that invoked: abort the invocation's signal. Its result, if any, is ignored. */
  | { readonly kind: "abort"; readonly id: string }
  /** `timer` names it within the object; `generation` is the revision that armed it. */
  | { readonly kind: "timer.set"; readonly timer: string; readonly generation: number; readonly delayMs: number }
  | { readonly kind: "timer.clear"; readonly timer: string };

export function effectId(of: Address, incarnation: string, revision: number, idx: number): string {
  return `${formatAddress(of)}/${incarnation}/${revision}/${idx}`;
}
