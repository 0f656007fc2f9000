/**
 * Promise actors: the code that a machine's `invoke` runs, outside of any turn, after the commit.
 *
 * A machine needs only the schemas of one (`promiseActor({ input, output })`, pure); what it does is given there too or
 * in `defineObject({ actors })`. It runs at least once under a stable idempotency key; its result counts once.
 */
import { fromPromise, type PromiseActorLogic } from "xstate";
import type { z } from "zod";
import type { RetryPolicy } from "./retry.ts";

/** What one attempt gets. */
export interface RunArguments<I> {
  readonly input: I;
  /** The same for every attempt of one invocation: hand it to the outside service. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the machine leaves the invoking state, and at the attempt's timeout or missed heartbeat. */
  readonly signal: AbortSignal;
  /** Says that the attempt is alive; `details` are kept for the next attempt. Call it more often than `heartbeatMs`. */
  readonly heartbeat: (details?: unknown) => void;
  /** What the last heartbeat of an earlier attempt said; undefined where there was none. */
  readonly lastHeartbeat: unknown;
}

/** Does the work of a promise actor. Throw `TerminalError` to end the retries at once. */
export type Run<I, O> = (args: RunArguments<I>) => Promise<O> | O;

/** How attempts are made; `run` does the work. */
export interface ActorImplementation<I, O> {
  readonly retry?: Partial<RetryPolicy>;
  /** Longest duration of one attempt; none unless set. */
  readonly timeoutMs?: number;
  /** An attempt that gives no heartbeat for this long has failed; none is expected unless set. */
  readonly heartbeatMs?: number;
  /** Attempts of this actor that run at once in one host, below the host's own limit. */
  readonly maxConcurrent?: number;
  /**
   * After the last attempt: `fail` gives the machine its `onError`; `park` keeps the object as it is until an operator
   * tries again or skips. A `TerminalError` always fails.
   */
  readonly onExhausted?: "fail" | "park";
  readonly run: Run<I, O>;
}

export interface PromiseActorOptions<I extends z.ZodType, O extends z.ZodType>
  extends Partial<ActorImplementation<z.output<I>, z.input<O>>> {
  /** What the machine hands over; checked in the turn that starts the actor. */
  readonly input: I;
  /** What the machine gets back in `onDone`. */
  readonly output: O;
}

/** XState's promise logic with its schemas, and its implementation where that is given at once. */
export type PromiseActor<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = PromiseActorLogic<
  z.output<O>,
  z.input<I>
> & { readonly definition: PromiseActorOptions<I, O> };

/**
 * Declares a promise actor: `promiseActor({ input, output })`. With `run` it is implemented as well, otherwise
 * `defineObject({ actors })` must do that.
 */
export function promiseActor<I extends z.ZodType, O extends z.ZodType>(
  definition: PromiseActorOptions<I, O>,
): PromiseActor<I, O> {
  const logic = fromPromise<z.output<O>, z.input<I>>(async () => {
    throw new Error("a promise actor runs after the commit of its turn, never inside one");
  });
  return Object.assign(logic, { definition });
}
