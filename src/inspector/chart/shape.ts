/** The part of XState's state nodes that a chart is read from. All of it is public; the types are cut to what is used. */
import type { ObjectDefinition } from "../../core/define.ts";

/** Any machine. */
export type Machine = ObjectDefinition["machine"];

export interface TransitionShape {
  readonly eventType: string;
  readonly target?: readonly NodeShape[];
  readonly source: NodeShape;
  readonly reenter: boolean;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
}

export interface NodeShape {
  readonly id: string;
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "history";
  readonly states: Readonly<Record<string, NodeShape>>;
  readonly tags: readonly string[];
  readonly meta?: { readonly undoes?: unknown };
  readonly description?: string;
  readonly always?: readonly TransitionShape[];
  readonly invoke: readonly { readonly id: string; readonly src: unknown }[];
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly initial?: { readonly target?: readonly NodeShape[] };
  readonly transitions: ReadonlyMap<string, readonly TransitionShape[]>;
  readonly history?: "shallow" | "deep";
}

export const rootOf = (machine: Machine): NodeShape => machine.root as unknown as NodeShape;
export const delaysOf = (machine: Machine): Readonly<Record<string, unknown>> =>
  machine.implementations.delays as Readonly<Record<string, unknown>>;
