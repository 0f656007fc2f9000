/** `stator/define`: everything that machines and object definitions are written with. Imports only xstate and zod. */
import { assertKey, formatAddress, isObjectName, quote } from "./address.ts";
import { StatorError } from "./errors.ts";
import type { EventOf, HasMachine, ObjectReference } from "./inference.ts";
import type { EventObject } from "./message.ts";

export { type ActorImplementation, type PromiseActor, promiseActor, type Run, type RunArguments } from "./actor.ts";
export { type ActorDefinition, defineObject, type ObjectDefinition, type ObjectOptions } from "./definition.ts";
export { TerminalError } from "./errors.ts";
export type {
  ActionArguments,
  ActionImplementation,
  ContextOf,
  EmittedOf,
  EventOf,
  InputOf,
  OutputOf,
  StateValueOf,
  TagOf,
} from "./inference.ts";
export { defineMachine } from "./machine.ts";

/** How an actor system names another object. */
export const OBJECT_PREFIX = "object:";

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
