/** One object on the engine, turn by turn: what a host does, without a store. */
import type { AnyStateMachine } from "xstate";
import { createMachine } from "xstate";
import { z } from "zod";
import { defineObject, type ObjectDefinition } from "../../src/core/define.ts";
import type { Effect } from "../../src/core/effect.ts";
import type { StatorError } from "../../src/core/errors.ts";
import type { EventObject } from "../../src/core/message.ts";
import { createEngine } from "../../src/engine/create.ts";
import type { Engine, EngineMessage, EngineTurn, LiveObject } from "../../src/engine/engine.ts";

export type Settled = Extract<EngineTurn, { kind: "settled" }>;

export class OneObject {
  readonly engine: Engine;
  revision = 0;
  text = "";
  live: LiveObject | undefined;
  readonly #name: string;

  constructor(definition: ObjectDefinition) {
    this.engine = createEngine(definition);
    this.#name = definition.name;
  }

  get context() {
    return { address: { name: this.#name, key: "k" }, incarnation: "i1", revision: this.revision + 1 };
  }

  create(input?: unknown): Settled {
    const { object, turn } = this.engine.create(input, this.context);
    this.live = object;
    return this.#commit(turn);
  }

  tryCreate(input?: unknown): EngineTurn {
    return this.engine.create(input, this.context).turn;
  }

  /** Computes a turn and commits it, or fails. */
  turn(message: EngineMessage): Settled {
    return this.#commit(this.try(message));
  }

  /** Computes a turn and commits nothing. */
  try(message: EngineMessage): EngineTurn {
    this.live ??= this.engine.restore(this.text, this.context);
    const turn = this.live.handle(message, this.context);
    if (turn.kind === "rejected") this.live = undefined;
    return turn;
  }

  send(event: EventObject | string): Settled {
    return this.turn({ kind: "event", event: typeof event === "string" ? { type: event } : event });
  }

  fire(timer: { readonly timer: string; readonly generation: number }): Settled {
    return this.turn({ kind: "timer", timer: timer.timer, generation: timer.generation });
  }

  finish(invocationId: string, value: unknown, ok = true): Settled {
    return this.turn({ kind: "result", invocationId, ok, value });
  }

  /** As after a restart: from the stored text alone. */
  reload(): this {
    this.live = this.engine.restore(this.text, this.context);
    return this;
  }

  rejected(event: EventObject | string): StatorError {
    const turn = this.try({ kind: "event", event: typeof event === "string" ? { type: event } : event });
    if (turn.kind !== "rejected") throw new Error(`expected a rejected turn, got ${turn.kind}`);
    return turn.error;
  }

  #commit(turn: EngineTurn): Settled {
    if (turn.kind === "rejected") throw turn.error;
    if (turn.kind === "ignored") throw new Error(`ignored: ${turn.reason}`);
    this.text = turn.snapshot;
    this.revision++;
    return turn;
  }
}

/** A machine without types, for configurations that types would refuse. */
export function looseMachine(
  config: object,
  implementations: object = {},
  events: readonly string[] = [],
): AnyStateMachine {
  const schemas = { events: Object.fromEntries(events.map((type) => [type, z.object({})])) };
  return createMachine(
    { id: "m", ...config, schemas } as never,
    implementations as never,
  ) as unknown as AnyStateMachine;
}

export const objectOf = (machine: AnyStateMachine, actions: readonly string[] = [], actors: readonly string[] = []) =>
  new OneObject(
    defineObject({
      name: "m",
      machine,
      actions: Object.fromEntries(actions.map((name) => [name, () => undefined])),
      actors: Object.fromEntries(actors.map((name) => [name, { run: () => undefined }])),
    } as never),
  );

export const kinds = (turn: Settled): readonly string[] => turn.effects.map(({ kind }) => kind);

export function the<K extends Effect["kind"]>(turn: Settled, kind: K): Extract<Effect, { kind: K }> {
  const found = turn.effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} effects of kind ${kind}`);
  return found[0];
}
