/**
 * XState's own way with two delayed sends under one id: the first stays armed and is beyond `cancel`; and once one of
 * them has fired, none of that id can be canceled. Ours replaces the first. Only the equivalence suite uses this.
 */
import { type ArmedTimer, Timers, timerName } from "../../src/engine/timers.ts";
import type { Recorder } from "../../src/engine/turn.ts";

export class XStateTimers extends Timers {
  override arm(given: Omit<ArmedTimer, "timer" | "generation">, turn: Recorder): void {
    this.#beyondCancel(given.sourceSession, given.sendId);
    const timer = `${timerName(given.source, given.sendId)}~${turn.bookId()}`;
    this.set({ ...given, timer, generation: turn.revision }, turn);
  }

  override remove(timer: ArmedTimer, turn: Recorder): void {
    super.remove(timer, turn);
    this.#beyondCancel(timer.sourceSession, timer.sendId.replace(BEYOND, ""));
  }

  override cancel(_source: string, session: string, sendId: string, turn: Recorder): void {
    for (const timer of this.armed.values()) {
      if (timer.sourceSession === session && timer.sendId === sendId) super.remove(timer, turn);
    }
  }

  override cancelAll(session: string, turn: Recorder): void {
    for (const timer of this.armed.values()) {
      if (timer.sourceSession === session && !isBeyond(timer)) super.remove(timer, turn);
    }
  }

  #beyondCancel(session: string, sendId: string): void {
    for (const timer of this.armed.values()) {
      if (timer.sourceSession !== session || timer.sendId !== sendId) continue;
      this.armed.set(timer.timer, { ...timer, sendId: `${BEYOND}${sendId}` });
    }
  }
}

const BEYOND = "beyond:";
const isBeyond = (timer: ArmedTimer): boolean => timer.sendId.startsWith(BEYOND);
