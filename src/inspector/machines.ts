/** The machines that are served, by name, and what a state value means on their charts. */
import { StatorError } from "../core/errors.ts";
import type { ChartModel, ChartState, ChartTransition } from "./chart/index.ts";
import type { MachineDescription } from "./describe.ts";

/** Where the descriptions come from; they may change while it runs. */
export type MachineSource = () => readonly MachineDescription[];

export class Machines {
  readonly #source: MachineSource;
  readonly #known = new WeakMap<MachineDescription, Machine>();

  constructor(source: MachineSource) {
    this.#source = source;
  }

  all(): readonly Machine[] {
    return this.#source().map((description) => this.#machine(description));
  }

  find(name: string): Machine | undefined {
    const description = this.#source().find((one) => one.name === name);
    return description && this.#machine(description);
  }

  get(name: string): Machine {
    const machine = this.find(name);
    if (machine !== undefined) return machine;
    const names = this.#source().map((one) => one.name);
    throw new StatorError("UNKNOWN_OBJECT", `no machine '${name}' is served here; there are: ${names.join(", ")}`);
  }

  #machine(description: MachineDescription): Machine {
    const known = this.#known.get(description) ?? new Machine(description);
    this.#known.set(description, known);
    return known;
  }
}

export class Machine {
  readonly about: MachineDescription;
  readonly #states: ReadonlyMap<string, ChartState>;
  readonly #children = new Map<string, Map<string, ChartState>>();

  constructor(about: MachineDescription) {
    this.about = about;
    this.#states = new Map(about.model.states.map((state) => [state.id, state]));
    for (const state of about.model.states) {
      if (state.parent === undefined) continue;
      const siblings = this.#children.get(state.parent) ?? new Map<string, ChartState>();
      this.#children.set(state.parent, siblings.set(state.key, state));
    }
  }

  get model(): ChartModel {
    return this.about.model;
  }

  get root(): ChartState {
    const [root] = this.model.states;
    if (root === undefined) throw new RangeError("a chart has at least one state");
    return root;
  }

  state(id: string): ChartState | undefined {
    return this.#states.get(id);
  }

  transition(index: number): ChartTransition | undefined {
    return this.model.transitions[index];
  }

  /** Ids of the states that a value is in, the machine itself first; undefined where this chart lacks one of them. */
  activeIn(value: unknown): readonly string[] | undefined {
    const ids = [this.root.id];
    return this.#enter(this.root.id, value, ids) ? ids : undefined;
  }

  #enter(parent: string, value: unknown, ids: string[]): boolean {
    const parts = typeof value === "string" ? [[value, undefined] as const] : Object.entries(recordOf(value));
    return parts.every(([key, inner]) => {
      const state = this.#children.get(parent)?.get(key);
      if (state === undefined) return false;
      ids.push(state.id);
      return inner === undefined || this.#enter(state.id, inner, ids);
    });
  }

  /** A promise actor that gets or gives secrets, and so its undoing, may quote them where it fails. */
  hidesErrorsOf(actor: string): boolean {
    const [step = ""] = actor.replace(/^(undo|confirm|retry)(:| of )/, "").split(/[[/]/);
    const { actorInput, actorOutput } = this.about.sensitive;
    const names = [actor, step, `undo:${step}`];
    return names.some((name) => [actorInput[name], actorOutput[name]].some((paths) => (paths ?? []).length > 0));
  }

  /** The state and the states around it, the machine last; empty for a state that the chart does not have. */
  lineOf(id: string): readonly string[] {
    const state = this.#states.get(id);
    if (state === undefined) return [];
    return state.parent === undefined ? [id] : [id, ...this.lineOf(state.parent)];
  }

  /** Keys from the root down to a state that is named by its id or by a dotted path; empty for the machine itself. */
  pathOf(state: string): readonly string[] {
    const known = this.#states.get(state);
    if (known === undefined) return state.split(".");
    return known.parent === undefined ? [] : [...this.pathOf(known.parent), known.key];
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** For people: `booking › hotel`, regions beside each other: `payment › running ‖ tickets › done`. */
export function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  const regions = Object.entries(recordOf(value)).map(([key, inner]) => {
    const text = stateText(inner);
    return text === "" ? key : text.includes(" ‖ ") ? `${key} › (${text})` : `${key} › ${text}`;
  });
  return regions.join(" ‖ ");
}
