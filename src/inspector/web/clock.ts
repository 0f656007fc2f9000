/** The time as the database tells it: countdowns and ages do not trust the clock of the reader's machine. */
import { useEffect, useState } from "preact/hooks";

let offsetMs = 0;

export const now = (): number => Date.now() + offsetMs;

/** An answer said what time it is there. */
export function heard(at: string | undefined): void {
  const there = at === undefined ? Number.NaN : Date.parse(at);
  if (Number.isFinite(there)) offsetMs = there - Date.now();
}

const ticks = new Set<() => void>();
setInterval(() => {
  for (const tick of ticks) tick();
}, 1_000);

/** Draws again each second. */
export function useNow(): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    const tick = (): void => setTick((count) => count + 1);
    ticks.add(tick);
    return () => void ticks.delete(tick);
  }, []);
  return now();
}
