/**
 * One object in memory: its mailbox, its live machine, and the chain of turns that are computed and not yet committed.
 *
 *   mailbox ──run──▶ ready chain ──take──▶ chain in flight ──settled──▶ gate (answers, relay, timers, invocations)
 *                        ▲                       │ anything but `committed` for every turn
 *                        └──── again, one by one ┘ (evict, load, run under the same message ids)
 *
 * Rules that hold here. First in, first out. Nothing leaves before its own outcome is `committed`. The live machine is
 * ahead of the database: on any doubt it is dropped and loaded again. A refusal is decided only when nothing of the
 * object is uncommitted, and only after the journal was asked for the message id, since a retry of an accepted message
 * gets its first receipt even where the present state would refuse it.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { StatorError } from "../core/errors.ts";
import { viewText } from "../core/message.ts";
import { type Engine, type EngineTurn, type LiveObject, SnapshotError, type TurnContext } from "../engine/engine.ts";
import type { BatchRefusedError, Chain, StoredObject, TurnOutcome } from "../ports/store.ts";
import { bear, revive, unchangedTurn } from "./birth.ts";
import { type ComputedTurn, deliveriesOf, type Head, headOf, type OpenChain, unborn } from "./chain.ts";
import type { Committable } from "./commit.ts";
import { type Answer, type Delivery, engineMessage, isOutside } from "./delivery.ts";
import { Mailbox } from "./mailbox.ts";
import { askRefusal, decideRefusal, paused, type RefusalReason, tooLate, turnedAway, unstorable } from "./refusal.ts";
import type { ObjectServices } from "./services.ts";

type Settled = Extract<EngineTurn, { kind: "settled" }>;

/** Turns of one object that go in one commit at most. */
const MAX_CHAIN = 64;

export class Activation implements Committable {
  readonly address: Address;
  readonly partition: number;
  readonly #engine: Engine;
  readonly #services: ObjectServices;
  readonly #mailbox = new Mailbox();
  #live: LiveObject | undefined;
  /** Of the last computed turn; undefined until the row has been looked for. */
  #head: Head | undefined;
  #committed: { readonly head: Head; readonly view: string } | undefined;
  #ready: OpenChain | undefined;
  #inFlight: OpenChain | undefined;
  /** Loading, or deciding a refusal: the mailbox waits. */
  #isBusy = false;
  /** The first message of the mailbox can be decided only when nothing is uncommitted. */
  #needsQuiet = false;
  #mustReload = false;
  /** Nobody has looked for a row: see `#guessUnborn`. */
  #isGuess = false;

  constructor(address: Address, partition: number, engine: Engine, services: ObjectServices) {
    this.address = address;
    this.partition = partition;
    this.#engine = engine;
    this.#services = services;
  }

  get isIdle(): boolean {
    return this.#mailbox.length === 0 && !this.#isBusy && this.isQuiet;
  }

  get waiting(): number {
    return this.#mailbox.length;
  }

  get readyTurns(): number {
    return this.#ready?.turns.length ?? 0;
  }

  /** Nothing of the object is computed and not committed. */
  get isQuiet(): boolean {
    return this.#ready === undefined && this.#inFlight === undefined;
  }

  /** The state after the last commit that this host made or loaded, where it is known. */
  get committed(): { readonly head: Head; readonly view: string } | undefined {
    return this.#committed;
  }

  /** To be followed by `pump`, soon. */
  push(delivery: Delivery): void {
    this.#mailbox.push(delivery);
  }

