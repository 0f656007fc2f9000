/**
 * The ends that an operator makes: a kill, and the purge of what has ended. They need no machine, so they also work where the stored state does not fit any more:
 * the envelope tells which timers and invocations there are to clear, and which objects live only by an invocation of it.
 * Of a killed object what stood in the snapshot stays there, to be read; of a purged one nothing does.
 */
import { formatAddress } from "../core/address.ts";
import type { Effect } from "../core/effect.ts";
import { type ErrorData, StatorError } from "../core/errors.ts";
import { type Creator, NOTHING_LEFT, type ObjectStatus, type StateView } from "../core/message.ts";
import type { KillOrder, PurgeOrder, Signature } from "../core/order.ts";
import { NO_STEPS } from "../core/trail.ts";
import type { EngineMessage, EngineTurn, LiveObject, TurnContext } from "./engine.ts";
import type { Envelope } from "./envelope.ts";
import { toldBy } from "./sagas.ts";
import { Recorder } from "./turn.ts";

/** The envelopes of killed and of purged objects begin so: their view needs no machine either. */
const MARK = /^\{"(killed|purged)":/;

type EndedEnvelope = Readonly<Record<"killed" | "purged", { readonly view: StateView } | undefined>>;

/** Who purged the object, and why; undefined of an object that nobody did. */
export function purgedBy(snapshot: string): Signature | undefined {
  return MARK.test(snapshot) ? (JSON.parse(snapshot) as EndedEnvelope).purged?.view.purged : undefined;
}

/** Hands everything on to the machine until it is killed or purged. */
export class Mortal implements LiveObject {
  #inner: LiveObject;

  constructor(inner: LiveObject) {
    this.#inner = inner;
  }

  static restore(text: string, restore: () => LiveObject): Mortal {
    return new Mortal(MARK.test(text) ? new Ended(text) : restore());
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
    if (message.kind === "order" && message.verb === "purge") return this.#purge(message, context);
    const isKill = message.kind === "order" && message.verb === "kill";
    if (!isKill || this.view.status !== "active") return this.#inner.handle(message, context);
    const { creator } = toldBy(this.snapshot);
    const isMeant = message.invocationId === undefined || message.invocationId === creator?.invocationId;
    if (!isMeant) return { kind: "ignored", reason: "not-its-own" };
    const effects = effectsOf(this.#inner, message, context, creator);
    return this.#end(killedText(this.#inner, message), effects);
  }

  /** Refused while it is active. What it had sent is in the outbox already. */
  #purge(order: PurgeOrder, context: TurnContext): EngineTurn {
    const { view, snapshot } = this.#inner;
    if (view.status === "active") return unchanged(this.#inner, false);
    const turn = new Recorder(context);
    clear(turn, snapshot);
    return this.#end(purgedText(order), turn.effects());
  }

  #end(text: string, effects: readonly Effect[]): EngineTurn {
    const ended = new Ended(text);
    this.#inner = ended;
    return { kind: "settled", handled: true, effects, steps: NO_STEPS, view: ended.view, snapshot: ended.snapshot };
  }
}

const unchanged = ({ view, snapshot }: LiveObject, handled: boolean): EngineTurn => ({
  kind: "settled",
  handled,
  effects: [],
  steps: NO_STEPS,
  view,
  snapshot,
});

/** What is left: it answers, and takes nothing any more. */
class Ended implements LiveObject {
  readonly snapshot: string;
  readonly view: StateView;

  constructor(snapshot: string) {
    this.snapshot = snapshot;
    const { killed, purged } = JSON.parse(snapshot) as EndedEnvelope;
    this.view = (purged ?? killed)?.view ?? NOTHING_LEFT;
  }

  accepts(): readonly string[] {
    return [];
  }

  handle(message: EngineMessage): EngineTurn {
    switch (message.kind) {
      case "timer":
        return { kind: "ignored", reason: "late-timer" };
      case "result":
        return { kind: "ignored", reason: "late-result" };
      case "skip": // of what it had sent before
        return unchanged(this, true);
      default:
        return { kind: "ignored", reason: "object-done" };
    }
  }
}

/** A stored object that its machine cannot run. */
export class Unrestorable implements LiveObject {
  readonly snapshot: string;
  readonly view: StateView;

  constructor(snapshot: string, status: ObjectStatus) {
    this.snapshot = snapshot;
    this.view = { status, value: toldBy(snapshot).value, tags: [], context: null, output: undefined };
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
  clear(turn, snapshot);
  if (creator !== undefined) turn.result(creator.address, creator.invocationId, false, errorOf(context, order));
  for (const { address, invocationId } of toldBy(snapshot).invoked) turn.kill(address, invocationId, order);
  return turn.effects();
}

function clear(turn: Recorder, snapshot: string): void {
  const { timers = [], invocations = {} } = parsed(snapshot);
  for (const { timer, generation } of timers) turn.clearTimer(timer, generation);
  for (const { id } of Object.values(invocations)) turn.abort(id);
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

function purgedText({ by, reason }: PurgeOrder): string {
  const purged: Signature = { by, reason };
  return JSON.stringify({ purged: { view: { ...NOTHING_LEFT, purged } satisfies StateView } });
}
