/**
 * `saga(name, { input })`, then steps in the order they run, then `machine({ output })`: a plain XState machine.
 *
 * Types: results are known step by step; before the pivot a step without `compensate` does not compile, after it one with
 * `compensate` does not. A builder is a value: each method answers a new one.
 */
import type { AnyStateMachine, InputFrom, OutputFrom, ProvidedActor } from "xstate";
import type { z } from "zod";
import type { SagaMachine } from "./compile.ts";
import { compile, isBuilt } from "./compile.ts";
import { type Ledger, undoing } from "./ledger.ts";
import { type Group, type Mapper, planOf, type Unit } from "./plan.ts";
import {
  type Action,
  type Before,
  type EachOptions,
  type ForwardEachOptions,
  type ForwardOptions,
  isNone,
  type Limits,
  type None,
  type PivotOptions,
  type ReserveOptions,
  type ResultOf,
  type StepOptions,
} from "./step.ts";

type Flat<T> = { [K in keyof T]: T[K] };
type And<Done, K extends string, R> = Flat<Done & { readonly [P in K]: R }>;
type Ran<K extends string, A> = { src: K; logic: A; id: string | undefined };
type Undone<K extends string, C> = C extends Action ? { src: `undo:${K}`; logic: C; id: string | undefined } : never;
type Confirmed<K extends string, F> = { src: `confirm:${K}`; logic: F; id: string | undefined };
/** Actors of a group: one per branch and one per compensation. */
type Branches<D, C> = {
  [P in keyof D & string]: Ran<P, D[P]> | (P extends keyof C ? Undone<P, C[P]> : never);
}[keyof D & string];
type BranchResults<Done, D extends Record<string, Action>> = Flat<Done & { readonly [P in keyof D]: ResultOf<D[P]> }>;

/** A nested saga as its parent sees it. */
type Child = AnyStateMachine;
/** `true` where an outcome can be `abandoned`: the child has a point of no return. */
type HasPivot<M extends Child> = "abandoned" extends OutputFrom<M>["status"] ? true : false;
type CompletedOf<M extends Child> = Extract<OutputFrom<M>, { status: "completed" }>;
interface NestedOptions<In, Done, M extends Child> {
  /** Made by `saga()`. */
  readonly saga: M;
  readonly input: (args: Before<In, Done>) => InputFrom<M>;
}
type OutputMapper<In, Done, Out> = { readonly output: (args: Before<In, Done>) => Out };

/** A saga before its point of no return; `P` tells whether one is to come (a reservation is confirmed at the end). */
export interface Saga<In, Done, Actors extends ProvidedActor, P extends boolean> {
  /** One action and what undoes it. */
  step<K extends string, A extends Action, C extends Action | None>(
    name: K,
    options: StepOptions<In, Done, A, C>,
  ): Saga<In, And<Done, K, ResultOf<A>>, Actors | Ran<K, A> | Undone<K, C>, P>;
  /** All at once; any failure turns the group when every branch has ended. Rolled back together. */
  parallel<D extends Record<string, Action>, C extends Record<string, Action | None>>(
    name: string,
    branches: { [K in keyof D]: StepOptions<In, Done, D[K], Action | None> } & { [K in keyof C]: { compensate: C[K] } },
  ): Saga<In, BranchResults<Done, D>, Actors | Branches<D, C>, P>;
  /** One action per item of a list known only at run time, one after the other; undone last first. */
  each<K extends string, T, A extends Action, C extends Action | None>(
    name: K,
    options: EachOptions<In, Done, T, A, C>,
  ): Saga<In, And<Done, K, readonly ResultOf<A>[]>, Actors | Ran<K, A> | Undone<K, C>, P>;
  /** Two-phase: reserve now, `cancel` undoes it, `confirm` runs once every reservation holds and is the pivot. */
  reserve<K extends string, A extends Action, F extends Action, C extends Action>(
    name: K,
    options: ReserveOptions<In, Done, A, F, C>,
  ): Saga<In, And<Done, K, ResultOf<A>>, Actors | Ran<K, A> | Undone<K, C> | Confirmed<K, F>, true>;
  /** The point of no return: from its success on, only forward. */
  pivot<K extends string, A extends Action, C extends Action | None = None>(
    name: K,
    options: PivotOptions<In, Done, A, C>,
  ): ForwardSaga<In, And<Done, K, ResultOf<A>>, Actors | Ran<K, A> | Undone<K, C>>;
  /** Another saga as a step of this one, in the same object. One with a pivot becomes the pivot of this one. */
  nested<K extends string, M extends Child>(
    name: K,
    options: NestedOptions<In, Done, M>,
  ): HasPivot<M> extends true
    ? ForwardSaga<In, And<Done, K, CompletedOf<M>>, Actors | Ran<K, M>>
    : Saga<In, And<Done, K, CompletedOf<M>>, Actors | Ran<K, M> | Undone<K, M>, P>;
  machine<Out>(options: OutputMapper<In, Done, Out>): SagaMachine<In, Out, Actors, P>;
}

