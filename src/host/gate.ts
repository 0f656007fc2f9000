/**
 * The output gate: what leaves a turn, and only once its own outcome is `committed`. Answers first, then the changes
 * feed, then what the turn asked the world for.
 */
import type { Address } from "../core/address.ts";
import type { Subjects } from "../core/subjects.ts";
import type { Change } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Transport } from "../ports/transport.ts";
import type { ComputedTurn, OpenChain } from "./chain.ts";
import { answerByReply } from "./refusal.ts";

/** The stages behind the commit. */
export interface NextStages {
  relay(of: Address, incarnation: string, turn: ComputedTurn): void;
  timersSet(delaysMs: readonly number[]): void;
  invoke(of: Address, id: string, actor: string, input: unknown): void;
  abort(id: string): void;
  /** The object has a new committed state: waiters look at it. */
  changed(of: Address, turn: ComputedTurn): void;
}

export class Gate {
  readonly #next: NextStages;
  readonly #transport: Transport;
  readonly #subjects: Subjects;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counters: Counters;
  #at = { wallMs: Number.NaN, text: "" };

  constructor(
    next: NextStages,
    transport: Transport,
    subjects: Subjects,
    clock: Clock,
    log: Logger,
    counters: Counters,
  ) {
    this.#next = next;
    this.#transport = transport;
    this.#subjects = subjects;
    this.#clock = clock;
    this.#log = log;
    this.#counters = counters;
  }

  release(chain: OpenChain): void {
    this.#counters.add("turn.committed", chain.turns.length);
    if (chain.turns.length > 1) this.#counters.add("chain.several");
    for (const turn of chain.turns) {
      this.#answer(turn);
      this.#publish(chain.address, turn);
      this.#carryOut(chain, turn);
      this.#next.changed(chain.address, turn);
    }
  }

  #answer(turn: ComputedTurn): void {
    const { revision, viewText: view, delivery, record } = turn;
    const { refusal } = turn;
    delivery.answer(
      refusal === undefined ? { kind: "committed", revision, view } : { kind: "refused", error: refusal },
    );
    for (const follower of turn.followers) {
      this.#counters.add("turn.duplicate");
      follower.answer(answerByReply({ revision, view: record.view, hash: record.hash }, follower.message));
    }
  }

  #publish(of: Address, turn: ComputedTurn): void {
    const { message } = turn.delivery;
    const { body } = message;
    const change: Change = {
      object: of.name,
      key: of.key,
      revision: turn.revision,
      messageId: message.id,
      event: body.kind === "event" ? body.event.type : `stator.${body.kind === "order" ? body.verb : body.kind}`,
      before: turn.before ?? null,
      after: turn.view.value,
      status: turn.view.status,
      tags: turn.view.tags,
      at: this.#now(),
    };
    this.#transport.publish(this.#subjects.changed(of), JSON.stringify(change));
  }

  /** An ISO date; the turns of one batch share it. */
  #now(): string {
    const wallMs = this.#clock.wallMs();
    if (this.#at.wallMs !== wallMs) this.#at = { wallMs, text: new Date(wallMs).toISOString() };
    return this.#at.text;
  }

  #carryOut(chain: OpenChain, turn: ComputedTurn): void {
    const delays: number[] = [];
    for (const effect of turn.effects) {
      switch (effect.kind) {
        case "timer.set":
          delays.push(effect.delayMs);
          break;
        case "invoke":
          this.#next.invoke(chain.address, effect.id, effect.actor, effect.input);
          break;
        case "abort":
          this.#next.abort(effect.id);
          break;
        case "log":
          this.#log.info(
            { object: chain.address.name, key: chain.address.key, revision: turn.revision, args: effect.args },
            "machine log",
          );
          break;
        default:
          break; // all others are rows of the outbox
      }
    }
    if (delays.length > 0) this.#next.timersSet(delays);
    if (turn.record.outbox.length > 0) this.#next.relay(chain.address, chain.base.incarnation, turn);
  }
}
