/**
 * Waits for something outside this process that sends no signal: a port that answers, a process that goes away.
 */
import { setTimeout as pause } from "node:timers/promises";

/** True once the condition holds, false when the time is up. What the condition throws ends the wait. */
export async function until(condition: () => Promise<boolean>, timeoutMs: number, everyMs = 20): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await pause(everyMs);
  }
}
