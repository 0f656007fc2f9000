/** What a machine hands to the actors that run outside of its turns: checked before the turn asks for them. */
import { type Address, assertKey } from "../core/address.ts";
import { isReservedType, type ObjectDefinition } from "../core/definition.ts";
import type { EventObject } from "../core/message.ts";
import type { Remote } from "../core/remote.ts";
import { issuesOf } from "../core/validate.ts";
import { encode } from "./codec.ts";
import { about } from "./plain.ts";
import type { Recorder } from "./turn.ts";

/** The input of a promise actor, by its schema. */
export function inputOf(definition: ObjectDefinition, actor: string, given: unknown): unknown {
  const schema = definition.actors.get(actor)?.input;
  if (schema === undefined) throw new Error(`promise actor '${actor}' has no implementation`);
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const issues = issuesOf(parsed.error).map((issue) => `${issue.path || "input"}: ${issue.message}`);
    throw new Error(`input of actor '${actor}' is not valid: ${issues.join("; ")}`);
  }
  try {
    return encode(parsed.data, undefined);
  } catch (cause) {
    throw about(`input of actor '${actor}'`, cause);
  }
}

/** The invocation's id, and the object that it makes. */
interface Reached {
  readonly id: string;
  readonly creates?: Address;
}

/** Invokes or asks another object. */
export function reach(turn: Recorder, actor: string, { kind, object }: Remote, given: unknown): Reached {
  try {
    const { key, input, event } = (given ?? {}) as { key?: unknown; input?: unknown; event?: EventObject };
    if (typeof key !== "string") throw new Error("needs the key of the other object: input: () => ({ key, … })");
    assertKey(key);
    const to = { name: object, key };
    if (kind === "create") return { id: turn.create(to, encode(input, undefined)), creates: to };
    if (typeof event?.type !== "string") throw new Error("needs an event: input: () => ({ key, event })");
    if (isReservedType(event.type)) throw new Error(`event type '${event.type}' is reserved and cannot be sent`);
    return { id: turn.ask(to, encode(event, undefined) as EventObject) };
  } catch (cause) {
    throw about(`input of actor '${actor}'`, cause);
  }
}
