/**
 * The end that an operator makes. It needs no machine, so it also works where the stored state does not fit any more:
 * the envelope tells which timers and invocations there are to clear, and which objects live only by an invocation of it.
 * What stood in the snapshot stays there, to be read.
 */
import { formatAddress } from "../core/address.ts";
import { type ErrorData, StatorError } from "../core/errors.ts";
import type { Creator, StateView } from "../core/message.ts";
import type { KillOrder, Signature } from "../core/order.ts";
import { NO_STEPS } from "../core/trail.ts";
import type { EngineMessage, EngineTurn, LiveObject, TurnContext } from "./engine.ts";
import type { Envelope } from "./envelope.ts";
import { toldBy } from "./sagas.ts";
import { Recorder } from "./turn.ts";

/** The envelope of a killed object begins with this: its view needs no machine either. */
const MARK = '{"killed":';

interface KilledEnvelope extends Partial<Envelope> {
  readonly killed: { readonly view: StateView };
}

/** Hands everything on to the machine until it is killed. */
export class Mortal implements LiveObject {
  #inner: LiveObject;

  constructor(inner: LiveObject) {
    this.#inner = inner;
  }

  static restore(text: string, restore: () => LiveObject): Mortal {
    return new Mortal(text.startsWith(MARK) ? new Killed(text) : restore());
  }

  get view(): StateView {
    return this.#inner.view;
  }

  get snapshot(): string {
    return this.#inner.snapshot;
  }

  accepts(): readonly string[] {
    return this.#inner.accepts();
  }

  handle(message: EngineMessage, context: TurnContext): EngineTurn {
    const isKill = message.kind === "order" && message.verb === "kill";
    if (!isKill || this.view.status !== "active") return this.#inner.handle(message, context);
    const { creator } = toldBy(this.snapshot);
    const isMeant = message.invocationId === undefined || message.invocationId === creator?.invocationId;
    if (!isMeant) return { kind: "ignored", reason: "not-its-own" };
    const effects = effectsOf(this.#inner, message, context, creator);
    const killed = new Killed(killedText(this.#inner, message));
    this.#inner = killed;
    return { kind: "settled", handled: true, effects, steps: NO_STEPS, view: killed.view, snapshot: killed.snapshot };
  }
}

/** What is left: it answers, and takes nothing any more. */
class Killed implements LiveObject {
  readonly snapshot: string;
  readonly view: StateView;

  constructor(snapshot: string) {
    this.snapshot = snapshot;
    this.view = (JSON.parse(snapshot) as KilledEnvelope).killed.view;
  }

  accepts(): readonly string[] {
    return [];
  }

  handle(message: EngineMessage): EngineTurn {
    const { view, snapshot } = this;
    switch (message.kind) {
      case "timer":
        return { kind: "ignored", reason: "late-timer" };
      case "result":
        return { kind: "ignored", reason: "late-result" };
      case "skip": // of what it had sent before
        return { kind: "settled", handled: true, effects: [], steps: NO_STEPS, view, snapshot };
      default:
        return { kind: "ignored", reason: "object-done" };
    }
  }
}

/** A stored object that its machine cannot run. */
export class Unrestorable implements LiveObject {
  readonly snapshot: string;
  readonly view: StateView;

  constructor(snapshot: string) {
    this.snapshot = snapshot;
    this.view = { status: "active", value: toldBy(snapshot).value, tags: [], context: null, output: undefined };
  }

  accepts(): readonly string[] {
    return [];
  }

  handle(): EngineTurn {
    return { kind: "rejected", error: new StatorError("OBJECT_PAUSED", "the stored state cannot be restored") };
  }
}

function effectsOf(
  { snapshot }: LiveObject,
  order: KillOrder,
  context: TurnContext,
  creator: Creator | undefined,
): ReturnType<Recorder["effects"]> {
  const turn = new Recorder(context);
  const { timers = [], invocations = {} } = parsed(snapshot);
  for (const { timer, generation } of timers) turn.clearTimer(timer, generation);
  for (const { id } of Object.values(invocations)) turn.abort(id);
  if (creator !== undefined) turn.result(creator.address, creator.invocationId, false, errorOf(context, order));
  for (const { address, invocationId } of toldBy(snapshot).invoked) turn.kill(address, invocationId, order);
  return turn.effects();
}

/** One that is no JSON names neither timers nor invocations: what there is of them is refused as late. */
function parsed(snapshot: string): Partial<Envelope> {
  try {
    return JSON.parse(snapshot) as Partial<Envelope>;
  } catch {
    return {};
  }
}

function errorOf({ address }: TurnContext, { by, reason }: KillOrder): ErrorData {
  return { name: "KilledError", message: `${formatAddress(address)} was killed by ${by}: ${reason}`, code: "KILLED" };
}

function killedText({ view, snapshot }: LiveObject, { by, reason }: KillOrder): string {
  const killed: Signature = { by, reason };
  const { v, machine, snapshot: stood } = parsed(snapshot);
  const shown: StateView = { ...view, status: "stopped", output: null, killed };
  return JSON.stringify({ killed: { view: shown }, v, machine, snapshot: stood });
}
