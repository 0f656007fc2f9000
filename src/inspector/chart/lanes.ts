/**
 * A saga whose steps and compensations are siblings, without a compensation state around them. It is drawn as a ladder:
 * the forward lane left (or above), the compensation lane right (or below) and against it, each compensation beside the
 * step that leads to it. This file says who is beside whom; `ladder.ts` draws it.
 */
import type { ViewNode } from "./view.ts";

/** Positions in the children of a state. */
export interface Lanes {
  /** A forward step and what stands beside it. */
  readonly rungs: readonly Rung[];
  /** All children from the beginning to the end; a rung once, by its step. */
  readonly order: readonly number[];
  readonly backward: ReadonlySet<number>;
}

export interface Rung {
  readonly step: number;
  readonly undo: number;
}

export function lanesOf(node: ViewNode): Lanes | undefined {
  const graph = new Siblings(node);
  const undoing = graph.all.filter((i) => node.children[i]?.face.role === "compensation");
  if (node.face.role === "compensation" || undoing.length < 2) return undefined;
  const isUndoing = (i: number): boolean => undoing.includes(i);
  const ends = graph.all.filter((i) => !isUndoing(i) && graph.into(i).some(isUndoing));
  const forward = graph.all.filter((i) => !isUndoing(i) && !ends.includes(i));
  const backward = [...ends, ...againstTheFlow(undoing, graph)];
  const rungs = beside(forward, backward, (step, undo) => {
    if (!graph.from(step).includes(undo) || graph.from(undo).includes(step)) return 0;
    return graph.isLooping(step) || graph.isLooping(undo) ? 0 : isUndoing(undo) ? 2 : 1;
  });
  if (rungs.length < 2) return undefined;
  return { rungs, order: orderOf(forward, backward, rungs), backward: new Set(backward) };
}

/** Who leads to whom, by position. */
class Siblings {
  readonly all: readonly number[];
  readonly #arrows: readonly { readonly source: number; readonly target: number }[];

  constructor({ children, edges }: ViewNode) {
    const at = new Map(children.map(({ face }, i) => [face.id, i]));
    this.all = children.map((_, i) => i);
    this.#arrows = edges.map(({ source, target }) => ({ source: at.get(source) ?? -1, target: at.get(target) ?? -1 }));
  }

  from(i: number): readonly number[] {
    return this.#arrows.filter(({ source }) => source === i).map(({ target }) => target);
  }

  into(i: number): readonly number[] {
    return this.#arrows.filter(({ target }) => target === i).map(({ source }) => source);
  }

  isLooping(i: number): boolean {
    return this.from(i).includes(i);
  }
}

/** What is undone last comes first. */
function againstTheFlow(undoing: readonly number[], graph: Siblings): readonly number[] {
  const seen = new Set<number>();
  const visit = (i: number): readonly number[] => {
    if (seen.has(i) || !undoing.includes(i)) return [];
    seen.add(i);
    return [...graph.from(i).flatMap(visit), i];
  };
  return undoing.flatMap(visit);
}

/** The heaviest pairs that do not cross: a longest common subsequence, with weights. */
function beside(
  forward: readonly number[],
  backward: readonly number[],
  weigh: (step: number, undo: number) => number,
): readonly Rung[] {
  interface Found {
    readonly weight: number;
    readonly rungs: readonly Rung[];
  }
  const nothing: Found = { weight: 0, rungs: [] };
  let row: readonly Found[] = [nothing, ...backward.map(() => nothing)];
  for (const step of forward) {
    const next: Found[] = [nothing];
    backward.forEach((undo, j) => {
      const weight = weigh(step, undo);
      const { weight: before, rungs } = row[j] ?? nothing;
      const paired = { weight: weight === 0 ? -1 : before + weight, rungs: [...rungs, { step, undo }] };
      const candidates = [row[j + 1] ?? nothing, next[j] ?? nothing, paired];
      next.push(candidates.reduce((best, one) => (one.weight > best.weight ? one : best)));
    });
    row = next;
  }
  return row.at(-1)?.rungs ?? [];
}

function orderOf(forward: readonly number[], backward: readonly number[], rungs: readonly Rung[]): readonly number[] {
  const order: number[] = [];
  let [i, j] = [0, 0];
  for (const { step, undo } of rungs) {
    const [steps, undos] = [forward.indexOf(step), backward.indexOf(undo)];
    order.push(...forward.slice(i, steps), ...backward.slice(j, undos), step);
    [i, j] = [steps + 1, undos + 1];
  }
  return [...order, ...forward.slice(i), ...backward.slice(j)];
}
