/** What of XState's live values is data, for effects. */
import type { EventObject } from "../core/message.ts";
import { encode, NotJsonError, type Refs } from "./codec.ts";
import type { NodeSnapshot } from "./internals.ts";

/** The event that caused an action. That of `onSnapshot` carries a live snapshot: what of it is data. */
export function plainEvent(event: EventObject, refs: Refs): EventObject {
  if (!event.type.startsWith("xstate.snapshot.")) return encode(event, refs) as EventObject;
  const { snapshot: live } = event;
  const { status, value, context, output, tags } = live as NodeSnapshot;
  const snapshot = { status, value, context, output, ...(tags === undefined ? {} : { tags: [...tags] }) };
  return encode({ type: event.type, snapshot }, refs) as EventObject;
}

/** Logs are best effort: what is not JSON is written as text, not refused. */
export function plainLog(arg: unknown, refs: Refs): unknown {
  if (arg instanceof Error) return `${arg.name}: ${arg.message}`;
  try {
    return encode(arg, refs);
  } catch (cause) {
    if (cause instanceof NotJsonError) return String(arg);
    throw cause;
  }
}

/** The same error, with what it is about in front. */
export function about(what: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${what}: ${message}`, { cause });
}
