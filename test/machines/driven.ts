/**
 * An object of the examples on the engine alone: no host, no database, no clock. The test says what a promise actor
 * answers and when time passes. Before each message the object is restored from its snapshot, as after a restart.
 */
import { defineObject, type ObjectDefinition, TerminalError } from "../../src/core/define.ts";
import type { Effect } from "../../src/core/effect.ts";
import { errorData } from "../../src/core/errors.ts";
import type { EventObject, StateView } from "../../src/core/message.ts";
import { createEngine } from "../../src/engine/create.ts";
import type { EngineMessage, EngineTurn } from "../../src/engine/engine.ts";

type Invoked = Extract<Effect, { kind: "invoke" }>;
type Armed = Extract<Effect, { kind: "timer.set" }>;

const CONTEXT = { incarnation: "life-1" };

export class Driven {
  readonly #engine: ReturnType<typeof createEngine>;
  readonly #address: { readonly name: string; readonly key: string };
  readonly #invoked: Invoked[] = [];
  readonly #armed = new Map<string, Armed>();
  readonly actions: Extract<Effect, { kind: "action" }>[] = [];
  #snapshot: string;
  #revision = 1;
  view: StateView;
  /** Whether the last event had a transition. */
  wasHandled = true;

  constructor(definition: ObjectDefinition, input?: unknown) {
    this.#engine = createEngine(definition);
    this.#address = { name: definition.name, key: "k" };
    const { turn } = this.#engine.create(input, { address: this.#address, ...CONTEXT, revision: 1 });
    const settled = settledOf(turn);
    this.#snapshot = settled.snapshot;
    this.view = settled.view;
    this.#carry(settled.effects);
  }

  send(event: EventObject): this {
    return this.#turn({ kind: "event", event });
  }

  /** The one promise actor that runs answers. */
  answer(value: unknown): this {
    return this.#result(true, value);
  }

  decline(message = "the card was declined"): this {
    return this.#result(false, errorData(new TerminalError(message, { code: "CARD_DECLINED" })));
  }

  /** The one timer that is armed fires. */
  fire(): this {
    const [timer, ...others] = this.#armed.values();
    if (timer === undefined || others.length > 0) throw new Error(`${this.#armed.size} timers are armed`);
    this.#armed.delete(timer.timer);
    return this.#turn({ kind: "timer", timer: timer.timer, generation: timer.generation });
  }

  get delaysMs(): readonly number[] {
    return [...this.#armed.values()].map(({ delayMs }) => delayMs);
  }

  /** What the promise actors that run were given. */
  get inputs(): readonly unknown[] {
    return this.#invoked.map(({ input }) => input);
  }

  #result(ok: boolean, value: unknown): this {
    const invocation = this.#invoked.shift();
    if (invocation === undefined) throw new Error("no promise actor runs");
    return this.#turn({ kind: "result", invocationId: invocation.id, ok, value });
  }

  #turn(message: EngineMessage): this {
    const address = this.#address;
    const object = this.#engine.restore(this.#snapshot, { address, ...CONTEXT });
    const settled = settledOf(object.handle(message, { address, ...CONTEXT, revision: this.#revision + 1 }));
    this.wasHandled = settled.handled;
    if (!settled.handled) return this;
    this.#revision++;
    this.#snapshot = settled.snapshot;
    this.view = settled.view;
    this.#carry(settled.effects);
    return this;
  }

  #carry(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "invoke") this.#invoked.push(effect);
      if (effect.kind === "abort") this.#forget(effect.id);
      if (effect.kind === "timer.set") this.#armed.set(effect.timer, effect);
      if (effect.kind === "timer.clear") this.#armed.delete(effect.timer);
      if (effect.kind === "action") this.actions.push(effect);
    }
  }

  #forget(invocationId: string): void {
    const at = this.#invoked.findIndex(({ id }) => id === invocationId);
    if (at >= 0) this.#invoked.splice(at, 1);
  }
}

function settledOf(turn: EngineTurn): Extract<EngineTurn, { kind: "settled" }> {
  if (turn.kind === "settled") return turn;
  throw new Error(turn.kind === "rejected" ? turn.error.message : turn.reason);
}

/** A definition whose code never runs: the test answers for it. */
export function defineDriven(machine: ObjectDefinition["machine"]): ObjectDefinition {
  const run = (): never => {
    throw new Error("the engine runs no promise actor");
  };
  const { id } = machine;
  const names = Object.keys(machine.implementations.actors ?? {});
  const actors = Object.fromEntries(names.map((name) => [name, { run }]));
  const custom = Object.entries(machine.implementations.actions ?? {}).filter(
    ([, action]) => typeof action === "function" && !("resolve" in action),
  );
  const actions = Object.fromEntries(custom.map(([name]) => [name, () => undefined]));
  return defineObject({ name: id, machine, actors, actions } as never);
}
