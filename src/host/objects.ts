/**
 * The objects in this host's memory: finds or makes the activation of an address, bounds how many wait, evicts what has
 * been idle longest, and gives activations what they need of the host.
 */
import { LRUCache } from "lru-cache";
import { type Address, formatAddress, partitionOf } from "../core/address.ts";
import type { ObjectDefinition } from "../core/define.ts";
import type { HostOptions } from "../core/options.ts";
import { type Parked, parkedText } from "../core/parking.ts";
import type { Maker } from "../core/trail.ts";
import type { Engine } from "../engine/engine.ts";
import { MAX_SNAPSHOT_BYTES } from "../engine/envelope.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { JournalEntry, Store, StoredObject, StoredReply, TurnOutcome } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import { Activation } from "./activation.ts";
import { type Head, OpenChain } from "./chain.ts";
import type { Committable, Committer } from "./commit.ts";
import type { Delivery } from "./delivery.ts";
import type { Gate } from "./gate.ts";
import type { Loader } from "./loader.ts";
import { Pace } from "./pace.ts";
import type { Partitions } from "./partitions.ts";
import { answerByReply, expired, isCleared, mismatch } from "./refusal.ts";
import type { ObjectServices } from "./services.ts";

export interface Hosted {
  readonly definition: ObjectDefinition;
  readonly engine: Engine;
  readonly maker: Maker;
  /** Its machine takes an input, so that only `create` can make an object. */
  readonly needsInput: boolean;
}

export interface ObjectsParts {
  readonly hosted: ReadonlyMap<string, Hosted>;
  readonly partitionCount: number;
  readonly partitions: Partitions;
  readonly store: Store;
  readonly loader: Loader;
  readonly committer: Committer;
  readonly gate: () => Gate;
  readonly fenced: (partition: number) => void;
  readonly inDoubt: (address: Address) => void;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
}

const RETRY_STORE_MS = 100;
const WARN_BYTES = MAX_SNAPSHOT_BYTES / 2;
/** Objects remembered as warned of; then all are warned of anew. */
const MAX_WARNED = 10_000;

export class Objects implements ObjectServices {
  readonly #parts: ObjectsParts;
  readonly #active = new Map<string, Activation>();
  /** Objects without work, the least recently used first out. */
  readonly #idle: LRUCache<string, Activation>;
  /** Objects that were warned of. */
  readonly #large = new Set<string>();
  readonly #drained = new Map<number, (() => void)[]>();
  readonly #pace: Pace;

