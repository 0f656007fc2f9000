/**
 * Fires timers. The rows are the truth, and "due" is the database's word; this file only knows when to look.
 *
 * Firing is a message to the object with the id `timer/<timer>/<generation>`. Its turn compares the generation with the
 * snapshot, and its commit removes the row: nobody else does. A timer that two owners fire is applied once, one that was
 * canceled or armed again is ignored.
 */
import { formatAddress } from "../core/address.ts";
import { contentHash, type Message, timerMessageId } from "../core/message.ts";
import type { HostOptions } from "../core/options.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueTimer, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Attempts } from "./attempts.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import { Sweep } from "./sweep.ts";

/** Timers fired by one look, so that a restart after an outage does not flood the host. */
const MAX_DUE = 200;

export interface TimersParts {
  readonly store: Store;
  readonly scope: () => Scope;
  readonly push: (delivery: Delivery) => void;
  readonly attempts: Attempts;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: Counters;
}

export class Timers {
  readonly #parts: TimersParts;
  readonly #firing = new Set<string>();
  readonly #sweep: Sweep;
  /** The last look did not see all that is due. */
  #isBehind = false;

  constructor(parts: TimersParts) {
    this.#parts = parts;
    this.#sweep = new Sweep(
      parts.clock,
      parts.options.pollMs,
      () => this.#look(),
      (cause) => parts.log.warn({ err: cause }, "looking for due timers failed"),
    );
  }

  /** Timers were armed: look when the first of them is due. */
  set(delaysMs: readonly number[]): void {
    this.#sweep.wake(Math.min(...delaysMs));
  }

  wake(): void {
    this.#sweep.wake();
  }

  stop(): void {
    this.#sweep.stop();
  }

  async #look(): Promise<number | undefined> {
    const scope = this.#parts.scope();
    if (scope.partitions.length === 0) return undefined;
    const limit = MAX_DUE + this.#firing.size;
    const { due, nextMs } = await this.#parts.store.dueTimers(scope, limit);
    this.#isBehind = due.length >= limit;
    const fresh = due.filter((timer) => !this.#firing.has(nameOf(timer)) && this.#parts.attempts.mayTry(nameOf(timer)));
    for (const timer of fresh) this.#fire(timer);
    return nextMs;
  }

  #fire(timer: DueTimer): void {
    const name = nameOf(timer);
    const body = { kind: "timer", timer: timer.timer, generation: timer.generation } as const;
    const message: Message = {
      id: timerMessageId(timer.timer, timer.generation),
      hash: contentHash(body),
      sentAtMs: undefined,
      to: timer.address,
      body,
    };
    this.#firing.add(name);
    this.#parts.push(
      delivery(message, "self", this.#parts.clock.monotonicMs(), (answer) => this.#fired(message, name, answer)),
    );
  }

  #fired(message: Message, name: string, answer: Answer): void {
    this.#firing.delete(name);
    if (answer.kind === "committed") this.#parts.counters.add("timer.fired");
    if (answer.kind === "refused") this.#parts.attempts.failed(name, message, answer.error);
    else this.#parts.attempts.succeeded(name);
    if (this.#isBehind && this.#firing.size < MAX_DUE / 2) this.#sweep.wake();
  }
}

const nameOf = (timer: DueTimer): string => `${formatAddress(timer.address)} ${timer.timer} ${timer.generation}`;
