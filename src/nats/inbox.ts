/**
 * All pending requests of a connection: one wildcard subscription, one map, one sweep for what is due.
 *
 * The client's own `request` costs ten times the CPU: a timer, a race of promises and a stack trace for each call.
 * The sweep runs at the earliest time it knows of, and only while something is pending: under load most of what
 * was pending then has long been answered, so it runs about once per timeout, not once per request.
 */
import type { Cancel, Clock } from "../ports/clock.ts";
import {
  type Again,
  type Incoming,
  NoAnswerError,
  NoRespondersError,
  type RequestOptions,
} from "../ports/transport.ts";

/** Least time between two sweeps. What is due may come this much late. */
const MIN_SWEEP_MS = 10;
const NEVER = Number.POSITIVE_INFINITY;

interface Waiter {
  readonly deadlineMs: number;
  /** When to send it again; never where it was, or is not to be. */
  againMs: number;
  readonly again: Again | undefined;
  readonly send: (reply: string, subject: string) => void;
  /** True when no further answer is wanted. */
  answer(message: Incoming): boolean;
  noResponders(): void;
  expire(): void;
}

export class Inbox {
  /** What to subscribe to. */
  readonly filter: string;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Waiter>();
  #next = 0;
  #sweepAtMs = NEVER;
  #cancelSweep: Cancel | undefined;

  /** `prefix` is a subject nobody else has. */
  constructor(prefix: string, clock: Clock) {
    this.#prefix = `${prefix}.`;
    this.filter = `${prefix}.*`;
    this.#clock = clock;
  }

  /** Calls `send` with a fresh reply subject, perhaps again with another subject, and waits for the first answer. */
  one(
    subject: string,
    { timeoutMs, again }: Pick<RequestOptions, "timeoutMs" | "again">,
    send: (reply: string, subject: string) => void,
  ): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      const now = this.#clock.monotonicMs();
      const waiter: Waiter = {
        deadlineMs: now + timeoutMs,
        againMs: again === undefined ? NEVER : now + again.afterMs,
        again,
        send,
        answer: (message) => {
          resolve(message);
          return true;
        },
        noResponders: () => reject(new NoRespondersError(subject)),
        expire: () => reject(new NoAnswerError(subject, timeoutMs)),
      };
      this.#open(waiter, subject);
    });
  }

  /** As above; takes all answers until the time is up or `enough` says so. */
  many(
    subject: string,
    timeoutMs: number,
    enough: (answers: readonly Incoming[]) => boolean,
    send: (reply: string, subject: string) => void,
  ): Promise<readonly Incoming[]> {
    return new Promise((resolve) => {
      const answers: Incoming[] = [];
      const end = (): void => resolve(answers);
      const waiter: Waiter = {
        deadlineMs: this.#clock.monotonicMs() + timeoutMs,
        againMs: NEVER,
        again: undefined,
        send,
        answer: (message) => {
          answers.push(message);
          if (!enough(answers)) return false;
          end();
          return true;
        },
        noResponders: end,
        expire: end,
      };
      this.#open(waiter, subject);
    });
  }

  /** An answer came in. One that nobody waits for any more is dropped. */
  answer(message: Incoming): void {
    const waiter = this.#waiters.get(message.subject);
    if (waiter?.answer(message)) this.#waiters.delete(message.subject);
  }

  noResponders(reply: string): void {
    const waiter = this.#waiters.get(reply);
    this.#waiters.delete(reply);
    waiter?.noResponders();
  }

  /** The reply subject is of this inbox, and nobody waits for its answer any more. */
  isStale(reply: string): boolean {
    return reply.startsWith(this.#prefix) && !this.#waiters.has(reply);
  }

  /** No answer will come any more. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#sweepAtMs = NEVER;
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.expire();
  }

  /** Throws what `send` throws; then nothing is pending. */
  #open(waiter: Waiter, subject: string): void {
    this.#next++;
    const reply = this.#prefix + this.#next.toString(36);
    waiter.send(reply, subject);
    this.#waiters.set(reply, waiter);
    this.#sweepBy(Math.min(waiter.deadlineMs, waiter.againMs));
  }

  #sweepBy(atMs: number): void {
    if (atMs >= this.#sweepAtMs) return;
    this.#cancelSweep?.();
    this.#sweepAtMs = atMs;
    this.#cancelSweep = this.#clock.after(Math.max(0, atMs - this.#clock.monotonicMs()), () => this.#sweep());
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    this.#sweepAtMs = NEVER;
    const now = this.#clock.monotonicMs();
    let earliest = NEVER;
    for (const [reply, waiter] of this.#waiters) {
      if (waiter.deadlineMs <= now) {
        this.#waiters.delete(reply);
        waiter.expire();
        continue;
      }
      if (waiter.againMs <= now) {
        waiter.againMs = NEVER;
        sendAgain(waiter, reply);
      }
      earliest = Math.min(earliest, waiter.deadlineMs, waiter.againMs);
    }
    if (earliest < NEVER) this.#sweepBy(Math.max(earliest, now + MIN_SWEEP_MS));
  }
}

function sendAgain({ again, send }: Waiter, reply: string): void {
  try {
    const to = again?.subject();
    if (to !== undefined) send(reply, to);
  } catch {
    // what was sent first is on its way
  }
}
