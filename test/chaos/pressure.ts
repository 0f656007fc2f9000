/** How much the machine is overloaded: on one where everything waits for a processor, lateness proves nothing. */
import { readFileSync } from "node:fs";

const EVERY_MS = 1_000;
/** Share of time in which something that could run had to wait, over ten seconds; Linux tells. */
const STARVED = 85;

export class Pressure {
  readonly #timer: NodeJS.Timeout;
  #samples = 0;
  #starved = 0;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), EVERY_MS);
  }

  #sample(): void {
    this.#samples++;
    if (cpuPressure() > STARVED) this.#starved++;
  }

  /** Share of the samples in which the machine was starved. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#samples === 0 ? 0 : this.#starved / this.#samples;
  }
}

/** Percent; 0 where the system does not tell. */
function cpuPressure(): number {
  try {
    return Number(/some avg10=([\d.]+)/.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // not Linux, or not allowed
  }
}
