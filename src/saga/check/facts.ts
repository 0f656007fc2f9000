/** What can be read off a machine without running it: who undoes what, what runs together, what a state declares. */
import type { AnyStateMachine } from "xstate";
import { askedBy, internalsOf, isMachine, type NodeInternals, type Snapshot } from "./internals.ts";

/** The actor `undo:x` compensates the actor `x`. */
export const UNDO = "undo:";
export const isUndo = (id: string): boolean => id.startsWith(UNDO);

/** Events that mean something only while something is parked. */
const OPERATOR: ReadonlySet<string> = new Set(["RETRY", "SKIP", "GIVE_UP"]);
const TURNED: readonly string[] = ["compensation", "pivot", "afterPivot", "parked"];

export class Facts {
  /** Whether the machine claims to be a saga at all; the rules of sagas bind no other. */
  readonly isSaga: boolean;
  readonly hasFinal: boolean;
  readonly nodes: readonly NodeInternals[];
  readonly #actors: Readonly<Record<string, unknown>>;
  readonly #root: NodeInternals;
  readonly #invokers = new Map<string, NodeInternals>();
  /** Event types that are answers of other objects; they come only while a step waits for them. */
  readonly answers: ReadonlySet<string>;
  readonly #identify: ((step: string, input: unknown) => string | undefined) | undefined;

  constructor(machine: AnyStateMachine, identify?: (step: string, input: unknown) => string | undefined) {
    const internals = internalsOf(machine);
    this.#actors = internals.implementations.actors;
    this.#root = internals.root;
    this.#identify = identify;
    this.nodes = [...internals.idMap.values()];
    for (const node of this.nodes) {
      const id = askedBy(node);
      for (const each of [...node.invoke.map((invoke) => invoke.id), ...(id === undefined ? [] : [id])]) {
        this.#invokers.set(each, node);
      }
    }
    const types = this.nodes.flatMap(({ meta }) => [meta?.saga?.done, meta?.saga?.failed]);
    this.answers = new Set(types.filter((type) => type !== undefined));
    this.hasFinal = this.nodes.some((node) => node.type === "final" && node.parent === this.#root);
    this.isSaga = this.nodes.some(
      (node) =>
        node.meta?.undoes !== undefined ||
        node.meta?.saga !== undefined ||
        node.tags.some((tag) => tag === "forward" || tag === "compensation" || tag === "compensated"),
    );
  }

  hasUndo(step: string): boolean {
    return `${UNDO}${step}` in this.#actors || this.#invokers.has(`${UNDO}${step}`);
  }

  /** Compensations that the machine has an actor or a state for. */
  get undos(): readonly string[] {
    return [...new Set([...Object.keys(this.#actors), ...this.#invokers.keys()])].filter(isUndo);
  }

  invokerOf(id: string): NodeInternals | undefined {
    return this.#invokers.get(id);
  }

  /** An error of this step is proof that nothing happened. */
  failsClean(snapshot: Snapshot, step: string): boolean {
    return snapshot._nodes.some((node) => node.meta?.saga?.step === step && node.meta.saga.cleanFailure === true);
  }

  /** Nothing undoes the step, and nobody said that nothing has to. */
  lacksCompensation(snapshot: Snapshot, step: string): boolean {
    if (!this.isSaga || this.hasUndo(step)) return false;
    const logic = this.#actors[step];
    if (isMachine(logic) && "abandoned" in logic.root.states) return false; // a pivot of its own
    const runs = (node: NodeInternals): boolean => askedBy(node) === step || node.invoke.some(({ id }) => id === step);
    const nodes = snapshot._nodes.filter(runs);
    return !nodes.some((node) => {
      const saga = node.meta?.saga;
      return saga?.none !== undefined || (node.tags.includes("pivot") && saga?.cleanFailure === true);
    });
  }

  /** Branches of one parallel state: their compensations have no order. */
  runTogether(a: string, b: string): boolean {
    const above = new Set(ancestors(this.#invokers.get(a)));
    return ancestors(this.#invokers.get(b)).find((node) => above.has(node))?.type === "parallel";
  }

  identify(step: string, input: unknown): string | undefined {
    const named = this.#identify?.(step, input);
    if (named !== undefined) return named;
    const key = typeof input === "object" && input !== null ? (input as { stepKey?: unknown }).stepKey : undefined;
    return typeof key === "string" ? key.slice(key.lastIndexOf("/") + 1) : undefined;
  }

  /** Whether it is declared, or clear from the tags, that a state does not accept an event. */
  refuses(snapshot: Snapshot, type: string): boolean {
    if (OPERATOR.has(type) || this.answers.has(type)) return true;
    if (type === "CANCEL" && TURNED.some((tag) => snapshot.tags.has(tag))) return true;
    return snapshot._nodes.some((node) => Array.isArray(node.meta?.refuses) && node.meta.refuses.includes(type));
  }
}

function ancestors(node: NodeInternals | undefined): readonly NodeInternals[] {
  return node?.parent === undefined ? [] : [node.parent, ...ancestors(node.parent)];
}