  /** Runs what can run now. Called whenever something changed that may let the next message run. */
  pump(): void {
    if (!this.#services.accepts(this.partition)) this.#giveUpMailbox();
    if (this.#mustReload && this.isQuiet && !this.#isBusy) {
      this.#mustReload = false;
      this.evict();
    }
    while (!this.#isBusy && this.#mayRun()) {
      const next = this.#mailbox.first;
      if (next === undefined) break;
      if (this.#head === undefined) this.#guessUnborn(next);
      if (this.#head === undefined || (this.#live === undefined && this.#head.revision > 0)) return this.#load();
      this.#mailbox.shift();
      this.#run(next, this.#head);
    }
    if (this.isIdle) this.#rest();
  }

  /** What has ended takes hardly another message: its machine is not worth its memory. */
  #rest(): void {
    if (this.#live !== undefined && this.#live.view.status !== "active") this.#live = undefined;
    this.#services.idle(this.address);
  }

  #mayRun(): boolean {
    if (this.#needsQuiet || this.#mustReload || this.#mailbox.isSolo) return this.isQuiet;
    return this.readyTurns < MAX_CHAIN;
  }

  /** The flag of the row has changed: what comes next looks at it. */
  reload(): void {
    this.#mustReload = true;
    this.pump();
  }

  /** Drops the live machine: what it computed and what is cached of it. Chains on their way settle as they will. */
  evict(): void {
    this.#live = undefined;
    this.#head = undefined;
    this.#committed = undefined;
    this.#isGuess = false;
  }

  // ---- load -----------------------------------------------------------------------------------

  /**
   * Whoever creates an object mostly finds none there: its first turn is computed without a look, and the commit, which
   * writes only where there is no row, is the judge. What it does not write is run again after a look.
   */
  #guessUnborn(next: Delivery): void {
    if (next.message.body.kind !== "create" || next.wasGuessed || !this.isQuiet) return;
    next.wasGuessed = true;
    this.#head = unborn(this.#services.incarnation());
    this.#isGuess = true;
  }

  #load(): void {
    if (!this.isQuiet) {
      this.#needsQuiet = true;
      return;
    }
    this.#isBusy = true;
    this.#services.load(this.address).then(
      (row) => this.#loaded(row),
      (cause) => this.#pauseAfter(cause),
    );
  }

  #loaded(row: StoredObject | undefined): void {
    this.#isBusy = false;
    this.#needsQuiet = false;
    if (row === undefined) {
      this.#head = unborn(this.#services.incarnation());
      return this.pump();
    }
    const answer = turnedAway(this.#services, row, this.#mailbox.first);
    if (answer !== undefined) return this.#answerFirst(answer);
    try {
      this.#live = revive(this.#engine, row, this.#mailbox.first);
    } catch (cause) {
      if (!(cause instanceof SnapshotError)) throw cause;
      this.#services.park(this.address, { reason: cause.message, since: this.#services.now() });
      return this.#answerFirst({ kind: "refused", error: paused(this.address, cause.message) });
    }
    this.#head = headOf(row);
    this.#committed = { head: this.#head, view: viewText(this.#live.view) };
    this.pump();
  }

