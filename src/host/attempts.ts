/**
 * Tries of what comes from inside: a timer, a result or a message between objects whose turn fails is tried again.
 * A message that keeps failing parks its object, with the cause, for an operator; other objects do not notice.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { StatorError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { Parked } from "../core/parking.ts";
import { backoffMs, type RetryPolicy } from "../core/retry.ts";
import type { Clock, Random } from "../ports/clock.ts";

/** An operator's release is heard at once; this is for one that was not. */
const PAUSED_MS = 15_000;

interface Failures {
  readonly of: string;
  count: number;
  retryAtMs: number;
}

export type Park = (address: Address, parked: Parked) => void;

export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #park: Park;

  constructor(maxAttempts: number, clock: Clock, random: Random, park: Park) {
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
  failed(name: string, message: Message, error: StatorError): number {
    const of = formatAddress(message.to);
    const failures = this.#failures.get(name) ?? { of, count: 0, retryAtMs: 0 };
    // deliveries of one message that came meanwhile are no tries of their own
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < failures.retryAtMs) return failures.retryAtMs - nowMs;
    const isPaused = error.code === "OBJECT_PAUSED";
    if (!isPaused) failures.count++;
    if (failures.count >= this.#policy.maxAttempts) {
      this.#park(message.to, this.#poison(message, failures.count, error));
      failures.count = 0;
    }
    const random = this.#random.fraction();
    const waitMs = isPaused ? PAUSED_MS * (1 + random) : backoffMs(this.#policy, Math.max(1, failures.count), random);
    failures.retryAtMs = nowMs + waitMs;
    this.#failures.set(name, failures);
    return waitMs;
  }

  succeeded(name: string): void {
    this.#failures.delete(name);
  }

  /** An operator released the object: what failed is tried at once, and counted from the beginning. */
  released(address: Address): void {
    const of = formatAddress(address);
    for (const [name, failures] of this.#failures) if (failures.of === of) this.#failures.delete(name);
  }

  #poison({ id, hash, source, body }: Message, attempts: number, error: StatorError): Parked {
    return {
      reason: `${id} failed ${attempts} times: ${error.message}`,
      since: new Date(this.#clock.wallMs()).toISOString(),
      messageId: id,
      hash,
      ...(source === undefined ? {} : { source }),
      kind: body.kind,
      event: body.kind === "event" ? body.event : body,
      attempts,
    };
  }
}
