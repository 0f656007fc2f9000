/**
 * One script, run twice: on an ordinary `createActor` with a manual clock, and on the engine with a JSON round trip and
 * crashes. Each gives a trace (named actions with parameters, logs, emits, every snapshot with its time, the output);
 * the traces must be equal, entry by entry.
 */
import { type AnyActorRef, createActor, fromPromise } from "xstate";
import { defineObject } from "../../src/core/define.ts";
import type { Effect } from "../../src/core/effect.ts";
import { assertNever, errorData } from "../../src/core/errors.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { createEngine } from "../../src/engine/create.ts";
import type { Engine, EngineMessage, EngineTurn, LiveObject } from "../../src/engine/engine.ts";
import { isRecord } from "../../src/engine/envelope.ts";
import { XStateTimers } from "./quirk.ts";
import { EVENTS, makeTorture } from "./torture.ts";
import type { Work, WorkInput } from "./torture-children.ts";

export interface Step {
  readonly at: number;
  readonly event: { readonly type: string; readonly by: number } | undefined;
}
export type Script = readonly Step[];

export const random = (seed: number) => (): number => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** 10 to 50 events at gaps of 0 to 17 ms; half of the scripts end in QUIT and one event after the end. */
export function makeScript(seed: number): Script {
  const draw = random(seed);
  const script: Step[] = [];
  const push = (at: number, type: string): unknown => script.push({ at, event: { type, by: 2 } });
  const length = 10 + Math.floor(draw() * 40);
  let at = 0;
  for (let i = 0; i < length; i++) {
    at += Math.floor(draw() * 18);
    push(at, EVENTS[Math.floor(draw() * EVENTS.length)] ?? "INC");
  }
  if (draw() < 0.5) {
    push(at + 5, "QUIT");
    push(at + 9, "INC");
  }
  return [...script, { at: at + 400, event: undefined }];
}

/** Things that are due at a time, in the order they were put in. */
class Agenda<T> {
  #due: { readonly at: number; readonly what: T }[] = [];

  put(at: number, what: T): void {
    this.#due.push({ at, what });
  }

  take(until: number): { readonly at: number; readonly what: T } | undefined {
    const first = this.#due.reduce<{ at: number; what: T } | undefined>(
      (best, item) => (item.at <= until && (best === undefined || item.at < best.at) ? item : best),
      undefined,
    );
    this.drop((what) => what === first?.what);
    return first;
  }

  drop(matches: (what: T) => boolean): void {
    this.#due = this.#due.filter((item) => !matches(item.what));
  }
}

async function flush(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

/** What the script does on plain XState, in memory. */
export async function reference(script: Script): Promise<string[]> {
  const agenda = new Agenda<() => void>();
  let now = 0;
  const trace: string[] = [];
  const clock = {
    setTimeout: (task: () => void, ms: number): (() => void) => {
      const once = (): void => task();
      agenda.put(now + ms, once);
      return once;
    },
    clearTimeout: (task: () => void): void => agenda.drop((other) => other === task),
  };
  const machine = makeTorture((_name, ms, work) =>
    fromPromise<unknown, WorkInput>(
      ({ input }) =>
        new Promise((resolve, reject) => void clock.setTimeout(() => settle(work, input, resolve, reject), ms)),
    ),
  );
  const listen = (of: AnyActorRef): void => {
    of.on("*", (event: unknown) => trace.push(`emit ${canonicalJson(event)}`));
  };
  const actor = createActor(machine, {
    id: "T",
    clock: clock as never,
    input: { start: 1 },
    logger: (...args: unknown[]) => trace.push(`log ${canonicalJson(args)}`),
    inspect: (event) => {
      // the engine's object emits what any of its actors emits
      if (event.type === "@xstate.actor") return listen(event.actorRef as AnyActorRef);
      if (event.type !== "@xstate.action" || event.action.type.startsWith("xstate.")) return;
      trace.push(`act ${event.action.type} ${canonicalJson(event.action.params)}`);
    },
  });
  actor.subscribe({ complete: () => trace.push(`done ${canonicalJson(actor.getSnapshot().output)}`) });
  const look = async (): Promise<void> => {
    await flush();
    trace.push(shot(now, actor.getPersistedSnapshot()));
  };
  actor.start();
  await look();
  for (const step of script) {
    for (let due = agenda.take(step.at); due !== undefined; due = agenda.take(step.at)) {
      now = Math.max(now, due.at);
      due.what();
      await look();
    }
    now = step.at;
    if (step.event === undefined) continue;
    actor.send(step.event);
    await look();
  }
  return withoutRepeats(trace);
}

function settle(
  work: Work,
  input: WorkInput,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(work(input));
  } catch (cause) {
    reject(errorData(cause));
  }
}

