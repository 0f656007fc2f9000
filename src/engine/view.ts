/** What callers see of an object, and what it would take. */
import type { ObjectDefinition } from "../core/definition.ts";
import { type StateView, viewText } from "../core/message.ts";
import { encode } from "./codec.ts";
import { assertSize } from "./envelope.ts";
import type { NodeSnapshot } from "./internals.ts";
import { about } from "./plain.ts";
import type { DurableSystem } from "./system.ts";
import { tag } from "./tagged.ts";

const MAX_VIEW_BYTES = 64 * 1024;

/** `stored` is the context and output as the envelope has them. */
export function viewOf(
  snapshot: NodeSnapshot,
  stored: { readonly context?: unknown; readonly output?: unknown },
  system: DurableSystem,
): StateView {
  const tags = snapshot.tags === undefined || snapshot.tags.size === 0 ? [] : [...snapshot.tags].sort();
  return {
    status: snapshot.status,
    value: snapshot.value,
    tags,
    context: exposed(snapshot.context, stored.context, system),
    output: stored.output,
  };
}

/** `snapshotLength` saves the count where the whole snapshot, which holds all of the view, is small already. */
export function assertViewSize(view: StateView, snapshotLength: number, definition: ObjectDefinition): void {
  const isSmall = definition.expose === undefined && snapshotLength * 3 < MAX_VIEW_BYTES / 2 && view.tags.length < 100;
  if (!isSmall) assertSize(viewText(view), MAX_VIEW_BYTES, "the view of the state");
}

function exposed(context: unknown, stored: unknown, system: DurableSystem): unknown {
  const { expose } = system.definition;
  if (expose === undefined) return stored;
  try {
    const shown = expose(context);
    return encode(system.definition.codec === "tagged" ? tag(shown) : shown, system) ?? null;
  } catch (cause) {
    throw about("expose", cause);
  }
}

/** Event types for which the current states, or those around them, have a transition. Guards are not asked. */
export function acceptedBy(snapshot: NodeSnapshot, definition: ObjectDefinition): readonly string[] {
  if (snapshot.status !== "active") return [];
  const accepted = new Set<string>();
  for (const node of snapshot._nodes ?? []) {
    for (const descriptor of node.transitions.keys()) {
      for (const type of definition.events.keys()) if (matches(type, descriptor)) accepted.add(type);
    }
  }
  return [...accepted].sort();
}

/** XState's rule: `*` is any event, `order.*` is `order` and what follows after a dot. */
function matches(type: string, descriptor: string): boolean {
  if (type === descriptor || descriptor === "*") return true;
  if (!descriptor.endsWith(".*")) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}
