/**
 * A saga on the real engine, and the world outside of it. The object is restored from its JSON before every message. The
 * world answers as the test says; it remembers, by step key, what was done and what was undone.
 */
import type { AnyStateMachine } from "xstate";
import { defineObject, type ObjectDefinition, TerminalError } from "../../src/core/define.ts";
import type { Effect } from "../../src/core/effect.ts";
import { errorData } from "../../src/core/errors.ts";
import type { EventObject, StateView } from "../../src/core/message.ts";
import { createEngine } from "../../src/engine/create.ts";
import type { EngineMessage } from "../../src/engine/engine.ts";
import { samplesOf } from "../../src/saga/check/sample.ts";

export interface Call {
  readonly id: string;
  readonly actor: string;
  readonly input: { readonly stepKey?: string; readonly name?: string; readonly [property: string]: unknown };
}

export interface Answer {
  readonly fails: boolean;
  /** Whether it happened, whatever it answers. */
  readonly applies: boolean;
  /** When it happens, and when it is answered. */
  readonly effectMs: number;
  readonly answerMs: number;
  /** When the same answer comes again. */
  readonly againMs?: number;
}

export const succeeds: Answer = { fails: false, applies: true, effectMs: 1, answerMs: 1 };
export const refuses: Answer = { fails: true, applies: false, effectMs: 1, answerMs: 1 };

/** Idempotent by step key. With tombstones it refuses an action whose compensation came first. */
export class World {
  readonly log: string[] = [];
  readonly #held = new Set<string>();
  readonly #undone = new Set<string>();
  readonly #hasTombstones: boolean;

  constructor(hasTombstones = true) {
    this.#hasTombstones = hasTombstones;
  }

  apply(actor: string, stepKey: string): void {
    const entry = entryOf(stepKey);
    if (actor.startsWith("undo:")) {
      this.log.push(`undo ${entry}`);
      this.#held.delete(stepKey);
      this.#undone.add(stepKey);
    } else if (!(this.#undone.has(stepKey) && this.#hasTombstones)) {
      this.log.push(`do ${entry}`);
      this.#held.add(stepKey);
    }
  }

  get held(): readonly string[] {
    return [...this.#held].map(entryOf).sort();
  }
}
const entryOf = (stepKey: string): string => stepKey.slice(stepKey.lastIndexOf("/") + 1);

const CONTEXT = { incarnation: "life-1" };
const engines = new Map<AnyStateMachine, { definition: ObjectDefinition; engine: ReturnType<typeof createEngine> }>();

export class Run {
  readonly world: World;
  readonly calls: Call[] = [];
  view: StateView;
  nowMs = 0;
  readonly #engine: ReturnType<typeof createEngine>;
  readonly #definition: ObjectDefinition;
  readonly #answer: (call: Call) => Answer;
  readonly #queue: { readonly atMs: number; readonly go: () => void }[] = [];
  readonly #address: { readonly name: string; readonly key: string };
  #snapshot = "";
  #revision = 0;

  constructor(machine: AnyStateMachine, input: unknown, answer: (call: Call) => Answer, world = new World()) {
    this.world = world;
    this.#answer = answer;
    const { engine, definition } = engineOf(machine);
    this.#engine = engine;
    this.#definition = definition;
    this.#address = { name: definition.name, key: "k" };
    const { turn } = engine.create(input, { address: this.#address, ...CONTEXT, revision: ++this.#revision });
    this.view = this.#settle(turn) as StateView;
  }

  /** Whether the state had a transition for it. */
  send(event: EventObject): boolean {
    return this.#turn({ kind: "event", event });
  }

  at(ms: number, go: () => void): void {
    this.#queue.push({ atMs: this.nowMs + ms, go });
  }

  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  /** Until nothing is left to happen; what is parked stays parked. */
  settle(): this {
    for (let i = 0; i < 5_000 && this.step(); i++);
    return this;
  }

  /** The next thing that happens, if there is one. */
  step(): boolean {
    this.#queue.sort((a, b) => a.atMs - b.atMs);
    const next = this.#queue.shift();
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.go();
    return true;
  }

  #turn(message: EngineMessage): boolean {
    const context = { address: this.#address, ...CONTEXT };
    const object = this.#engine.restore(this.#snapshot, context);
    const turn = object.handle(message, { ...context, revision: this.#revision + 1 });
    if (turn.kind === "settled" && turn.handled) this.#revision++;
    return this.#settle(turn) !== undefined;
  }

  #settle(turn: ReturnType<ReturnType<typeof createEngine>["create"]>["turn"]): StateView | undefined {
    if (turn.kind === "rejected") throw turn.error;
    if (turn.kind === "ignored" || !turn.handled) return undefined;
    this.#snapshot = turn.snapshot;
    this.view = turn.view;
    for (const effect of turn.effects) this.#carry(effect);
    return turn.view;
  }

  #carry(effect: Effect): void {
    if (effect.kind === "invoke")
      this.#start({ id: effect.id, actor: effect.actor, input: effect.input as Call["input"] });
    if (effect.kind !== "timer.set") return;
    const { timer, generation, delayMs } = effect;
    this.at(delayMs, () => this.#turn({ kind: "timer", timer, generation }));
  }

  #start(call: Call): void {
    this.calls.push(call);
    const { fails, applies, effectMs, answerMs, againMs } = this.#answer(call);
    const { stepKey } = call.input;
    if (applies && stepKey !== undefined) this.at(effectMs, () => this.world.apply(call.actor, stepKey));
    const output = samplesOf(this.#definition.actors.get(call.actor)?.output)?.[0];
    const value = fails ? errorData(new TerminalError(`${call.actor} failed`)) : (output ?? {});
    const answered = (): void => {
      this.#turn({ kind: "result", invocationId: call.id, ok: !fails, value });
    };
    this.at(answerMs, answered);
    if (againMs !== undefined) this.at(againMs, answered);
  }
}

function engineOf(machine: AnyStateMachine) {
  const known = engines.get(machine);
  if (known !== undefined) return known;
  const run = (): never => {
    throw new Error("the engine runs no promise actor");
  };
  const actors = Object.fromEntries([...promiseActorsIn(machine)].map((name) => [name, { run }]));
  const definition = defineObject({ name: machine.id, machine, actors } as never) as ObjectDefinition;
  const made = { definition, engine: createEngine(definition) };
  engines.set(machine, made);
  return made;
}

function promiseActorsIn(machine: AnyStateMachine): ReadonlySet<string> {
  const names = Object.entries(machine.implementations.actors ?? {}).flatMap(([name, logic]) =>
    "root" in (logic as object) ? [...promiseActorsIn(logic as AnyStateMachine)] : [name],
  );
  return new Set(names);
}