export interface DurableOptions {
  /** Drop the live object and restore it from its text after every turn. */
  readonly roundTrip: boolean;
  /** True: die before the commit; the turn is run again from the stored text. */
  readonly crash: () => boolean;
  /** True: a timer or a result comes a second time after its commit, a canceled timer fires all the same. */
  readonly repeat?: () => boolean;
  /** Spoils the stored text before it is read: for planted faults. */
  readonly spoil?: (text: string) => string;
}

export interface Figures {
  turns: number;
  restores: number;
  crashes: number;
  /** Deliveries that must change nothing. */
  repeats: number;
}

/** The torture machine as an object, with its work. */
export function tortureObject() {
  const work = new Map<string, { readonly ms: number; readonly work: Work }>();
  const machine = makeTorture((name, ms, task) => {
    work.set(name, { ms, work: task });
    return fromPromise<unknown, WorkInput>(async () => {
      throw new Error("the body must not run inside a turn");
    });
  });
  const nothing = (): undefined => undefined;
  const definition = defineObject({
    name: "T",
    machine,
    actors: { load: { run: nothing }, work: { run: nothing } },
    actions: {
      act: nothing,
      onT: nothing,
      ex: nothing,
      en: nothing,
      snapSeen: nothing,
      cAct: nothing,
      cExit: nothing,
      gEntry: nothing,
    },
  });
  return { engine: createEngine(definition, () => new XStateTimers()), work };
}
export type Torture = ReturnType<typeof tortureObject>;

type Due =
  | { readonly timer: string; readonly generation: number }
  | { readonly id: string; readonly task: () => unknown };

/** What the script does on the engine: a store of one object, a clock, and turns. */
export class DurableRun {
  readonly trace: string[] = [];
  /** The snapshot after each turn. */
  readonly texts: string[] = [];
  ignored = 0;
  readonly figures: Figures = { turns: 0, restores: 0, crashes: 0, repeats: 0 };
  readonly #engine: Engine;
  readonly #work: Torture["work"];
  readonly #options: DurableOptions;
  readonly #agenda = new Agenda<Due>();
  #stored: { readonly revision: number; readonly text: string; readonly isDone: boolean } | undefined;
  #live: LiveObject | undefined;
  #now = 0;

  constructor(torture: Torture, options: DurableOptions) {
    this.#engine = torture.engine;
    this.#work = torture.work;
    this.#options = options;
  }