  constructor(parts: ObjectsParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.clock);
    this.#idle = new LRUCache({ max: parts.options.maxActivations });
  }

  push(delivery: Delivery): void {
    const activation = this.#activate(delivery.message.to);
    activation.push(delivery);
    this.#pace.run(activation);
  }

  /** The state after the last commit this host knows of, without a look at the database. */
  committed(address: Address): Activation["committed"] {
    const key = formatAddress(address);
    return (this.#active.get(key) ?? this.#idle.peek(key))?.committed;
  }

  get size(): number {
    return this.#active.size + this.#idle.size;
  }

  /** Drops what is in memory of partitions that belong to others now. */
  abandon(partitions: readonly number[]): void {
    const gone = new Set(partitions);
    for (const [key, activation] of this.#idle) if (gone.has(activation.partition)) this.#idle.delete(key);
    for (const activation of [...this.#active.values()]) if (gone.has(activation.partition)) activation.abandon();
  }

  /** Resolves when nothing of the partition is computed and not settled. */
  async drained(partition: number): Promise<void> {
    const busy = [...this.#active.values()].filter((activation) => activation.partition === partition);
    for (const activation of busy) activation.pump();
    if (this.#isDrained(partition)) return;
    await new Promise<void>((resolve) => {
      this.#drained.set(partition, [...(this.#drained.get(partition) ?? []), resolve]);
    });
  }

  #isDrained(partition: number): boolean {
    for (const activation of this.#active.values()) {
      if (activation.partition === partition && !activation.isQuiet) return false;
    }
    return true;
  }

  #activate(address: Address): Activation {
    const key = formatAddress(address);
    const active = this.#active.get(key);
    if (active !== undefined) return active;
    const idle = this.#idle.get(key);
    this.#idle.delete(key);
    const activation =
      idle ??
      new Activation(
        address,
        partitionOf(address, this.#parts.partitionCount),
        this.#hosted(address.name).engine,
        this,
      );
    this.#active.set(key, activation);
    return activation;
  }

  #hosted(name: string): Hosted {
    const hosted = this.#parts.hosted.get(name);
    if (hosted === undefined) throw new Error(`object ${name} is not hosted here`);
    return hosted;
  }

  // ---- what activations need ------------------------------------------------------------------

  idle(address: Address): void {
    const key = formatAddress(address);
    const activation = this.#active.get(key);
    if (activation === undefined) return;
    this.#active.delete(key);
    // an answer that was on its way may have come after the partition went: it must not be found when that comes back
    if (activation.committed !== undefined && this.accepts(activation.partition)) this.#idle.set(key, activation);
    const waiting = this.#drained.get(activation.partition);
    if (waiting === undefined || !this.#isDrained(activation.partition)) return;
    this.#drained.delete(activation.partition);
    for (const resolve of waiting) resolve();
  }

  accepts(partition: number): boolean {
    return this.#parts.partitions.accepts(partition);
  }

  epochOf(partition: number): number | undefined {
    return this.#parts.partitions.epochOf(partition);
  }

  fenced(partition: number): void {
    this.#parts.fenced(partition);
  }

  openChain(address: Address, base: Head): OpenChain {
    return new OpenChain(address, base, this.#parts.random.tag(), this.#hosted(address.name).maker);
  }

  needsInput(name: string): boolean {
    return this.#hosted(name).needsInput;
  }

  ignoresUnhandled(name: string): boolean {
    return this.#hosted(name).definition.unhandled === "ignore";
  }

  load(address: Address): Promise<StoredObject | undefined> {
    return this.#parts.loader.load(address);
  }

  async reply(address: Address, messageId: string): Promise<StoredReply | undefined> {
    const [reply] = await this.#parts.store.replies([{ address, messageId }]);
    return reply;
  }

  async birth(address: Address): Promise<JournalEntry | undefined> {
    const [entry] = await this.#parts.store.journal(address, 0, 1);
    return entry;
  }

  park(address: Address, parked: Parked): void {
    const { store, log, counters } = this.#parts;
    counters.add("object.parked");
    log.error({ object: address.name, key: address.key, ...parked }, "object parked");
    store.park(address, parkedText(parked)).then(
      () => this.#reload(address),
      (cause: unknown) => log.warn({ err: cause, object: address.name, key: address.key }, "parking failed"),
    );
  }

  /** An operator released it. */
  async unpark(address: Address): Promise<void> {
    await this.#parts.store.park(address, undefined);
    this.#reload(address);
  }

  /** An operator pauses it, or resumes it where `paused` is undefined. */
  async pause(address: Address, paused: string | undefined): Promise<void> {
    await this.#parts.store.pause(address, paused, this.#parts.random.tag());
    this.#reload(address);
  }

  #reload(address: Address): void {
    const key = formatAddress(address);
    this.#idle.delete(key);
    this.#active.get(key)?.reload();
  }

  now(): string {
    return new Date(this.#parts.clock.wallMs()).toISOString();
  }

  /** Warns once of an object that is half way to the limit. */
  stored(address: Address, snapshot: string): void {
    if (snapshot.length * 3 <= WARN_BYTES) return;
    const bytes = Buffer.byteLength(snapshot);
    const key = formatAddress(address);
    if (bytes <= WARN_BYTES || this.#large.has(key)) return;
    if (this.#large.size >= MAX_WARNED) this.#large.clear();
    this.#large.add(key);
    this.#parts.counters.add("object.large");
    const fields = { object: address.name, key: address.key, bytes, limit: MAX_SNAPSHOT_BYTES };
    this.#parts.log.warn(fields, "the snapshot is above half of the limit; a turn that exceeds the limit is refused");
  }

  storeFailed(cause: unknown): void {
    this.#parts.counters.add("store.failed");
    this.#parts.log.warn({ err: cause }, "the database did not answer; trying again");
  }

  inDoubt(address: Address): void {
    this.#parts.inDoubt(address);
  }

  commitSoon(object: Committable): void {
    this.#parts.committer.add(object);
  }

  release(chain: OpenChain): void {
    this.#parts.gate().release(chain);
  }

  answerByJournal(address: Address, deliveries: readonly Delivery[], outcome: TurnOutcome): void {
    for (const delivery of deliveries) {
      const { message } = delivery;
      if (outcome === "mismatch") delivery.answer({ kind: "refused", error: mismatch(message) });
      else if (outcome === "expired") delivery.answer({ kind: "refused", error: expired(message) });
      else void this.#answerDuplicate(address, delivery);
    }
  }

  /** A message that the store has applied before. Where its row was cut away, the link's watermark told; then any answer will do. */
  async #answerDuplicate(address: Address, delivery: Delivery): Promise<void> {
    const { message } = delivery;
    try {
      const reply = await this.reply(address, message.id);
      if (reply !== undefined && isCleared(reply)) this.push(delivery);
      else if (reply !== undefined) delivery.answer(answerByReply(reply, message));
      else delivery.answer({ kind: "duplicate", revision: 0, view: "{}", messageId: message.id });
    } catch (cause) {
      this.storeFailed(cause);
      this.later(() => void this.#answerDuplicate(address, delivery));
    }
  }

  later(task: () => void): void {
    this.#parts.clock.after(RETRY_STORE_MS * (0.5 + this.#parts.random.fraction()), task);
  }

  isOverdue(delivery: Delivery): boolean {
    return (
      delivery.origin === "caller" &&
      this.#parts.clock.monotonicMs() - delivery.arrivedMs > this.#parts.options.answerMs
    );
  }

  tag(): string {
    return this.#parts.random.tag();
  }

  incarnation(): string {
    return this.#parts.random.tag();
  }

  count(name: string): void {
    this.#parts.counters.add(name);
  }
}
