/**
 * A machine as a chart: states, and transitions by number. Plain data, in the order of the definition, the same for the
 * same machine in every process: pages, pictures and journal rows name states by id and transitions by index.
 */
import { createHash } from "node:crypto";
import { actionName, actorName, type ChartTrigger, guardName, triggerOf } from "./names.ts";
import { delaysOf, type Machine, type NodeShape, rootOf, type TransitionShape } from "./shape.ts";

export type StateKind = NodeShape["type"];

export interface ChartState {
  readonly id: string;
  readonly key: string;
  readonly parent: string | undefined;
  readonly kind: StateKind;
  readonly history: "shallow" | "deep" | undefined;
  /** Id of the state that is entered first. */
  readonly initial: string | undefined;
  /** Its own, without those of its ancestors. */
  readonly tags: readonly string[];
  /** It, or an ancestor, is tagged `compensation`. */
  readonly isCompensation: boolean;
  /** The step that it undoes. */
  readonly undoes: string | undefined;
  readonly description: string | undefined;
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

export interface ChartTransition {
  readonly index: number;
  readonly source: string;
  /** Ids; none for a transition that changes no state. */
  readonly targets: readonly string[];
  readonly trigger: ChartTrigger;
  readonly guard: string | undefined;
  readonly actions: readonly string[];
  readonly isReentering: boolean;
  /** From 1, where the same event has several branches: they are tried in this order. */
  readonly priority: number | undefined;
}

export interface ChartModel {
  readonly id: string;
  /** Parents before children; the first is the machine itself. */
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
}

export function chartOf(machine: Machine): ChartModel {
  const root = rootOf(machine);
  const states = statesOf(root, undefined);
  const invokes = new Map(states.map((state) => [state.id, state.invokes]));
  const delays = delaysOf(machine);
  const found = nodesOf(root).flatMap((node) =>
    transitionsOf(node, (one) => triggerOf(one, invokes.get(node.id) ?? [], delays)),
  );
  return { id: machine.id, states, transitions: found.map((transition, index) => ({ index, ...transition })) };
}

/** Changes when the chart does: a name, a target, an order. Not by what functions contain. */
export const machineHash = (machine: Machine): string => chartHash(chartOf(machine));

export function chartHash(model: ChartModel): string {
  return createHash("sha256").update(JSON.stringify(model)).digest("hex").slice(0, HASH_LENGTH);
}
const HASH_LENGTH = 16;

function nodesOf(node: NodeShape): readonly NodeShape[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

function statesOf(node: NodeShape, parent: ChartState | undefined): readonly ChartState[] {
  const undoes = node.meta?.undoes;
  const state: ChartState = {
    id: node.id,
    key: node.key,
    parent: parent?.id,
    kind: node.type,
    history: node.type === "history" ? (node.history ?? "shallow") : undefined,
    initial: node.type === "compound" ? node.initial?.target?.[0]?.id : undefined,
    tags: node.tags,
    isCompensation: node.tags.includes("compensation") || parent?.isCompensation === true,
    undoes: typeof undoes === "string" ? undoes : undefined,
    description: node.description,
    invokes: node.invoke.map(({ id, src }) => ({ id, src: actorName(src) })),
    entry: namesOf(node.entry),
    exit: namesOf(node.exit),
  };
  return [state, ...Object.values(node.states).flatMap((child) => statesOf(child, state))];
}

const namesOf = (actions: readonly unknown[]): readonly string[] =>
  actions.map(actionName).filter((name) => name !== undefined);

function transitionsOf(
  node: NodeShape,
  trigger: (transition: TransitionShape) => ChartTrigger,
): readonly Omit<ChartTransition, "index">[] {
  const branches = [...node.transitions.values(), node.always ?? []];
  return branches.flatMap((transitions) =>
    transitions.map((transition, i) => ({
      source: node.id,
      targets: (transition.target ?? []).map(({ id }) => id),
      trigger: trigger(transition),
      guard: transition.guard === undefined ? undefined : guardName(transition.guard),
      actions: namesOf(transition.actions),
      isReentering: transition.reenter,
      priority: transitions.length > 1 ? i + 1 : undefined,
    })),
  );
}
