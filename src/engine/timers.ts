/**
 * The armed timers of one object. They live in its envelope; the store's rows are only the index for waking.
 *
 * A timer is named by (path of the sending actor, send id): a second send under a live id replaces the first. XState
 * itself leaves the first one armed and beyond cancel; `test/engine/quirk.ts` imitates that for the equivalence suite.
 */
import type { EventObject } from "../core/message.ts";
import type { Recorder } from "./turn.ts";

export interface ArmedTimer {
  readonly timer: string;
  /** The revision that armed it: a firing with another one is late. */
  readonly generation: number;
  readonly source: string;
  readonly sourceSession: string;
  /** A path, or `object:<name>/<key>`. */
  readonly target: string;
  /** A target that was stopped and spawned again under its id is another actor. */
  readonly targetSession: string;
  readonly sendId: string;
  /** As JSON, references encoded. */
  readonly event: EventObject;
  readonly delayMs: number;
}

export class Timers {
  protected readonly armed = new Map<string, ArmedTimer>();

  /** In the order they were armed. */
  list(): readonly ArmedTimer[] {
    return [...this.armed.values()];
  }

  get size(): number {
    return this.armed.size;
  }

  /** Takes what the envelope holds. */
  load(timers: readonly ArmedTimer[]): void {
    for (const timer of timers) this.armed.set(timer.timer, timer);
  }

  get(timer: string): ArmedTimer | undefined {
    return this.armed.get(timer);
  }

  arm(given: Omit<ArmedTimer, "timer" | "generation">, turn: Recorder): void {
    this.set({ ...given, timer: timerName(given.source, given.sendId), generation: turn.revision }, turn);
  }

  /** The timer fired, or what it was for is gone. */
  remove(timer: ArmedTimer, turn: Recorder): void {
    this.armed.delete(timer.timer);
    turn.clearTimer(timer.timer, timer.generation);
  }

  cancel(source: string, session: string, sendId: string, turn: Recorder): void {
    const timer = this.armed.get(timerName(source, sendId));
    if (timer !== undefined && timer.sourceSession === session) this.remove(timer, turn);
  }

  /** The actor of that session has stopped. */
  cancelAll(session: string, turn: Recorder): void {
    for (const timer of this.armed.values()) if (timer.sourceSession === session) this.remove(timer, turn);
  }

  protected set(timer: ArmedTimer, turn: Recorder): void {
    const replaced = this.armed.get(timer.timer)?.generation;
    this.armed.delete(timer.timer); // so that it moves to the end
    this.armed.set(timer.timer, timer);
    turn.setTimer(timer.timer, timer.delayMs, replaced);
  }
}

/** Paths hold no plain `#`, so the name tells both parts apart. */
export const timerName = (source: string, sendId: string): string => `${source}#${sendId}`;
