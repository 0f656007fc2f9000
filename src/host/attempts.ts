/**
 * How often an internal message (timer, result, message between objects) was refused, and when it may be tried again.
 * A message that keeps failing parks its object, with the cause, for an operator; other objects do not notice.
 */
import type { Address } from "../core/address.ts";
import type { StatorError } from "../core/errors.ts";
import { backoffMs, type RetryPolicy } from "../core/retry.ts";
import type { Clock, Random } from "../ports/clock.ts";

interface Failures {
  count: number;
  retryAtMs: number;
}

export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #park: (address: Address, reason: string) => void;

  constructor(maxAttempts: number, clock: Clock, random: Random, park: (address: Address, reason: string) => void) {
    this.#policy = { maxAttempts, initialMs: 1_000, factor: 2, maxMs: 60_000 };
    this.#clock = clock;
    this.#random = random;
    this.#park = park;
  }

  mayTry(name: string): boolean {
    const failures = this.#failures.get(name);
    return failures === undefined || this.#clock.monotonicMs() >= failures.retryAtMs;
  }

  /** Milliseconds to wait before the next try. A parked object is asked again now and then: an operator may have released it. */
  failed(name: string, of: Address, error: StatorError): number {
    const failures = this.#failures.get(name) ?? { count: 0, retryAtMs: 0 };
    if (error.code !== "OBJECT_PAUSED") failures.count++;
    if (failures.count >= this.#policy.maxAttempts) {
      this.#park(of, `${name} failed ${failures.count} times: ${error.message}`);
      failures.count = 0;
    }
    const waitMs = backoffMs(this.#policy, Math.max(1, failures.count), this.#random.fraction());
    failures.retryAtMs = this.#clock.monotonicMs() + waitMs;
    this.#failures.set(name, failures);
    return waitMs;
  }

  succeeded(name: string): void {
    this.#failures.delete(name);
  }
}
