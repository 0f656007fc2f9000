/**
 * How a turn came about: which transitions were taken, which guards were asked, what it asked the world for. Kept in the
 * journal beside the state it led to, for whoever looks later: nothing of it is read back to go on.
 *
 * Short keys and no empty parts: it is written with every turn.
 */
import { formatAddress } from "./address.ts";
import type { Effect } from "./effect.ts";

/** What the machine did. Numbers are those of the machine's chart: transitions in the order of the definition. */
export interface Steps {
  /** In the order taken; a child actor's as `<path>#<number>`, by the child's own machine. */
  readonly taken: readonly (number | string)[];
  /** Named guards in the order of evaluation, and what they said. */
  readonly guards: readonly (readonly [name: string, passed: boolean])[];
}

export const NO_STEPS: Steps = { taken: [], guards: [] };

export interface Trail extends Steps {
  /** Version of the machine that made the turn. */
  readonly machine: string;
  /** The first characters of the host's id. */
  readonly host: string;
  /** W3C trace context of the message, where it had one. */
  readonly traceparent: string | undefined;
  /** Outgoing messages, emitted events and actions: kind and target. */
  readonly sends: readonly (readonly [kind: string, target: string])[];
  readonly timersSet: readonly (readonly [timer: string, delayMs: number])[];
  readonly timersCleared: readonly string[];
  /** Invocation id and actor. */
  readonly invoked: readonly (readonly [id: string, actor: string])[];
  /** Invocations that the machine left before they ended. */
  readonly aborted: readonly string[];
}

interface Stored {
  readonly m: string;
  readonly h: string;
  readonly p?: string;
  readonly t?: Trail["taken"];
  readonly g?: readonly (readonly [string, 0 | 1])[];
  readonly x?: Trail["sends"];
  readonly s?: Trail["timersSet"];
  readonly c?: readonly string[];
  readonly i?: Trail["invoked"];
  readonly a?: readonly string[];
}

const HOST_CHARACTERS = 8;

/** Where and as what turns are made: the same for all turns of a chain. */
export interface Maker {
  readonly machine: string;
  readonly hostId: string;
}

export function trailText(
  { machine, hostId }: Maker,
  { taken, guards }: Steps,
  effects: readonly Effect[],
  traceparent: string | undefined,
): string {
  const stored: { -readonly [K in keyof Stored]: Stored[K] } = { m: machine, h: hostId.slice(0, HOST_CHARACTERS) };
  if (traceparent !== undefined) stored.p = traceparent;
  if (taken.length > 0) stored.t = taken;
  if (guards.length > 0) stored.g = guards.map(([name, passed]) => [name, passed ? 1 : 0]);
  if (effects.length > 0) Object.assign(stored, asked(effects));
  return JSON.stringify(stored);
}

function asked(effects: readonly Effect[]): Partial<Stored> {
  const sends: (readonly [string, string])[] = [];
  const set: (readonly [string, number])[] = [];
  const cleared: string[] = [];
  const invoked: (readonly [string, string])[] = [];
  const aborted: string[] = [];
  for (const effect of effects) {
    if (effect.kind === "timer.set") set.push([effect.timer, effect.delayMs]);
    else if (effect.kind === "timer.clear") cleared.push(effect.timer);
    else if (effect.kind === "invoke") invoked.push([effect.id, effect.actor]);
    else if (effect.kind === "abort") aborted.push(effect.id);
    else if (effect.kind === "action") sends.push([effect.kind, effect.action]);
    else if (effect.kind === "emit") sends.push([effect.kind, effect.event.type]);
    else if (effect.kind !== "log") sends.push([effect.kind, formatAddress(effect.to)]);
  }
  return {
    ...(sends.length > 0 && { x: sends }),
    ...(set.length > 0 && { s: set }),
    ...(cleared.length > 0 && { c: cleared }),
    ...(invoked.length > 0 && { i: invoked }),
    ...(aborted.length > 0 && { a: aborted }),
  };
}

/** Undefined for a turn of a version that kept none. */
export function trailOf(text: string): Trail | undefined {
  if (text === "") return undefined;
  const { m, h, p, t = [], g = [], x = [], s = [], c = [], i = [], a = [] } = JSON.parse(text) as Stored;
  const guards = g.map(([name, passed]) => [name, passed === 1] as const);
  return {
    machine: m,
    host: h,
    traceparent: p,
    taken: t,
    guards,
    sends: x,
    timersSet: s,
    timersCleared: c,
    invoked: i,
    aborted: a,
  };
}
