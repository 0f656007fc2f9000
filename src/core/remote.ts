/**
 * Other objects as actors of a machine: invoke one (`objectActor`) or ask one (`ask`). Nothing waits in a process: the
 * question, the other object's turns and the answer are rows, and the machine is in a state like any other meanwhile.
 */
import { fromPromise, type PromiseActorLogic } from "xstate";
import { isObjectName, quote } from "./address.ts";
import { StatorError } from "./errors.ts";
import type { AskReply, EventOf, HasMachine, ObjectActorInput, OutputOf } from "./inference.ts";
import type { EventObject } from "./message.ts";

/** How an actor system names another object. */
export const OBJECT_PREFIX = "object:";
/** How it names the sender of the present event. */
export const SENDER = "stator.sender";

/** What the engine reads on the logic: which object, and whether it is made or asked. */
export interface Remote {
  readonly kind: "create" | "ask";
  readonly object: string;
}
export type RemoteActor<I, O> = PromiseActorLogic<O, I> & { readonly remote: Remote };

type Definition = HasMachine & { readonly name: string };

/**
 * Invokes another object: `actors: { shipment: objectActor(shipment) }`, then
 * `invoke: { src: "shipment", id, input: () => ({ key, input }), onDone, onError }`. The object is created; its output
 * is `onDone`, its error or a refusal (`ALREADY_EXISTS`, `INVALID_INPUT`, …) is `onError`. Leaving the state does not stop it.
 * By name, where importing the definition would be a cycle.
 */
export function objectActor<D extends Definition>(definition: D): RemoteActor<ObjectActorInput<D>, OutputOf<D>>;
export function objectActor<O = unknown>(
  name: string,
): RemoteActor<{ readonly key: string; readonly input?: unknown }, O>;
export function objectActor(of: string | Definition): unknown {
  return remote("create", of);
}

/**
 * Asks another object: `actors: { reserve: ask(stock) }`, then
 * `invoke: { src: "reserve", id, input: () => ({ key, event }), onDone, onError }`. The event is applied once; `onDone`
 * gets the object as it was right after, `onError` a refusal with its `code` (`EVENT_NOT_ACCEPTED`, `OBJECT_DONE`, …).
 */
export function ask<D extends Definition>(
  definition: D,
): RemoteActor<{ readonly key: string; readonly event: EventOf<D> }, AskReply<D>>;
export function ask(
  name: string,
): RemoteActor<{ readonly key: string; readonly event: EventObject }, AskReply<HasMachine>>;
export function ask(of: string | Definition): unknown {
  return remote("ask", of);
}

function remote(kind: Remote["kind"], of: string | Definition): RemoteActor<never, unknown> {
  const object = typeof of === "string" ? of : of.name;
  if (!isObjectName(object)) throw new StatorError("INVALID_REQUEST", `${quote(object)} is not the name of an object`);
  const logic = fromPromise<unknown, never>(async () => {
    throw new Error("another object runs in its own turns, never inside one of this object");
  });
  return Object.assign(logic, { remote: { kind, object } });
}

export function remoteOf(logic: object): Remote | undefined {
  return (logic as { readonly remote?: Remote }).remote;
}
