/** What the compiler knows of an object by its definition. Nothing here exists at run time: no machine is loaded. */
import type {
  ContextOf,
  EmittedOf,
  EventOf,
  HasMachine,
  InputOf,
  OutputOf,
  StateValueOf,
  TagOf,
} from "../core/inference.ts";
import type { EventObject } from "../core/message.ts";

/** An `ObjectDefinition`, of which a client needs no more than the name and the types. */
export type AnyDefinition = HasMachine & { readonly name: string };

/** Where the definition narrows its context with `expose`, what arrives is what `expose` made of it. */
export interface TypesOf<D extends AnyDefinition> {
  readonly event: EventOf<D>;
  readonly input: InputOf<D>;
  readonly output: OutputOf<D>;
  readonly context: ContextOf<D>;
  readonly value: StateValueOf<D>;
  readonly tag: TagOf<D>;
  readonly emitted: EmittedOf<D> & EventObject;
}
