/**
 * Empties the outbox: messages to other objects, emitted events, named actions. Rows are there since the commit and stay
 * until they arrived; a row is found because it exists, never because it stands after a position.
 *
 * A *link* is one sender and one destination (another object, the sender's subscribers, the sender's named actions).
 * Stop and wait per link: the next row goes when the last was acknowledged, many links side by side. So an old owner's
 * relay can repeat, and the receiver's journal and watermark refuse that; it can never overtake. A row that is refused
 * for good is parked with its link, until an operator tries again or skips it.
 */
import { type Address, formatAddress, partitionOf } from "../core/address.ts";
import { effectId } from "../core/effect.ts";
import { StatorError } from "../core/errors.ts";
import { effectMessageId } from "../core/message.ts";
import type { HostOptions } from "../core/options.ts";
import { type Parked, parkedText } from "../core/parking.ts";
import { backoffMs, type RetryPolicy } from "../core/retry.ts";
import type { Cancel, Clock, Random } from "../ports/clock.ts";
import type { PendingSend, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import { NoRespondersError } from "../ports/transport.ts";
import type { ComputedTurn } from "./chain.ts";
import { isRefusal } from "./refused.ts";
import { Sweep } from "./sweep.ts";

const PAGE = 200;
const RETRY_LOOK_MS = 200;
const RESEND: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, initialMs: 200, factor: 2, maxMs: 30_000 };
/** While the receiver has no owner, which a take-over ends at any moment. */
const RESEND_SOON: RetryPolicy = { ...RESEND, initialMs: 100, maxMs: 500 };

/** Brings one row to where it goes; resolves when it has arrived for good. Tries that count begin with 1. */
export type Carry = (row: PendingSend, attempt: number) => Promise<void>;

export interface RelayParts {
  readonly store: Store;
  readonly scope: () => Scope;
  readonly owns: (address: Address) => boolean;
  readonly carry: Readonly<Record<PendingSend["kind"], Carry>>;
  /** How often a row is tried; undefined for the relay's own way. */
  readonly policyOf: (row: PendingSend) => RetryPolicy | undefined;
  /** Trying again would not help: the row waits for an operator. */
  readonly isHopeless: (row: PendingSend, cause: unknown, attempts: number) => boolean;
  readonly partitionCount: number;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
}

interface Link {
  readonly name: string;
  readonly rows: PendingSend[];
  /** Of the first row. */
  attempts: number;
  /** Those that count: of an action all, of a message the refusals in a row, for a receiver that is away says nothing. */
  tries: number;
  isBusy: boolean;
  wait: Cancel | undefined;
}

/** A row that waits for a look. */
interface Fresh {
  readonly row: PendingSend;
  /** How many doubts there had been when it was committed. */
  readonly doubts: number;
}

