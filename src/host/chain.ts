/**
 * The turns of one object that will be written together: computed in memory, not yet committed.
 *
 * Pure bookkeeping: takes turns one by one, keeps timers and invocations net over the chain, and gives the record that
 * the store writes. Deliveries that repeat a message of the chain ride along as followers.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { Effect } from "../core/effect.ts";
import type { StatorError } from "../core/errors.ts";
import { type Message, nextHistory, type ObjectStatus, type StateView, viewText } from "../core/message.ts";
import { JOURNAL_KIND, orderText } from "../core/order.ts";
import { type Maker, type Steps, trailText } from "../core/trail.ts";
import type { Chain, OutboxRow, StoredObject, TurnRecord } from "../ports/store.ts";
import type { Delivery } from "./delivery.ts";
import { refusedText } from "./refused.ts";

/** What identifies a stored state of an object, and what its next turn builds on. */
export interface Head {
  readonly revision: number;
  readonly tag: string;
  readonly incarnation: string;
  readonly history: string;
}

export const headOf = ({ revision, tag, incarnation, history }: StoredObject): Head => ({
  revision,
  tag,
  incarnation,
  history,
});

/** The head of an object that is not born yet. */
export const unborn = (incarnation: string): Head => ({ revision: 0, tag: "0", incarnation, history: "" });

export interface ComputedTurn {
  readonly delivery: Delivery;
  readonly revision: number;
  readonly view: StateView;
  readonly viewText: string;
  /** State value before the turn; undefined when the object was born in it. */
  readonly before: unknown;
  readonly effects: readonly Effect[];
  readonly record: TurnRecord;
  /** An ask that the state does not take: its refusal is committed as a turn that changes nothing. */
  readonly refusal: StatorError | undefined;
  /** Deliveries of the same message that arrived while this one was not committed. */
  readonly followers: Delivery[];
}

/** Everybody who waits for the outcome of these turns. */
export const deliveriesOf = (turns: readonly ComputedTurn[]): Delivery[] =>
  turns.flatMap((turn) => [turn.delivery, ...turn.followers]);

export class OpenChain {
  readonly address: Address;
  readonly base: Head;
  /** Mark of the commit, made by the host so that the next chain can be computed on this one while it is in flight. */
  readonly tag: string;
  readonly turns: ComputedTurn[] = [];
  readonly #maker: Maker;
  #snapshot = "";
  #head: Head;
  /** Most chains have neither timers nor invocations. */
  #net: Net | undefined;

  constructor(address: Address, base: Head, tag: string, maker: Maker) {
    this.#maker = maker;
    this.address = address;
    this.base = base;
    this.tag = tag;
    this.#head = base;
  }

  /** The head that the object has once this chain is committed. */
  get head(): Head {
    return this.#head;
  }

  find(messageId: string): ComputedTurn | undefined {
    return this.turns.find((turn) => turn.delivery.message.id === messageId);
  }

