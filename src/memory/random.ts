/** Chance that repeats: the same seed gives the same run. The time inside its UUIDs is the given clock's. */
import type { Clock, Random } from "../ports/clock.ts";

export class SeededRandom implements Random {
  readonly #clock: Pick<Clock, "wallMs">;
  #state: number;

  constructor(seed: number, clock: Pick<Clock, "wallMs">) {
    this.#state = seed >>> 0;
    this.#clock = clock;
  }

  fraction(): number {
    return this.#bits() / 2 ** 32;
  }

  /** A whole number of at least 0 and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  tag(): string {
    for (;;) {
      const tag = (BigInt(this.#bits() >>> 1) << 32n) | BigInt(this.#bits());
      if (tag !== 0n) return tag.toString();
    }
  }

  uuid(): string {
    const time = this.#clock.wallMs().toString(16).padStart(12, "0");
    const a = (this.#bits() & 0xfff).toString(16).padStart(3, "0");
    const b = ((this.#bits() & 0x3fff) | 0x8000).toString(16);
    const c = this.#bits().toString(16).padStart(8, "0") + (this.#bits() & 0xffff).toString(16).padStart(4, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${b}-${c}`;
  }

  /** mulberry32 (Tommy Ettinger, public domain): 32 well-mixed bits from a counter. */
  #bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}
