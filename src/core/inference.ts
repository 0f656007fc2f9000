/** Types inferred from machines and definitions. Nothing here exists at run time. */
import type {
  ActorRef,
  AnyActorRef,
  AnyStateMachine,
  ContextFrom,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  OutputFrom,
  PromiseActorLogic,
  Snapshot,
  StateMachine,
  StateValueFrom,
  TagsFrom,
} from "xstate";
import type { z } from "zod";
import type { ActorImplementation, PromiseActorOptions } from "./actor.ts";
import type { EventObject, StateView } from "./message.ts";
import type { RetryPolicy } from "./retry.ts";

/** What a named action gets, after the commit of the turn that asked for it. */
export interface ActionArguments<P = unknown, E = EventObject> {
  readonly params: P;
  /** The event that caused it. The context is not kept: pass what you need in `params`. */
  readonly event: E;
  /** The same each time this action is tried. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** What a named action does. Runs at least once; it cannot fail its turn. */
export type RunAction<P = unknown, E = EventObject> = (args: ActionArguments<P, E>) => Promise<void> | void;

/** The function alone, or with how it is tried: after the last attempt it is parked, with all actions behind it. */
export type ActionImplementation<P = unknown, E = EventObject> =
  | RunAction<P, E>
  | {
      readonly retry?: Partial<RetryPolicy>;
      /** Longest duration of one attempt; none unless set. */
      readonly timeoutMs?: number;
      readonly run: RunAction<P, E>;
    };

type MachineParts<M> =
  M extends StateMachine<
    infer _Context,
    infer _Event,
    infer _Children,
    infer Actor,
    infer Action,
    infer _Guard,
    infer _Delay,
    infer _Value,
    infer _Tag,
    infer _Input,
    infer _Output,
    infer _Emitted,
    infer _Meta,
    infer _Schema,
    infer _TransitionMeta
  >
    ? { actor: Actor; action: Action }
    : never;

/** Actors of a machine and of the machines it nests, as `{ src, logic }`. */
type Provided<M> = M extends AnyStateMachine
  ? MachineParts<M>["actor"] | (MachineParts<M>["actor"] extends { logic: infer L } ? Nested<L> : never)
  : never;
type Nested<L> = L extends AnyStateMachine ? Provided<L> : never;
type Named<M> = M extends AnyStateMachine
  ? MachineParts<M>["action"] | (MachineParts<M>["actor"] extends { logic: infer L } ? NestedActions<L> : never)
  : never;
type NestedActions<L> = L extends AnyStateMachine ? Named<L> : never;

/** What `run` gets and gives: by the schemas of a `promiseActor`, by the types of a plain `fromPromise`. */
type RunTypes<L> = L extends {
  readonly definition: PromiseActorOptions<infer I extends z.ZodType, infer O extends z.ZodType>;
}
  ? { input: z.output<I>; output: z.input<O> }
  : L extends PromiseActorLogic<infer O, infer I>
    ? { input: I; output: O }
    : never;
type RunTypesOf<M, S> = RunTypes<Extract<Provided<M>, { src: S }>["logic"]>;

type ActorNames<M> = Provided<M> extends { src: infer S extends string } ? S : never;
type ActionNames<M> = Named<M> extends { type: infer T extends string } ? T : never;
type ParamsOf<A> = A extends { params?: infer P } ? P : undefined;

/** `defineObject({ actors })`: what may be implemented for a machine. No `as` clause: it would cost the context types. */
export type ActorsFor<M extends AnyStateMachine> = {
  readonly [S in ActorNames<M>]?: ActorImplementation<RunTypesOf<M, S>["input"], RunTypesOf<M, S>["output"]>;
};

/** `defineObject({ actions })`: the machine declares the parameters, the object what is done. */
export type ActionsFor<M extends AnyStateMachine> = {
  readonly [T in ActionNames<M>]?: ActionImplementation<ParamsOf<Extract<Named<M>, { type: T }>>>;
};

export type ContextFor<M extends AnyStateMachine> = ContextFrom<M>;

/** Anything that has a machine: an `ObjectDefinition`. */
export interface HasMachine {
  readonly machine: AnyStateMachine;
}

/** Events that may be sent to an object. */
export type EventOf<D extends HasMachine> = Exclude<EventFromLogic<D["machine"]>, { type: "xstate.route" }>;
export type InputOf<D extends HasMachine> = InputFrom<D["machine"]>;
export type OutputOf<D extends HasMachine> = OutputFrom<D["machine"]>;
export type ContextOf<D extends HasMachine> = ContextFrom<D["machine"]>;
export type StateValueOf<D extends HasMachine> = StateValueFrom<D["machine"]>;
export type TagOf<D extends HasMachine> = TagsFrom<D["machine"]>;
export type EmittedOf<D extends HasMachine> = EmittedFrom<D["machine"]>;

/** What invokes another object is given: its key and its input. */
export type ObjectActorInput<D extends HasMachine> =
  undefined extends InputOf<D>
    ? { readonly key: string; readonly input?: InputOf<D> }
    : { readonly key: string; readonly input: InputOf<D> };

/** What an `ask` gets back: the other object right after the event's turn. */
export interface AskReply<D extends HasMachine> extends StateView {
  readonly revision: number;
  readonly value: StateValueOf<D>;
  readonly context: ContextOf<D>;
  readonly output: OutputOf<D>;
}

/** Finds another object from inside a machine; for `sendTo`. */
export type ObjectReference<E extends { type: string }> = (args: {
  system: AnyActorRef["system"];
}) => ActorRef<Snapshot<unknown>, E>;