  run(script: Script): readonly string[] {
    this.#turn(undefined);
    for (const step of script) {
      for (let due = this.#agenda.take(step.at); due !== undefined; due = this.#agenda.take(step.at)) {
        this.#now = Math.max(this.#now, due.at);
        const message = messageOf(due.what);
        this.#turn(message);
        if (this.#options.repeat?.() === true) this.#repeat(message);
      }
      this.#now = step.at;
      if (step.event !== undefined) this.#turn({ kind: "event", event: step.event as never });
    }
    return withoutRepeats(this.trace);
  }

  /** What was taken before must be ignored now. */
  #repeat(message: EngineMessage): void {
    this.figures.repeats++;
    const before = this.#stored?.revision;
    this.#turn(message);
    if (this.#stored?.revision !== before) this.trace.push(`taken twice: ${canonicalJson(message)}`);
  }

  #turn(message: EngineMessage | undefined): void {
    for (let attempt = 0; ; attempt++) {
      const turn = this.#compute(message);
      if (turn.kind === "rejected") throw turn.error;
      if (turn.kind === "ignored") {
        this.ignored++;
        if (this.#options.roundTrip) this.#live = undefined;
        return;
      }
      this.figures.turns++;
      if (attempt < 5 && this.#options.crash()) {
        this.figures.crashes++;
        this.#live = undefined;
        continue;
      }
      return this.#commit(turn);
    }
  }

  #compute(message: EngineMessage | undefined): EngineTurn {
    const context = { address: { name: "T", key: "1" }, incarnation: "i", revision: (this.#stored?.revision ?? 0) + 1 };
    if (this.#stored === undefined || message === undefined) {
      const { object, turn } = this.#engine.create({ start: 1 }, context);
      this.#live = object;
      return turn;
    }
    if (this.#live === undefined) {
      const { spoil = (text: string) => text } = this.#options;
      this.#live = this.#engine.restore(spoil(this.#stored.text), context);
      this.figures.restores++;
    }
    return this.#live.handle(message, context);
  }

  #commit(turn: Extract<EngineTurn, { kind: "settled" }>): void {
    this.texts.push(turn.snapshot);
    const wasDone = this.#stored?.isDone ?? false;
    const isDone = turn.view.status === "done";
    this.#stored = { revision: (this.#stored?.revision ?? 0) + 1, text: turn.snapshot, isDone };
    if (this.#options.roundTrip) this.#live = undefined;
    for (const effect of JSON.parse(JSON.stringify(turn.effects)) as Effect[]) this.#carryOut(effect);
    if (isDone && !wasDone) this.trace.push(`done ${canonicalJson(turn.view.output)}`);
    const envelope = JSON.parse(turn.snapshot) as { snapshot: unknown };
    this.trace.push(shot(this.#now, envelope.snapshot));
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "action":
        this.trace.push(`act ${effect.action} ${canonicalJson(effect.params)}`);
        return;
      case "log":
        this.trace.push(`log ${canonicalJson(effect.args)}`);
        return;
      case "emit":
        this.trace.push(`emit ${canonicalJson(effect.event)}`);
        return;
      case "timer.set":
        this.#agenda.put(this.#now + effect.delayMs, { timer: effect.timer, generation: effect.generation });
        return;
      case "timer.clear":
        if (this.#options.repeat?.() === true) return; // it fires all the same, and must be ignored
        this.#agenda.drop((due) => "timer" in due && due.timer === effect.timer);
        return;
      case "invoke": {
        const { ms, work } = this.#work.get(effect.actor) ?? { ms: 0, work: () => undefined };
        this.#agenda.put(this.#now + ms, { id: effect.id, task: () => work(effect.input as WorkInput) });
        return;
      }
      case "abort":
        return; // a result may still arrive: it is fenced by the invocation's id
      case "send":
      case "ask":
      case "create":
      case "kill":
      case "result":
        throw new Error("the torture machine knows no other object");
      default:
        assertNever(effect);
    }
  }
}

function messageOf(due: Due): EngineMessage {
  if ("timer" in due) return { kind: "timer", ...due };
  try {
    return { kind: "result", invocationId: due.id, ok: true, value: due.task() };
  } catch (cause) {
    return { kind: "result", invocationId: due.id, ok: false, value: errorData(cause) };
  }
}

const shot = (now: number, snapshot: unknown): string =>
  `@${now} ${canonicalJson(plain(JSON.parse(JSON.stringify(snapshot))))}`;

/** Both ways to write a reference to an actor become its id; the flag that plain XState writes when false goes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  const { $ref: path, id, syncSnapshot } = value;
  if (typeof path === "string") return { actor: path === "" ? "T" : path.split("/").at(-1) };
  if (Object.hasOwn(value, "xstate$$type")) return { actor: id };
  const kept = Object.entries(value).filter(([key]) => key !== "syncSnapshot" || syncSnapshot === true);
  return Object.fromEntries(kept.map(([key, item]) => [key, plain(item)]));
}

/** The reference looks after every task of its clock, even one that changed nothing. */
export function withoutRepeats(trace: readonly string[]): string[] {
  let last = "";
  return trace.filter((line) => {
    if (!line.startsWith("@")) return true;
    const body = line.slice(line.indexOf(" "));
    const isRepeat = body === last;
    last = body;
    return !isRepeat;
  });
}