  add(
    delivery: Delivery,
    before: unknown,
    turn: { view: StateView; snapshot: string; effects: readonly Effect[]; steps: Steps },
    refusal?: StatorError,
  ): void {
    const { message } = delivery;
    const { revision, incarnation, history } = this.#head;
    const view = viewText(turn.view);
    const stored = refusal === undefined ? view : refusedText(refusal, view);
    const record: TurnRecord = {
      messageId: message.id,
      hash: message.hash,
      sentAtMs: message.sentAtMs,
      kind: refusal === undefined ? journalKind(message) : "refused",
      event: JSON.stringify(carried(message)) ?? "null",
      view: stored,
      history: nextHistory(history, message.id),
      trail: trailText(this.#maker, turn.steps, turn.effects, message.traceparent),
      source: message.source,
      outbox: turn.effects.flatMap(outboxRow),
    };
    const computed = {
      delivery,
      revision: revision + 1,
      view: turn.view,
      viewText: view,
      before,
      effects: turn.effects,
      record,
      refusal,
      followers: [],
    };
    this.turns.push(computed);
    this.#snapshot = turn.snapshot;
    this.#head = { revision: revision + 1, tag: this.tag, incarnation, history: record.history };
    if (turn.effects.length === 0 && message.body.kind === "event") return;
    this.#net ??= new Net();
    this.#net.take(message, turn.effects);
  }

  toRecord(partition: number, epoch: number): Chain {
    const last = this.turns.at(-1);
    if (last === undefined) throw new Error(`chain of ${formatAddress(this.address)} has no turn`);
    const value = JSON.stringify(last.view.value ?? null);
    return {
      partition,
      epoch,
      address: this.address,
      base: { revision: this.base.revision, tag: this.base.tag },
      tag: this.tag,
      incarnation: this.base.incarnation,
      status: last.view.status,
      value,
      isStateChanged: isStateChanged(last.view.status, JSON.stringify(this.turns[0]?.before) !== value),
      tags: last.view.tags,
      machineVersion: this.#maker.machine,
      snapshot: this.#snapshot,
      turns: this.turns.map((turn) => turn.record),
      ...(this.#net?.rows() ?? NOTHING),
    };
  }
}

type NetRows = Pick<Chain, "timersSet" | "timersCleared" | "invocationsStarted" | "invocationsEnded">;
const NOTHING: NetRows = { timersSet: [], timersCleared: [], invocationsStarted: [], invocationsEnded: [] };

/** Timers and invocations, net over a chain. */
class Net {
  readonly #timers = new Map<string, { readonly generation: number; readonly delayMs: number } | undefined>();
  readonly #started = new Map<string, { readonly actor: string; readonly input: string }>();
  readonly #ended = new Set<string>();

  /** What the message itself uses up comes first: a timer that fired may be armed again by the same turn. */
  take(message: Message, effects: readonly Effect[]): void {
    if (message.body.kind === "timer") this.#timers.set(message.body.timer, undefined);
    if (message.body.kind === "result") this.#end(message.body.invocationId);
    if (message.body.kind === "skip") {
      if (message.body.timer !== undefined) this.#timers.set(message.body.timer.timer, undefined);
      if (message.body.invocationId !== undefined) this.#end(message.body.invocationId);
    }
    for (const effect of effects) {
      if (effect.kind === "timer.set") this.#timers.set(effect.timer, effect);
      else if (effect.kind === "timer.clear") this.#timers.set(effect.timer, undefined);
      else if (effect.kind === "invoke")
        this.#started.set(effect.id, { actor: effect.actor, input: JSON.stringify(effect.input) ?? "null" });
      else if (effect.kind === "abort") this.#end(effect.id);
    }
  }

  #end(invocationId: string): void {
    if (!this.#started.delete(invocationId)) this.#ended.add(invocationId);
  }

  rows(): NetRows {
    const timers = [...this.#timers];
    return {
      timersSet: timers.flatMap(([timer, set]) =>
        set === undefined ? [] : [{ timer, generation: set.generation, delayMs: set.delayMs }],
      ),
      timersCleared: timers.flatMap(([timer, set]) => (set === undefined ? [timer] : [])),
      invocationsStarted: [...this.#started].map(([id, { actor, input }]) => ({ id, actor, input })),
      invocationsEnded: [...this.#ended],
    };
  }
}

/** A tombstone is in no state: what stands of it among the states goes when its content does. */
const isStateChanged = (status: ObjectStatus, isOtherValue: boolean): boolean =>
  status !== "purged" && (status !== "active" || isOtherValue);

function journalKind({ body }: Message): string {
  if (body.kind === "order") return JOURNAL_KIND[body.verb];
  return body.kind === "skip" ? "skipped" : body.kind;
}

/** What the journal keeps of a message: the event, the input, what fired, or what an operator took out. */
function carried(message: Message): unknown {
  const { body } = message;
  switch (body.kind) {
    case "create":
      return body.input ?? null;
    case "event":
      return body.event;
    case "skip":
      return { by: body.by, reason: body.reason, skipped: body.skipped };
    case "order":
      return orderText(body);
    default:
      return body;
  }
}

function outboxRow(effect: Effect): OutboxRow[] {
  switch (effect.kind) {
    case "send":
    case "ask":
      return [rowTo(effect, { event: effect.event })];
    case "create":
      return [rowTo(effect, { input: effect.input })];
    case "kill":
      return [rowTo(effect, { invocationId: effect.invocationId, by: effect.by, reason: effect.reason })];
    case "result":
      return [rowTo(effect, { invocationId: effect.invocationId, ok: effect.ok, value: effect.value })];
    case "emit":
      return [{ idx: effect.idx, kind: "emit", target: effect.event.type, body: JSON.stringify(effect.event) }];
    case "action":
      return [
        {
          idx: effect.idx,
          kind: "action",
          target: effect.action,
          body: JSON.stringify({ params: effect.params, event: effect.event }),
        },
      ];
    default:
      return [];
  }
}

const rowTo = (
  { kind, idx, to }: Extract<Effect, { readonly to: Address }>,
  body: Readonly<Record<string, unknown>>,
): OutboxRow => ({ idx, kind, target: formatAddress(to), body: JSON.stringify(body) });
