/** `stator/define`: everything that machines and object definitions are written with. Imports only xstate and zod. */
import { assertKey, formatAddress, isObjectName, quote } from "./address.ts";
import { StatorError } from "./errors.ts";
import type { EventOf, HasMachine, ObjectReference } from "./inference.ts";
import type { EventObject } from "./message.ts";
import { OBJECT_PREFIX, SENDER } from "./remote.ts";

export { type ActorImplementation, type PromiseActor, promiseActor, type Run, type RunArguments } from "./actor.ts";
export { type ActorDefinition, defineObject, type ObjectDefinition, type ObjectOptions } from "./definition.ts";
export { TerminalError } from "./errors.ts";
export type {
  ActionArguments,
  ActionImplementation,
  AskReply,
  ContextOf,
  EmittedOf,
  EventOf,
  InputOf,
  OutputOf,
  StateValueOf,
  TagOf,
} from "./inference.ts";
export { defineMachine } from "./machine.ts";
export { ask, objectActor } from "./remote.ts";

/**
 * Another object, as a target for `sendTo`: `sendTo(objectRef(account, "a-1"), { type: "CREDIT", amount: 5 })`.
 * The event leaves after the commit and is applied once. By name, where importing the definition would be a cycle.
 */
export function objectRef<D extends HasMachine & { readonly name: string }>(
  definition: D,
  key: string,
): ObjectReference<EventOf<D>>;
export function objectRef(name: string, key: string): ObjectReference<EventObject>;
export function objectRef(target: string | { readonly name: string }, key: string): ObjectReference<EventObject> {
  const name = typeof target === "string" ? target : target.name;
  if (!isObjectName(name)) throw new StatorError("INVALID_REQUEST", `${quote(name)} is not the name of an object`);
  assertKey(key);
  const id = OBJECT_PREFIX + formatAddress({ name, key });
  return ({ system }) => system.get(id) as ReturnType<ObjectReference<EventObject>>;
}

/**
 * Whoever sent the present event, as a target for `sendTo`: `sendTo(sender, { type: "DONE" })`. Where it came from
 * outside or from a timer there is nobody to answer, and what is sent is dropped.
 */
export const sender: ObjectReference<EventObject> = ({ system }) =>
  system.get(SENDER) as ReturnType<ObjectReference<EventObject>>;
