/** The real clock and the real random source. Named only where a program is put together; everybody else is handed them. */
import { randomFillSync } from "node:crypto";
import { V7Generator } from "uuidv7";
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

/** Bytes of the system's random source, fetched many at a time: a fetch costs as much as a hundred draws. */
class Pool {
  readonly #bytes = Buffer.allocUnsafe(8 * 1024);
  #at = this.#bytes.length;

  nextUint32(): number {
    const at = this.#take(4);
    return this.#bytes.readUInt32LE(at);
  }

  nextUint64(): bigint {
    const at = this.#take(8);
    return this.#bytes.readBigUInt64LE(at);
  }

  #take(size: number): number {
    if (this.#at + size > this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#at = 0;
    }
    this.#at += size;
    return this.#at - size;
  }
}

const pool = new Pool();
const uuids = new V7Generator(pool);

export const systemRandom: Random = {
  fraction: () => Math.random(),
  tag() {
    for (;;) {
      const tag = pool.nextUint64() >> 1n;
      if (tag !== 0n) return tag.toString();
    }
  },
  uuid: () => uuids.generate().toString(),
};