  /** The first message gets no turn; what was loaded is forgotten, so that the next one looks again. */
  #answerFirst(answer: Answer): void {
    this.evict();
    this.#mailbox.shift()?.answer(answer);
    this.pump();
  }

  /** The store did not answer. Tries again after a while; what waits too long is answered by `#run`'s deadline. */
  #pauseAfter(cause: unknown): void {
    this.#isBusy = true;
    this.evict();
    this.#services.storeFailed(cause);
    this.#services.later(() => {
      this.#isBusy = false;
      for (const delivery of this.#mailbox.take((waiting) => this.#services.isOverdue(waiting)))
        delivery.answer({ kind: "refused", error: tooLate(this.address, delivery.inDoubt) });
      this.pump();
    });
  }

  // ---- run ------------------------------------------------------------------------------------

  #run(delivery: Delivery, head: Head): void {
    const { message } = delivery;
    if (this.#services.isOverdue(delivery)) {
      return delivery.answer({ kind: "refused", error: tooLate(this.address, delivery.inDoubt) });
    }
    const pending = this.#ready?.find(message.id) ?? this.#inFlight?.find(message.id);
    if (pending !== undefined) return void pending.followers.push(delivery);
    const context = { address: this.address, incarnation: head.incarnation, revision: head.revision + 1 };
    const live = this.#live;
    if (live === undefined) return this.#bear(delivery, head, context);
    if (message.body.kind === "create") return this.#decide(delivery, { kind: "create" });
    const before = live.view.value;
    this.#take(delivery, before, live.handle(engineMessage(delivery), context));
  }

  /** The first turn of an object: created by its input, or by the first message where the machine needs none. */
  #bear(delivery: Delivery, head: Head, context: TurnContext): void {
    const born = bear(this.#engine, this.#services, delivery, head, context);
    if ("answer" in born) {
      if (this.#isGuess) return this.#rerun([delivery]);
      this.evict();
      return delivery.answer(born.answer);
    }
    this.#live = born.object;
    this.#take(delivery, undefined, born.turn);
  }

  /** Puts a computed turn on the chain, or has its refusal decided. */
  #take(delivery: Delivery, before: unknown, turn: EngineTurn): void {
    switch (turn.kind) {
      case "settled":
        if (!turn.handled && isOutside(delivery)) return this.#decide(delivery, { kind: "unhandled" });
        if (!turn.handled && delivery.origin === "ask") return this.#refuseAsk(delivery, turn);
        return this.#append(delivery, before, turn);
      case "ignored":
        this.#services.count(`turn.${turn.reason}`);
        if (delivery.origin === "ask") return this.#refuseAsk(delivery, undefined);
        return this.#decide(delivery, { kind: isOutside(delivery) ? "done" : "late" });
      case "rejected":
        this.#live = undefined;
        return this.#decide(delivery, { kind: "rejected", error: turn.error });
    }
  }

  /** What an ask is told is committed as well: see `refused.ts`. */
  #refuseAsk(delivery: Delivery, unhandled: Settled | undefined): void {
    const live = this.#live;
    if (live === undefined) return;
    const turn = unhandled ?? unchangedTurn(live);
    const refusal = askRefusal(this.#services, delivery.message, live, unhandled === undefined);
    this.#append(delivery, live.view.value, turn, refusal);
  }

  #append(delivery: Delivery, before: unknown, turn: Settled, refusal?: StatorError): void {
    if (this.#head === undefined) throw new Error(`turn of ${formatAddress(this.address)} without a head`);
    this.#ready ??= this.#services.openChain(this.address, this.#head);
    this.#ready.add(delivery, before, turn, refusal);
    this.#services.stored(this.address, turn.snapshot);
    this.#head = this.#ready.head;
    this.#mustReload ||= turn.view.status === "purged"; // what comes next meets the tombstone
    if (this.#inFlight === undefined) this.#services.commitSoon(this);
  }

  // ---- refusals -------------------------------------------------------------------------------

  /** A message that would change nothing. Decided when the object is quiet, else it waits at the head of the mailbox. */
  #decide(delivery: Delivery, reason: RefusalReason): void {
    if (!this.isQuiet) {
      this.#mailbox.unshift(delivery);
      this.#needsQuiet = true;
      return;
    }
    this.#isBusy = true;
    decideRefusal(this.#services, delivery, { address: this.address, head: this.#head, live: this.#live }, reason).then(
      (answer) => {
        this.#isBusy = false;
        if (answer === "again") {
          this.evict();
          this.#mailbox.unshift(delivery);
        } else {
          delivery.answer(answer);
        }
        this.pump();
      },
      (cause) => {
        this.#mailbox.unshift(delivery);
        this.#pauseAfter(cause);
      },
    );
  }

  // ---- commit ---------------------------------------------------------------------------------

  take(): Chain | undefined {
    const chain = this.#ready;
    if (chain === undefined || this.#inFlight !== undefined) return undefined;
    this.#ready = undefined;
    this.#inFlight = chain;
    const epoch = this.#services.epochOf(this.partition);
    if (epoch !== undefined) return chain.toRecord(this.partition, epoch);
    this.#moved();
    return undefined;
  }

  settled(outcomes: readonly TurnOutcome[]): void {
    const chain = this.#inFlight;
    if (chain === undefined) return;
    if (outcomes.includes("fenced")) {
      this.#services.fenced(this.partition);
      return this.#moved();
    }
    if (outcomes.length !== chain.turns.length || outcomes.some((outcome) => outcome !== "committed")) {
      return this.#broken(chain, outcomes);
    }
    this.#inFlight = undefined;
    const last = chain.turns.at(-1);
    if (this.#head !== undefined && last !== undefined) this.#committed = { head: chain.head, view: last.viewText };
    this.#services.release(chain);
    this.#goOn();
  }

  /** Not one turn of the chain was written. Those with a verdict are answered, the others run again, one by one. */
  #broken(chain: OpenChain, outcomes: readonly TurnOutcome[]): void {
    const again: Delivery[] = [];
    chain.turns.forEach((turn, i) => {
      const outcome = outcomes[i] ?? "conflict";
      this.#services.count(`turn.${outcome}`);
      const all = deliveriesOf([turn]);
      if (outcome === "conflict") again.push(...all);
      else this.#services.answerByJournal(this.address, all, outcome);
    });
    this.#rerun(again);
  }

  refused(cause: BatchRefusedError): void {
    const chain = this.#inFlight;
    if (chain === undefined) return;
    if (chain.turns.length > 1) return this.#rerun(deliveriesOf(chain.turns));
    // class 40: another transaction was in the way, nothing is wrong with the turn
    if (cause.sqlState.startsWith("40")) return this.#runLater(chain, cause);
    const error = unstorable(this.address, cause);
    for (const delivery of deliveriesOf(chain.turns)) delivery.answer({ kind: "refused", error });
    this.#rerun([]);
  }

  inDoubt(cause: unknown): void {
    const chain = this.#inFlight;
    if (chain === undefined) return;
    for (const delivery of deliveriesOf(chain.turns)) delivery.inDoubt = true;
    this.#services.inDoubt(this.address);
    this.#runLater(chain, cause);
  }

  #runLater(chain: OpenChain, cause: unknown): void {
    this.#inFlight = undefined;
    this.#requeue(deliveriesOf(chain.turns));
    this.#pauseAfter(cause);
  }

  #rerun(again: readonly Delivery[]): void {
    this.#inFlight = undefined;
    this.#requeue(again);
    this.#goOn();
  }

  /** Back to the head of the mailbox, followed by what was computed on top of them; all that one per commit. */
  #requeue(again: readonly Delivery[]): void {
    const speculative: readonly ComputedTurn[] = this.#ready?.turns ?? [];
    if (speculative.length > 0) this.#services.count("speculation.dropped");
    this.#ready = undefined;
    this.evict();
    this.#mailbox.again([...again, ...deliveriesOf(speculative)]);
  }

  #goOn(): void {
    if (this.#ready !== undefined) this.#services.commitSoon(this);
    else this.#needsQuiet = false;
    this.pump();
  }

  // ---- giving up ------------------------------------------------------------------------------

  /** The partition belongs to another host: what was computed is void, what waits goes there. */
  #moved(): void {
    const chains = [this.#inFlight, this.#ready].flatMap((chain) => chain?.turns ?? []);
    this.#inFlight = undefined;
    this.#ready = undefined;
    this.evict();
    for (const delivery of deliveriesOf(chains)) delivery.answer({ kind: "moved" });
    this.#giveUpMailbox();
    this.#needsQuiet = false;
    if (this.isIdle) this.#services.idle(this.address);
  }

  #giveUpMailbox(): void {
    for (const delivery of this.#mailbox.clear()) delivery.answer({ kind: "moved" });
  }

  /** The host lost the partition or has drained it. */
  abandon(): void {
    if (this.#inFlight === undefined) this.#moved();
    else this.#giveUpMailbox();
  }
}
