/**
 * What one turn asks the world for, in the order of capture. Nothing is carried out here.
 *
 * Timers and invocations are net: the store clears before it sets, so a timer yields at most one effect per turn, and
 * an invocation that was started and left within one turn yields none.
 */
import type { Address } from "../core/address.ts";
import { type Effect, effectId } from "../core/effect.ts";
import type { EventObject } from "../core/message.ts";
import type { Signature } from "../core/order.ts";
import type { TurnContext } from "./engine.ts";

const MAX_EFFECTS = 1_000;

export class Recorder {
  #turn: TurnContext;
  #effects: (Effect | undefined)[] = [];
  #holes = false;
  #idx = 0;
  #booked = 0;
  /** Position of the present effect of a timer or invocation. */
  readonly #at = new Map<string, number>();
  /** Timers touched in this turn that were armed before it. */
  readonly #before = new Set<string>();

  constructor(turn: TurnContext) {
    this.#turn = turn;
  }

  get revision(): number {
    return this.#turn.revision;
  }

  begin(turn: TurnContext): void {
    this.#turn = turn;
    this.#effects = [];
    this.#holes = false;
    this.#idx = 0;
    this.#booked = 0;
    if (this.#at.size > 0) this.#at.clear();
    if (this.#before.size > 0) this.#before.clear();
  }

  /** An id that no other turn of any life of the object makes, and that a repeated turn makes again. */
  bookId(): string {
    return `${this.#turn.incarnation}.${this.#turn.revision}.${this.#booked++}`;
  }

  send(to: Address, event: EventObject): void {
    const idx = this.#next();
    this.#push({ kind: "send", id: this.#id(idx), idx, to, event });
  }

  /** Answers the invocation's id. */
  create(to: Address, input: unknown): string {
    return this.#begun((id, idx) => ({ kind: "create", id, idx, to, input }));
  }

  /** Answers the invocation's id. */
  ask(to: Address, event: EventObject): string {
    return this.#begun((id, idx) => ({ kind: "ask", id, idx, to, event }));
  }

  result(to: Address, invocationId: string, ok: boolean, value: unknown): void {
    const idx = this.#next();
    this.#push({ kind: "result", id: this.#id(idx), idx, to, invocationId, ok, value });
  }

  kill(to: Address, invocationId: string, { by, reason }: Signature): void {
    const idx = this.#next();
    this.#push({ kind: "kill", id: this.#id(idx), idx, to, invocationId, by, reason });
  }

  emit(event: EventObject): void {
    const idx = this.#next();
    this.#push({ kind: "emit", id: this.#id(idx), idx, event });
  }

  action(action: string, params: unknown, event: EventObject): void {
    const idx = this.#next();
    this.#push({ kind: "action", id: this.#id(idx), idx, action, params, event });
  }

  log(args: readonly unknown[]): void {
    this.#push({ kind: "log", args });
  }

  /** Answers the invocation's id. */
  invoke(actor: string, input: unknown): string {
    return this.#begun((id) => ({ kind: "invoke", id, actor, input }));
  }

  #begun(effect: (id: string, idx: number) => Effect): string {
    const idx = this.#next();
    const id = this.#id(idx);
    this.#at.set(`i${id}`, this.#effects.length);
    this.#push(effect(id, idx));
    return id;
  }

  abort(id: string): void {
    if (!this.#drop(`i${id}`)) this.#push({ kind: "abort", id });
  }

  /** `replaced` is the generation of the timer that had the name until now. */
  setTimer(timer: string, delayMs: number, replaced: number | undefined): void {
    this.#touch(timer, replaced);
    this.#at.set(`t${timer}`, this.#effects.length);
    this.#push({ kind: "timer.set", timer, generation: this.#turn.revision, delayMs });
  }

  clearTimer(timer: string, generation: number): void {
    this.#touch(timer, generation);
    if (!this.#before.has(timer)) return;
    this.#at.set(`t${timer}`, this.#effects.length);
    this.#push({ kind: "timer.clear", timer });
  }

  effects(): readonly Effect[] {
    return this.#holes ? this.#effects.filter((effect) => effect !== undefined) : (this.#effects as Effect[]);
  }

  #touch(timer: string, generation: number | undefined): void {
    if (generation !== undefined && generation !== this.#turn.revision) this.#before.add(timer);
    this.#drop(`t${timer}`);
  }

  #drop(key: string): boolean {
    const at = this.#at.get(key);
    if (at === undefined) return false;
    this.#at.delete(key);
    this.#effects[at] = undefined;
    this.#holes = true;
    return true;
  }

  #next(): number {
    return this.#idx++;
  }

  #id(idx: number): string {
    return effectId(this.#turn.address, this.#turn.incarnation, this.#turn.revision, idx);
  }

  #push(effect: Effect): void {
    if (this.#effects.length >= MAX_EFFECTS) {
      throw new Error(`the turn asks for more than ${MAX_EFFECTS} effects; split the work over several turns`);
    }
    this.#effects.push(effect);
  }
}
