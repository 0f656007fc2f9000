/**
 * Whether a caller's message is taken in. Nothing is accepted before its commit, so everything before it may be refused,
 * and is best refused at once, before it costs anything: a queue that is longer than what the host does in a moment only
 * makes everybody late, and in the end nobody gets an answer in time.
 *
 *   most that may wait   halved, at the most, once answers take longer than `TARGET_MS` and go on to; grows while it is needed
 *   of one object        once half of that waits, a quarter of what is still free: a hot key gives way to the others
 *   of one definition    then twice of what is still free
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { StatorError } from "../core/errors.ts";
import type { HostOptions } from "../core/options.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Counters } from "../ports/telemetry.ts";
import { overloaded } from "./refusal.ts";

/** What an answer may take, waiting included. */
const TARGET_MS = 800;
/** A start, a slow sync or a pause of the process is no overload: what is late for so long is. */
const LATE_FOR_MS = 1_000;
const WINDOW_MS = 100;
/** Fewer answers than these say nothing. */
const MIN_ANSWERS = 16;
/** A database that is far away needs that many at once. */
const MIN_WAITING = 128;
const FIRST_WAITING = 1_024;

export interface AdmissionParts {
  readonly options: Pick<HostOptions, "maxMailbox" | "maxWaiting">;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
}

export class Admission {
  readonly #parts: AdmissionParts;
  readonly #ofObject = new Map<string, number>();
  readonly #ofDefinition = new Map<string, number>();
  #waiting = 0;
  #limit: number;
  /** Of the present window. */
  #sinceMs = 0;
  #answers = 0;
  #sumMs = 0;
  #most = 0;
  #answerMs = 0;
  /** Since when every window was late. */
  #lateSinceMs: number | undefined;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#limit = Math.min(FIRST_WAITING, parts.options.maxWaiting);
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Counts the message in and answers what to call once it is answered. Throws `OVERLOADED`. */
  enter(address: Address): () => void {
    const key = formatAddress(address);
    const ofObject = this.#ofObject.get(key) ?? 0;
    const ofDefinition = this.#ofDefinition.get(address.name) ?? 0;
    const free = this.#limit - this.#waiting;
    const isCrowded = free <= this.#limit / 2;
    const isUnfair = isCrowded && (ofObject >= free / 4 || ofDefinition >= 2 * free);
    if (free <= 0 || isUnfair || ofObject >= this.#parts.options.maxMailbox) throw this.#shed(key);
    const enteredMs = this.#parts.clock.monotonicMs();
    if (this.#waiting === 0) this.#begin(enteredMs);
    this.#waiting++;
    this.#most = Math.max(this.#most, this.#waiting);
    this.#ofObject.set(key, ofObject + 1);
    this.#ofDefinition.set(address.name, ofDefinition + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#leave(key, address.name, this.#parts.clock.monotonicMs() - enteredMs);
    };
  }

  #leave(key: string, name: string, tookMs: number): void {
    this.#waiting--;
    countDown(this.#ofObject, key);
    countDown(this.#ofDefinition, name);
    this.#answers++;
    this.#sumMs += tookMs;
    const nowMs = this.#parts.clock.monotonicMs();
    const windowMs = nowMs - this.#sinceMs;
    if (this.#answers < MIN_ANSWERS || windowMs < WINDOW_MS) return;
    // what was answered tells late how long the queue has become: what waits will take as long as its part of the window
    this.#answerMs = Math.max(this.#sumMs, this.#waiting * windowMs) / this.#answers;
    if (this.#answerMs <= TARGET_MS) this.#lateSinceMs = undefined;
    else this.#lateSinceMs ??= this.#sinceMs;
    this.#adapt(this.#lateSinceMs !== undefined && nowMs - this.#lateSinceMs >= LATE_FOR_MS);
    this.#begin(nowMs);
  }

  #begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#answers = 0;
    this.#sumMs = 0;
    this.#most = this.#waiting;
  }

  #adapt(isLate: boolean): void {
    const { maxWaiting } = this.#parts.options;
    const isNeeded = this.#most >= this.#limit / 2;
    if (isLate) this.#limit = Math.round(this.#limit * Math.max(0.5, TARGET_MS / this.#answerMs));
    else if (isNeeded && this.#answerMs <= TARGET_MS)
      this.#limit = Math.round(this.#limit * (this.#answerMs < TARGET_MS / 2 ? 2 : 1.1));
    this.#limit = Math.min(maxWaiting, Math.max(MIN_WAITING, this.#limit));
  }

  #shed(key: string): StatorError {
    const { counters, random } = this.#parts;
    counters.add("shed");
    return overloaded(key, 100 + Math.round(Math.min(2_000, this.#answerMs + 400) * random.fraction()));
  }
}

function countDown(counts: Map<string, number>, name: string): void {
  const count = (counts.get(name) ?? 1) - 1;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
