/**
 * What an author says of one step, and the types that tie a step's input, result and compensation together.
 *
 * A step is maybe done from the moment it starts, so a compensation must be safe to repeat and safe when its action never
 * happened. Action and compensation share one `stepKey`: an action gets it where its input schema has a `stepKey`, a
 * compensation always. Hand it to the outside service as idempotency key; it must refuse an action whose compensation
 * came first.
 */
import type { InputFrom, OutputFrom, UnknownActorLogic } from "xstate";
import { z } from "zod";
import { type ActorImplementation, type PromiseActor, promiseActor } from "../core/actor.ts";
import type { RetryPolicy } from "../core/retry.ts";

/** A promise actor, or another object: `ask(definition)`, `objectActor(definition)`. */
export type Action = UnknownActorLogic & { readonly definition?: Schemas };
interface Schemas {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly retry?: Partial<RetryPolicy>;
}
type Described = Action & { readonly definition: Schemas };

/** What a step is asked. */
export type AskedBy<A extends Action> = A extends Described ? z.input<A["definition"]["input"]> : InputFrom<A>;
export type ResultOf<A extends Action> = A extends Described ? z.output<A["definition"]["output"]> : OutputFrom<A>;
/** What the author's mapper gives: the builder adds the step key. */
export type Given<A extends Action> = WithoutKey<AskedBy<A>>;
type WithoutKey<T> = T extends { readonly stepKey: string } ? Omit<T, "stepKey"> : T;

/** What is known when a step is undone; the input of its compensation unless `compensateInput` says otherwise. */
export interface CompensationInput<Asked, Result> {
  /** The input of the action. */
  readonly asked: Asked;
  /** What the action gave; absent where that is not known. */
  readonly result?: Result;
  /** The action may or may not have happened. */
  readonly uncertain: boolean;
  /** The same key that the action had. */
  readonly stepKey: string;
}
export type Undoing<A extends Action> = CompensationInput<AskedBy<A>, ResultOf<A>>;

/** What mappers see: the saga's input and the results of the steps before. */
export interface Before<In, Done> {
  readonly input: In;
  readonly results: Done;
}
/** A mapper may put the key where the partner looks for it: `event: { type: "DEBIT", amount, stepKey }`. */
interface Keyed {
  readonly stepKey: string;
}
export interface Item<T> {
  readonly item: T;
  readonly index: number;
}

/** Says on purpose that there is nothing to undo. */
export interface None {
  readonly none: string;
}
export function none(reason: string): None {
  if (reason.trim() === "") throw new Error("none() needs the reason why there is nothing to compensate");
  return { none: reason };
}
export const isNone = (value: unknown): value is None => typeof value === "object" && value !== null && "none" in value;

export interface Limits {
  /** Longest time of the whole step, all attempts; then it counts as maybe done and the saga rolls back. */
  readonly timeoutMs?: number;
  /** Overrides the promise actor's own policy. */
  readonly retry?: Partial<RetryPolicy>;
  /** An error of this step proves that nothing happened. A timeout never does. */
  readonly cleanFailure?: boolean;
}

type Nothing = Record<never, never>;
/**
 * A mapper is optional by its own type and made compulsory beside it: inside of a conditional type it would lose what the
 * compiler infers of its arguments. Literals in what it gives need `as const` all the same: `{ type: "TAKE" as const }`.
 */
type InputPart<A extends Action, Args> = {
  readonly input?: (args: Args & Keyed) => Given<A>;
} & (Nothing extends Given<A> ? unknown : { readonly input: unknown });
type CompensatePart<A extends Action, C extends Action | None, Args> = {
  readonly compensate: C;
  readonly compensateInput?: (args: Args & Undoing<A>) => C extends Action ? Given<C> : never;
} & (C extends Action ? (Undoing<A> extends AskedBy<C> ? unknown : { readonly compensateInput: unknown }) : unknown);
interface NoCompensation {
  readonly compensate?: never;
  readonly compensateInput?: never;
}

/** Before the pivot: `compensate` may not be left out. */
export type StepOptions<In, Done, A extends Action, C extends Action | None> = Limits & { readonly do: A } & InputPart<
    A,
    Before<In, Done>
  > &
  CompensatePart<A, C, Before<In, Done>>;

/** After the pivot nothing is compensated. */
export type ForwardOptions<In, Done, A extends Action> = Limits & { readonly do: A } & InputPart<A, Before<In, Done>> &
  NoCompensation;

/** The point of no return; its own outcome may be unknown. */
export type PivotOptions<In, Done, A extends Action, C extends Action | None> = Limits & { readonly do: A } & InputPart<
    A,
    Before<In, Done>
  > &
  (({ readonly cleanFailure: true } & NoCompensation) | CompensatePart<A, C, Before<In, Done>>);

interface EachPart<In, Done, T, A extends Action> extends Limits {
  /** Known only at run time; must not depend on anything but its arguments. */
  readonly items: (args: Before<In, Done>) => readonly T[];
  readonly do: A;
}
export type EachOptions<In, Done, T, A extends Action, C extends Action | None> = EachPart<In, Done, T, A> &
  InputPart<A, Before<In, Done> & Item<T>> &
  CompensatePart<A, C, Before<In, Done> & Item<NoInfer<T>>>;
export type ForwardEachOptions<In, Done, T, A extends Action> = EachPart<In, Done, T, A> &
  InputPart<A, Before<In, Done> & Item<T>> &
  NoCompensation;

export type ReserveOptions<In, Done, A extends Action, F extends Action, C extends Action> = Omit<
  Limits,
  "cleanFailure"
> & {
  readonly reserve: A;
  /** Gets the reservation's result, and its `stepKey` where its schema has one. */
  readonly confirm: ResultOf<A> extends Given<F> ? F : never;
  readonly cancel: Undoing<A> extends AskedBy<C> ? C : never;
} & InputPart<A, Before<In, Done>>;

/** The promise actor that undoes another one; its schemas follow from what it undoes. */
export function compensation<A extends Described>(
  action: A,
  implementation: Partial<ActorImplementation<Undoing<A>, unknown>> = {},
): PromiseActor<z.ZodType<Undoing<A>, Undoing<A>>, z.ZodUnknown> {
  const { input, output } = action.definition;
  const schema = z.object({ asked: input, result: output.optional(), uncertain: z.boolean(), stepKey: z.string() });
  return promiseActor({
    ...implementation,
    input: schema as unknown as z.ZodType<Undoing<A>, Undoing<A>>,
    output: z.unknown(),
  });
}

/** Whether an actor wants the step key in its input. */
export function wantsKey(action: Action): boolean {
  const input = action.definition?.input;
  const shape = input !== undefined && "shape" in input ? input.shape : undefined; // by shape: zod may be another copy
  return typeof shape === "object" && shape !== null && "stepKey" in shape;
}
