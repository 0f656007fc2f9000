/**
 * For partners that are virtual objects: what each step did here, under its step key, kept in the object's context.
 *
 * A compensation can overtake its action: the action was slow, its step timed out, the rollback ran, and then the action
 * arrives. So a compensation leaves a tombstone, also where there was nothing to undo, and the late action is refused.
 * Action and compensation are turns of one object, so this is exact, as long as the tombstone is kept: the oldest of more
 * than `MAX_STEPS` steps are forgotten.
 */
import { z } from "zod";

/** What was done under each step key; `null` is a tombstone. Oldest first. */
export type Steps<E> = Readonly<Record<string, E | null>>;

export const MAX_STEPS = 1_000;

/** Schema of the part of the context that holds the steps. */
export const stepsSchema = <E extends z.ZodType>(effect: E) => z.record(z.string(), effect.nullable());

/** `new`: carry it out. `done`: it is a repetition, answer as before. `undone`: refuse it, its compensation came first. */
export function stepState(steps: Steps<unknown>, stepKey: string): "new" | "done" | "undone" {
  if (!Object.hasOwn(steps, stepKey)) return "new";
  return steps[stepKey] === null ? "undone" : "done";
}

/** What the compensation has to take back; undefined where there is nothing. */
export function effectOf<E>(steps: Steps<E>, stepKey: string): E | undefined {
  return Object.hasOwn(steps, stepKey) ? (steps[stepKey] ?? undefined) : undefined;
}

/** The action was carried out. `effect` must hold all that its compensation needs. */
export const stepDone = <E>(steps: Steps<E>, stepKey: string, effect: E): Steps<E> => kept(steps, stepKey, effect);

/** The compensation was carried out, whether or not there was anything to undo. */
export const stepUndone = <E>(steps: Steps<E>, stepKey: string): Steps<E> => kept(steps, stepKey, null);

function kept<E>(steps: Steps<E>, stepKey: string, value: E | null): Steps<E> {
  const others = Object.entries(steps).filter(([key]) => key !== stepKey);
  return Object.fromEntries([...others, [stepKey, value] as const].slice(-MAX_STEPS));
}
