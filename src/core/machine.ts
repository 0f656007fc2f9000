/**
 * `defineMachine`: zod schemas fill every type slot of XState's own `setup()`; what follows is stock XState.
 *
 * XState carries the schemas to `machine.schemas`, where the doors find them at run time.
 */
import { type NonReducibleUnknown, type ParameterizedObject, setup, type UnknownActorLogic } from "xstate";
import type { z } from "zod";

/** Schemas of a machine, as `machine.schemas` carries them. */
export interface MachineSchemas {
  readonly context: z.ZodObject;
  readonly events: Readonly<Record<string, z.ZodObject>>;
  readonly input: z.ZodType | undefined;
  readonly output: z.ZodType | undefined;
  readonly emits: Readonly<Record<string, z.ZodObject>> | undefined;
  readonly internal?: Readonly<Record<string, z.ZodObject>> | undefined;
}

type Schemas = Record<string, z.ZodObject>;
type NoSchemas = Record<never, z.ZodObject>;
type NoActors = Record<never, UnknownActorLogic>;
type NoChildren = Record<never, string>;
type Params = Record<string, ParameterizedObject["params"] | undefined>;
type NoParams = Record<never, undefined>;

/** The union of events that a record of schemas declares: each key is a type, its schema the rest. */
export type EventsOf<E> = keyof E extends never
  ? { type: never }
  : { [K in keyof E & string]: Flat<{ type: K } & PayloadOf<E[K]>> }[keyof E & string];
type PayloadOf<S> = S extends z.ZodObject<infer Shape> ? (keyof Shape extends never ? unknown : z.output<S>) : never;
type Flat<T> = { [P in keyof T]: T[P] };
/** What the machine itself may handle. */
export type AllEvents<E, N> = keyof N extends never ? EventsOf<E> : EventsOf<E> | EventsOf<N>;
type EmitsOf<M> = keyof M extends never ? { type: string } : EventsOf<M>;
type InputOfSchema<I> = I extends z.ZodType ? z.output<I> : undefined;
type OutputOfSchema<O> = O extends z.ZodType ? z.output<O> & NonReducibleUnknown : NonReducibleUnknown;

export interface MachineShape<C, E, I, O, M, A, N = NoSchemas> {
  /** Must describe JSON: it is stored after every turn. */
  readonly context: C;
  /** Event types and what each carries besides its type; `z.object({})` where it carries nothing. */
  readonly events: E;
  /** Events that only the machine itself, its actors and other objects send: refused from outside, as if unknown. */
  readonly internal?: N;
  /** What an object is created with; without it an object takes no input. */
  readonly input?: I;
  /** What the machine's `output` gives when it reaches its final state. */
  readonly output?: O;
  /** Events that the machine may `emit` to subscribers. */
  readonly emits?: M;
  /** Actors that the machine may invoke or spawn by name: promise actors, machines, transitions. */
  readonly actors?: A;
}

/** More microsteps than this in one macrostep are an endless loop of `always` or `raise`. */
export const MAX_MICROSTEPS = 1_000;

/**
 * A machine whose context, events, input, output and emitted events are typed and checked by zod schemas.
 * `defineMachine({...}).setup({ guards, actions, delays }).createMachine({...})`.
 */
export function defineMachine<
  C extends z.ZodObject,
  const E extends Schemas,
  A extends Record<string, UnknownActorLogic> = NoActors,
  I extends z.ZodType | undefined = undefined,
  O extends z.ZodType | undefined = undefined,
  M extends Schemas = NoSchemas,
  const N extends Schemas = NoSchemas,
>(shape: MachineShape<C, E, I, O, M, A, N>) {
  const schemas: MachineSchemas = {
    context: shape.context,
    events: shape.events,
    input: shape.input,
    output: shape.output,
    emits: shape.emits,
    internal: shape.internal,
  };
  /** XState's `setup()` with every type slot filled. */
  function typedSetup<
    const Actions extends Params = NoParams,
    const Guards extends Params = NoParams,
    Delays extends string = never,
  >(
    given: Omit<
      Parameters<
        typeof setup<
          z.output<C>,
          AllEvents<E, N>,
          A,
          NoChildren,
          Actions,
          Guards,
          Delays,
          string,
          InputOfSchema<I>,
          OutputOfSchema<O>,
          EmitsOf<M>
        >
      >[0],
      "types" | "schemas" | "actors"
    > = {} as never,
  ) {
    return setup<
      z.output<C>,
      AllEvents<E, N>,
      A,
      NoChildren,
      Actions,
      Guards,
      Delays,
      string,
      InputOfSchema<I>,
      OutputOfSchema<O>,
      EmitsOf<M>
    >({ ...given, actors: shape.actors ?? {}, schemas } as never);
  }
  return { setup: typedSetup, schemas };
}
