/** The real clock and the real random source. Named only where a program is put together; everybody else is handed them. */
import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import type { Clock, Random } from "../ports/clock.ts";

/** `setTimeout` fires at once when told to wait longer than this. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms, task) {
    const dueMs = performance.now() + ms;
    let timeout: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = dueMs - performance.now();
      timeout = leftMs > MAX_TIMEOUT_MS ? setTimeout(arm, MAX_TIMEOUT_MS) : setTimeout(task, Math.max(0, leftMs));
      timeout.unref();
    };
    arm();
    return () => clearTimeout(timeout);
  },
};

export const systemRandom: Random = {
  fraction: () => Math.random(),
  tag() {
    for (;;) {
      const tag = randomBytes(8).readBigUInt64BE() >> 1n;
      if (tag !== 0n) return tag.toString();
    }
  },
  uuid: () => uuidv7(),
};