export class Relay {
  readonly #parts: RelayParts;
  readonly #links = new Map<string, Link>();
  /** Rows in hand, so that the sweep does not take them twice. */
  readonly #known = new Set<string>();
  /** Parked rows of which the database may not say so yet. */
  readonly #unrecorded = new Set<PendingSend>();
  readonly #sweep: Sweep;
  /** Senders with a commit whose answer was lost, each with the number of that doubt. */
  readonly #doubtful = new Map<string, number>();
  /** Partitions that were taken over and not looked at since. */
  readonly #unseen = new Map<number, number>();
  #doubts = 0;
  /** Rows that wait for a look, in the order committed. */
  #fresh: Fresh[] = [];
  readonly #arrived: PendingSend[] = [];
  #removing: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#sweep = new Sweep(
      parts.clock,
      parts.options.pollMs * 5,
      () => this.#look(),
      (cause) => parts.log.warn({ err: cause }, "reading the outbox failed"),
    );
  }

  /** Rows of a turn that was just committed. */
  add(address: Address, incarnation: string, turn: ComputedTurn): void {
    const rows = turn.record.outbox.map((row) => ({ ...row, address, incarnation, revision: turn.revision }));
    if (this.#isSure(address)) for (const row of rows) this.#enqueue(row);
    else {
      this.#parts.counters.add("relay.waited", rows.length);
      for (const row of rows) this.#fresh.push({ row, doubts: this.#doubts });
      this.#sweep.wake();
    }
  }

  /** Of these partitions there may be rows that nobody has in hand. */
  gained(partitions: readonly number[]): void {
    for (const partition of partitions) this.#unseen.set(partition, ++this.#doubts);
    this.#sweep.wake();
  }

  /** A commit of the sender may have landed, or may still: its rows are known only to the database. */
  doubt(address: Address): void {
    this.#doubtful.set(formatAddress(address), ++this.#doubts);
    this.#sweep.wake();
  }

  #isSure(address: Address): boolean {
    return !this.#unseen.has(this.#partitionOf(address)) && !this.#doubtful.has(formatAddress(address));
  }

  #partitionOf(address: Address): number {
    return partitionOf(address, this.#parts.partitionCount);
  }

  /** Rows of objects that belong to another host now are that host's. */
  abandon(): void {
    for (const link of [...this.#links.values()]) {
      const [row] = link.rows;
      if (row === undefined || this.#parts.owns(row.address)) continue;
      this.#forget(link);
    }
    this.#fresh = this.#fresh.filter(({ row }) => this.#parts.owns(row.address));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sweep.stop();
    for (const link of [...this.#links.values()]) this.#forget(link);
    await this.#removing;
  }

  async #look(): Promise<number | undefined> {
    const scope = this.#parts.scope();
    if (scope.partitions.length === 0) return this.#lookAgainMs();
    const limit = PAGE + this.#known.size;
    const doubts = this.#doubts;
    const before = [...this.#fresh];
    const seen = new Set(scope.partitions);
    const parked = this.#parkedLinks(seen);
    let rows: readonly PendingSend[];
    try {
      rows = await this.#parts.store.pendingSends(scope, limit);
    } catch (cause) {
      if (this.#fresh.length > 0) this.#sweep.wake(RETRY_LOOK_MS);
      throw cause;
    }
    for (const row of rows) this.#enqueue(row);
    if (rows.length >= limit) return 0;
    this.#compare(parked, new Map(rows.map((row) => [nameOf(row), row])));
    this.#settle(doubts, before, seen);
    return this.#lookAgainMs();
  }

  #lookAgainMs(): number | undefined {
    return this.#fresh.length > 0 ? RETRY_LOOK_MS : undefined;
  }

  /**
   * A look that saw everything ends the doubts that are older than itself. The doubt of one sender ends only where a
   * turn of it was committed after it arose and before the look, since only that proves that nothing can land any more.
   */
  #settle(doubts: number, before: readonly Fresh[], seen: ReadonlySet<number>): void {
    for (const partition of seen) if ((this.#unseen.get(partition) ?? 0) <= doubts) this.#unseen.delete(partition);
    for (const { row, doubts: known } of before) {
      const name = formatAddress(row.address);
      const isOlder = (this.#doubtful.get(name) ?? 0) <= known;
      if (isOlder && seen.has(this.#partitionOf(row.address))) this.#doubtful.delete(name);
    }
    const fresh = this.#fresh;
    this.#fresh = fresh.filter(({ row }) => !this.#isSure(row.address));
    for (const { row } of fresh) if (this.#isSure(row.address)) this.#enqueue(row);
  }

  /** Links of these partitions whose first row is parked, here and in the database. */
  #parkedLinks(seen: ReadonlySet<number>): Map<Link, PendingSend> {
    const found = new Map<Link, PendingSend>();
    for (const link of this.#links.values()) {
      const [row] = link.rows;
      if (row?.parked === undefined || this.#unrecorded.has(row)) continue;
      if (seen.has(this.#partitionOf(row.address))) found.set(link, row);
    }
    return found;
  }

  /**
   * What was parked before a look that saw everything may have been taken out in another host, or released by an order
   * that this host did not see: its answer was lost, it landed late, or the owner before carried it out.
   */
  #compare(parked: ReadonlyMap<Link, PendingSend>, stored: ReadonlyMap<string, PendingSend>): void {
    for (const [link, row] of parked) {
      if (this.#links.get(link.name) !== link || link.rows[0] !== row) continue;
      const found = stored.get(nameOf(row));
      if (found?.parked !== undefined) continue;
      if (found !== undefined) link.rows[0] = found;
      else {
        link.rows.shift();
        this.#known.delete(nameOf(row));
      }
      this.#next(link);
    }
  }

  #enqueue(row: PendingSend): void {
    const id = nameOf(row);
    if (this.#isStopped || this.#known.has(id)) return;
    this.#known.add(id);
    const name = linkOf(row);
    const link = this.#links.get(name) ?? { name, rows: [], attempts: 0, tries: 0, isBusy: false, wait: undefined };
    this.#links.set(name, link);
    const at = link.rows.findLastIndex((other) => isBefore(other, row)) + 1;
    link.rows.splice(link.isBusy ? Math.max(1, at) : at, 0, row);
    this.#next(link);
  }

  #next(link: Link): void {
    const [row] = link.rows;
    if (link.isBusy || link.wait !== undefined) return;
    if (row === undefined) {
      this.#links.delete(link.name);
      return;
    }
    if (row.parked !== undefined) return;
    link.isBusy = true;
    this.#parts.carry[row.kind](row, link.tries + 1).then(
      () => isFirst(link, row) && this.#hasArrived(link, row),
      (cause: unknown) => isFirst(link, row) && this.#failed(link, row, cause),
    );
  }

  #hasArrived(link: Link, row: PendingSend): void {
    link.isBusy = false;
    link.attempts = 0;
    link.tries = 0;
    this.#parts.counters.add(`relay.${row.kind}`);
    link.rows.shift();
    this.#arrived.push(row);
    this.#removing ??= this.#remove();
    if (this.#links.get(link.name) === link) this.#next(link);
  }

  #failed(link: Link, row: PendingSend, cause: unknown): void {
    link.isBusy = false;
    if (this.#links.get(link.name) !== link) return;
    if (!this.#parts.owns(row.address)) return this.#forget(link);
    link.attempts++;
    link.tries = row.kind === "action" || isRefusal(cause) ? link.tries + 1 : 0;
    if (this.#parts.isHopeless(row, cause, link.tries)) return this.#park(link, row, cause);
    this.#parts.counters.add("relay.repeated");
    const policy = isAway(cause) ? RESEND_SOON : (this.#parts.policyOf(row) ?? RESEND);
    const waitMs = backoffMs(policy, link.attempts, this.#parts.random.fraction());
    const fields = {
      err: cause,
      from: formatAddress(row.address),
      kind: row.kind,
      target: row.target,
      attempt: link.attempts,
    };
    this.#parts.log.warn(fields, "an outgoing message did not arrive; it is sent again");
    link.wait = this.#parts.clock.after(waitMs, () => {
      link.wait = undefined;
      this.#next(link);
    });
  }

  #park(link: Link, row: PendingSend, cause: unknown): void {
    const { clock, counters, log } = this.#parts;
    const why = cause instanceof Error ? cause.message : String(cause);
    const parked: Parked = {
      reason: `${row.kind} ${row.target} failed ${link.tries} times: ${why}`,
      since: new Date(clock.wallMs()).toISOString(),
      messageId: messageIdOf(row),
      kind: row.kind,
      event: JSON.parse(row.body) as unknown,
      attempts: link.tries,
    };
    link.attempts = 0;
    link.tries = 0;
    const held = { ...row, parked: parkedText(parked) };
    link.rows[0] = held;
    counters.add("relay.parked");
    log.error({ err: cause, from: formatAddress(row.address), kind: row.kind, target: row.target }, "parked");
    void this.#record(link, held);
  }

  /** Until it is written down, or held no more: an operator sees only what the database has. */
  async #record(link: Link, held: PendingSend): Promise<void> {
    const { clock, log, random, store } = this.#parts;
    this.#unrecorded.add(held);
    try {
      await store.parkSend(held, held.parked);
      this.#unrecorded.delete(held);
    } catch (cause) {
      const fields = { err: cause, from: formatAddress(held.address) };
      log.warn(fields, "a parked message could not be recorded; trying again");
      clock.after(backoffMs(RESEND, 3, random.fraction()), () => {
        this.#unrecorded.delete(held);
        if (this.#links.get(link.name) === link && link.rows[0] === held) void this.#record(link, held);
      });
    }
  }

  /** What of an object's outbox waits for an operator. */
  parkedOf(address: Address): readonly PendingSend[] {
    const heads = [...this.#links.values()].flatMap((link) => link.rows[0] ?? []);
    return heads.filter((row) => row.parked !== undefined && formatAddress(row.address) === formatAddress(address));
  }

  /** An operator wants it tried again. */
  async unpark(row: PendingSend): Promise<void> {
    await this.#parts.store.parkSend(row, undefined);
    const link = this.#links.get(linkOf(row));
    if (link === undefined || !isFirst(link, row)) return;
    link.rows[0] = { ...row, parked: undefined };
    this.#next(link);
  }

  /** An operator took it out. */
  skip(row: PendingSend): void {
    const link = this.#links.get(linkOf(row));
    if (link !== undefined && isFirst(link, row)) this.#hasArrived(link, row);
  }

  /** An operator released the object: what waits to be sent to it, or by it, goes at once. */
  released(address: Address): void {
    const name = formatAddress(address);
    for (const link of this.#links.values()) {
      const [row] = link.rows;
      if (link.wait === undefined || row === undefined) continue;
      if (row.target !== name && formatAddress(row.address) !== name) continue;
      link.wait();
      link.wait = undefined;
      this.#next(link);
    }
  }

  /** Removes what has arrived, all of it in one round trip and until it is gone: what was parked would show again. */
  async #remove(): Promise<void> {
    const { clock, log, random, store } = this.#parts;
    await Promise.resolve();
    for (let failures = 0, rows = this.#arrived.splice(0); rows.length > 0; rows = this.#arrived.splice(0)) {
      try {
        await store.sent(rows);
        for (const row of rows) this.#known.delete(nameOf(row));
        failures = 0;
      } catch (cause) {
        log.warn({ err: cause, rows: rows.length }, "removing sent rows failed; trying again");
        if (this.#isStopped) break;
        this.#arrived.unshift(...rows);
        const waitMs = backoffMs(RESEND_SOON, ++failures, random.fraction());
        await new Promise<void>((done) => void clock.after(waitMs, done));
      }
    }
    this.#removing = undefined;
  }

  #forget(link: Link): void {
    link.wait?.();
    this.#links.delete(link.name);
    for (const row of link.rows) this.#known.delete(nameOf(row));
    // the partition may be ours again before long, without a take-over: what was forgotten has to be looked for first
    const [first] = link.rows;
    if (first !== undefined) this.gained([this.#partitionOf(first.address)]);
  }
}

/** What was taken out meanwhile is not first any more: nothing that becomes of it counts. */
const isFirst = ({ rows: [first] }: Link, row: PendingSend): boolean =>
  first !== undefined && nameOf(first) === nameOf(row);

/** Nobody refused the message: there was nobody to take it. */
const isAway = (cause: unknown): boolean =>
  cause instanceof NoRespondersError || (cause instanceof StatorError && cause.code === "UNAVAILABLE");

const nameOf = (row: PendingSend): string =>
  `${formatAddress(row.address)} ${row.incarnation} ${row.revision} ${row.idx}`;
/** All that goes to one object is one link, whatever its kind: what was sent first arrives first. */
const linkOf = (row: PendingSend): string => {
  const to = row.kind === "emit" || row.kind === "action" ? row.kind : `to ${row.target}`;
  return `${formatAddress(row.address)} ${row.incarnation} ${to}`;
};

/** The id under which an operator, and the receiver, know the row. */
export const messageIdOf = ({ address, incarnation, revision, idx }: PendingSend): string =>
  effectMessageId(effectId(address, incarnation, revision, idx));
const isBefore = (a: PendingSend, b: PendingSend): boolean =>
  a.revision < b.revision || (a.revision === b.revision && a.idx < b.idx);
