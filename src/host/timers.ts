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
import type { Cancel, Clock } from "../ports/clock.ts";
import type { DueTimer, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Attempts } from "./attempts.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import { Sweep } from "./sweep.ts";

/**
 * Timers that are loaded and whose turns are not committed, at most: after an outage all the others stay rows, so that
 * the host has its memory and callers have their turn.
 */
const MAX_IN_HAND = 512;
/** How far a look sees ahead: what falls due until the next one is loaded by then, and a look serves many timers. */
const AHEAD_MS = 100;

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
  /** Loaded, and not yet answered; with how to forget what is not yet due. */
  readonly #inHand = new Map<string, Cancel | undefined>();
  /** Answered since the last look began, which may have seen their rows. */
  readonly #answered = new Set<string>();
  readonly #sweep: Sweep;
  /** The last look did not load all that will be due by the next. */
  #isBehind = false;
  /** Timers of the last look that failed before and wait for their next try. */
  #heldBack = 0;

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
    for (const cancel of this.#inHand.values()) cancel?.();
  }

  async #look(): Promise<number | undefined> {
    const { scope, store, clock, attempts } = this.#parts;
    const within = scope();
    if (within.partitions.length === 0) return undefined;
    this.#answered.clear();
    const { due, nextMs } = await store.dueTimers(within, MAX_IN_HAND + this.#heldBack, AHEAD_MS);
    const nowMs = clock.monotonicMs();
    const others = due.filter((timer) => !this.#isKnown(nameOf(timer)));
    const fresh = others.filter((timer) => attempts.mayTry(nameOf(timer)));
    const taken = fresh.slice(0, Math.max(0, MAX_IN_HAND - this.#inHand.size));
    for (const timer of taken) this.#take(timer, nowMs + timer.waitMs);
    const hasMoreHeldBack = others.length - fresh.length > this.#heldBack;
    this.#heldBack = others.length - fresh.length;
    this.#isBehind = taken.length < fresh.length || (nextMs !== undefined && nextMs <= AHEAD_MS);
    if (!this.#isBehind) return nextMs && nextMs - AHEAD_MS / 2;
    return this.#hasRoom && (taken.length > 0 || hasMoreHeldBack) ? 0 : undefined;
  }

  #isKnown(name: string): boolean {
    return this.#inHand.has(name) || this.#answered.has(name);
  }

  get #hasRoom(): boolean {
    return this.#inHand.size <= MAX_IN_HAND / 2;
  }

  #take(timer: DueTimer, dueMs: number): void {
    const name = nameOf(timer);
    const leftMs = dueMs - this.#parts.clock.monotonicMs();
    // a real clock may ring a little early: then once more
    const wait = leftMs > 0 ? this.#parts.clock.after(leftMs, () => this.#take(timer, dueMs)) : undefined;
    this.#inHand.set(name, wait);
    if (wait === undefined) this.#fire(timer, name);
  }

  #fire(timer: DueTimer, name: string): void {
    const body = { kind: "timer", timer: timer.timer, generation: timer.generation } as const;
    const message: Message = {
      id: timerMessageId(timer.timer, timer.generation),
      hash: contentHash(body),
      sentAtMs: undefined,
      to: timer.address,
      body,
    };
    this.#parts.push(
      delivery(message, "self", this.#parts.clock.monotonicMs(), (answer) => this.#fired(message, name, answer)),
    );
  }

  #fired(message: Message, name: string, answer: Answer): void {
    this.#inHand.delete(name);
    this.#answered.add(name);
    if (answer.kind === "committed") this.#parts.counters.add("timer.fired");
    if (answer.kind === "refused") this.#parts.attempts.failed(name, message, answer.error);
    else this.#parts.attempts.succeeded(name);
    if (this.#isBehind && this.#hasRoom) this.#sweep.wake();
  }
}

const nameOf = (timer: DueTimer): string => `${formatAddress(timer.address)} ${timer.timer} ${timer.generation}`;
