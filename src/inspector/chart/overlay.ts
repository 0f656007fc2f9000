/** What is live on a chart: counts of all objects, or the one object's path. The geometry stays as it is. */
import { groupBy } from "./group.ts";

/** Of the objects in a state, and in all states inside it. */
export interface StateCount {
  readonly total: number;
  /** Of these. */
  readonly retrying?: number;
  readonly parked?: number;
}

/** One arrow taken; several may belong to one turn. */
export interface PathStep {
  readonly turn: number;
  /** Index in the model. */
  readonly transition: number;
}

/** One object. */
export interface ObjectOverlay {
  /** Ids of the states it is in, their ancestors included. */
  readonly active: readonly string[];
  readonly visited: readonly string[];
  readonly path: readonly PathStep[];
  /** Indexes of transitions that can happen next. */
  readonly next: readonly number[];
}

/** A few words at a state's lower border. */
export interface StateNote {
  readonly text: string;
  readonly title: string;
  readonly look: "plain" | "timer" | "error";
}

export interface ChartOverlay {
  /** By state id. */
  readonly counts?: Readonly<Record<string, StateCount>>;
  /** By transition index: how often it was taken lately. */
  readonly flow?: Readonly<Record<number, number>>;
  /** By state id: what went wrong there last, in a few words. */
  readonly errors?: Readonly<Record<string, string>>;
  /** By state id; a state with an error shows that. */
  readonly notes?: Readonly<Record<string, StateNote>>;
  readonly object?: ObjectOverlay;
}

export interface ArrowMark {
  readonly text: string;
  readonly title: string;
}

/** An overlay, made ready to be asked about states, arrows and rows. */
export class Live {
  readonly overlay: ChartOverlay;
  readonly isObject: boolean;
  readonly #active: ReadonlySet<string>;
  readonly #visited: ReadonlySet<string>;
  readonly #next: ReadonlySet<number>;
  readonly #turns: ReadonlyMap<number, readonly PathStep[]>;

  constructor(overlay: ChartOverlay = {}) {
    const { active = [], visited = [], path = [], next = [] } = overlay.object ?? {};
    this.overlay = overlay;
    this.isObject = overlay.object !== undefined;
    this.#active = new Set(active);
    this.#visited = new Set(visited);
    this.#next = new Set(next);
    this.#turns = groupBy(path, ({ transition }) => transition);
  }

  isActive(state: string): boolean {
    return this.#active.has(state);
  }

  isVisited(state: string): boolean {
    return this.#visited.has(state);
  }

  isNext(transitions: readonly number[]): boolean {
    return transitions.some((index) => this.#next.has(index));
  }

  /** The turns that took one of the transitions, in order: `2·5`, `2·5…41`. */
  turnsOf(transitions: readonly number[]): string | undefined {
    const steps = transitions.flatMap((index) => this.#turns.get(index) ?? []);
    const turns = [...new Set(steps.map(({ turn }) => turn))].toSorted((a, b) => a - b);
    if (turns.length <= MAX_TURNS) return turns.length === 0 ? undefined : turns.join("·");
    return `${turns.slice(0, 2).join("·")}…${turns.at(-1)}`;
  }

  /** What stands on an arrow or a row: the turns of the one object, or how often all took it. */
  markOf(transitions: readonly number[]): ArrowMark | undefined {
    const turns = this.turnsOf(transitions);
    if (turns !== undefined) return { text: turns, title: `turn ${turns}` };
    const flow = this.flowOf(transitions);
    return flow === 0 ? undefined : { text: `×${countText(flow)}`, title: `taken ${flow} times` };
  }

  flowOf(transitions: readonly number[]): number {
    return transitions.reduce((sum, index) => sum + (this.overlay.flow?.[index] ?? 0), 0);
  }
}
const MAX_TURNS = 3;

/** `312`, `1.9k`, `48k`, `2.1M`: never wider than the place kept free for it. */
export function countText(count: number): string {
  if (count < 1_000) return String(count);
  for (const [unit, size] of UNITS) {
    if (count < size) continue;
    const value = count / size;
    return value < 9.95 ? `${value.toFixed(1).replace(".0", "")}${unit}` : `${Math.round(value)}${unit}`;
  }
  return String(count);
}
const UNITS = [
  ["G", 999_500_000],
  ["M", 999_500],
  ["k", 1_000],
] as const;
