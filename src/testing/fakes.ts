/** Definitions whose promise actors and named actions can be replaced while they are hosted. */
import type { Run } from "../core/actor.ts";
import type { ObjectDefinition } from "../core/definition.ts";
import type { RunAction } from "../core/inference.ts";

type Definition = string | { readonly name: string };

export class Fakes {
  readonly #actors = new Map<string, Run<unknown, unknown>>();
  readonly #actions = new Map<string, RunAction>();

  /** From now on, this runs in place of the promise actor. Retries, timeouts and schemas stay the definition's. */
  fake<I = never, O = unknown>(object: Definition, actor: string, run: Run<I, O>): void {
    this.#actors.set(nameOf(object, actor), run as Run<unknown, unknown>);
  }

  /** The same for a named action. */
  fakeAction(object: Definition, action: string, run: RunAction): void {
    this.#actions.set(nameOf(object, action), run);
  }

  /** Back to what the definition does. */
  restore(object: Definition, name: string): void {
    this.#actors.delete(nameOf(object, name));
    this.#actions.delete(nameOf(object, name));
  }

  /** The definition as the kit hosts it. */
  hosted(definition: ObjectDefinition): ObjectDefinition {
    const actors = [...definition.actors].map(([name, actor]) => {
      const run: Run<unknown, unknown> = (args) => (this.#actors.get(nameOf(definition, name)) ?? actor.run)(args);
      return [name, { ...actor, run }] as const;
    });
    const actions = [...definition.actions].map(([name, action]) => {
      const run: RunAction = (args) => (this.#actions.get(nameOf(definition, name)) ?? action.run)(args);
      return [name, { ...action, run }] as const;
    });
    return { ...definition, actors: new Map(actors), actions: new Map(actions) };
  }
}

const nameOf = (object: Definition, name: string): string =>
  `${typeof object === "string" ? object : object.name} ${name}`;
