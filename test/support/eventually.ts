/**
 * Waits in a test for what happens outside of it. Not a sleep: it ends as soon as the condition holds.
 */
import { setTimeout as pause } from "node:timers/promises";

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Calls until it neither throws nor answers `false`, and answers what it answered then. When the time is up, throws
 * what the last call threw: write `await eventually(() => expect(seen).toEqual(...))`.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(check);
    if (outcome.isOk) return outcome.value;
    if (performance.now() >= deadline) throw outcome.cause;
    await pause(everyMs);
  }
}

type Outcome<T> = { readonly isOk: true; readonly value: T } | { readonly isOk: false; readonly cause: unknown };

async function attempt<T>(check: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await check();
    return value === false
      ? { isOk: false, cause: new Error("still not so when the time was up") }
      : { isOk: true, value };
  } catch (cause) {
    return { isOk: false, cause };
  }
}