/** A saga after its point of no return: steps are retried, then parked; nothing compensates. */
export interface ForwardSaga<In, Done, Actors extends ProvidedActor> {
  step<K extends string, A extends Action>(
    name: K,
    options: ForwardOptions<In, Done, A>,
  ): ForwardSaga<In, And<Done, K, ResultOf<A>>, Actors | Ran<K, A>>;
  parallel<D extends Record<string, Action>>(
    name: string,
    branches: { [K in keyof D]: ForwardOptions<In, Done, D[K]> },
  ): ForwardSaga<In, BranchResults<Done, D>, Actors | Branches<D, Record<never, never>>>;
  each<K extends string, T, A extends Action>(
    name: K,
    options: ForwardEachOptions<In, Done, T, A>,
  ): ForwardSaga<In, And<Done, K, readonly ResultOf<A>[]>, Actors | Ran<K, A>>;
  nested<K extends string, M extends Child>(
    name: K,
    options: NestedOptions<In, Done, M>,
  ): ForwardSaga<In, And<Done, K, CompletedOf<M>>, Actors | Ran<K, M>>;
  machine<Out>(options: OutputMapper<In, Done, Out>): SagaMachine<In, Out, Actors, true>;
}

/** Begins a saga. What it needs is in `input`, checked when an object is created. */
export function saga<I extends z.ZodType>(
  name: string,
  schemas: { readonly input: I },
): Saga<z.output<I>, Record<never, never>, never, false> {
  return new Builder(name, schemas.input, []) as unknown as Saga<z.output<I>, Record<never, never>, never, false>;
}

/** Options as they come, whatever the phase. */
interface Loose extends Limits {
  readonly do: Action;
  readonly input?: Mapper;
  readonly compensate?: unknown;
  readonly compensateInput?: Mapper;
  readonly items?: (args: unknown) => readonly unknown[];
}

class Builder {
  readonly #name: string;
  readonly #input: z.ZodType;
  readonly #groups: readonly Group[];

  constructor(name: string, input: z.ZodType, groups: readonly Group[]) {
    this.#name = name;
    this.#input = input;
    this.#groups = groups;
  }

  step(name: string, options: Loose): Builder {
    return this.#with(name, [unitOf(name, "step", options)]);
  }

  parallel(name: string, branches: Readonly<Record<string, Loose>>): Builder {
    const units = Object.entries(branches).map(([branch, options]) => unitOf(branch, "step", options));
    return this.#with(name, units, { isParallel: true });
  }

  each(name: string, options: Loose): Builder {
    return this.#with(name, [unitOf(name, "each", options)]);
  }

  pivot(name: string, options: Loose): Builder {
    return this.#with(name, [unitOf(name, "step", options)], { isPivot: true });
  }

  reserve(name: string, options: Loose & { reserve: Action; confirm: Action; cancel: Action }): Builder {
    const unit = unitOf(name, "step", { ...options, do: options.reserve, compensate: options.cancel });
    return this.#with(name, [{ ...unit, confirm: options.confirm } as Unit]);
  }

  nested(name: string, { saga: child, input }: { saga: AnyStateMachine; input: Mapper }): Builder {
    if (!isBuilt(child)) {
      throw new Error(
        `saga '${this.#name}': step '${name}' must nest a machine that saga() made, to be undone by its ledger`,
      );
    }
    const isPivot = "abandoned" in child.root.states;
    const isLate = this.#groups.some((group) => group.isPivot);
    const undo = isPivot || isLate ? undefined : { action: child, input: undoingResult };
    const common = { name, input, undo, none: isLate ? "after the pivot" : undefined, timeoutMs: undefined };
    const unit: Unit = { ...common, kind: "nested", action: child, cleanFailure: true };
    return this.#with(name, [unit], { isPivot: isPivot && !isLate });
  }

  machine(options: { readonly output: (args: unknown) => unknown }): unknown {
    return compile(planOf(this.#name, this.#groups), this.#input, options.output);
  }

  #with(name: string, units: readonly Unit[], given: { isParallel?: boolean; isPivot?: boolean } = {}): Builder {
    const group = { name, units, isParallel: given.isParallel ?? false, isPivot: given.isPivot ?? false };
    return new Builder(this.#name, this.#input, [...this.#groups, group]);
  }
}

/** A completed saga is undone by a second run of it, which begins with its ledger. */
const undoingResult: Mapper = ({ result }) => undoing((result as { readonly ledger: Ledger }).ledger);

function unitOf(name: string, kind: "step" | "each", options: Loose): Unit {
  const { compensate, compensateInput } = options;
  const action = compensate === undefined || isNone(compensate) ? undefined : (compensate as Action);
  return {
    kind,
    name,
    action: withRetry(options.do, options.retry),
    input: options.input ?? (() => ({})),
    undo: action === undefined ? undefined : { action, input: compensateInput },
    none: isNone(compensate) ? compensate.none : undefined,
    timeoutMs: options.timeoutMs,
    cleanFailure: options.cleanFailure ?? false,
    items: options.items,
    confirm: undefined,
  };
}

/** The same actor with a policy of its own in this step. */
function withRetry(action: Action, retry: Limits["retry"]): Action {
  if (retry === undefined || action.definition === undefined) return action;
  return { ...action, definition: { ...action.definition, retry: { ...action.definition.retry, ...retry } } };
}
