/**
 * Empties the outbox: sends to other objects, emitted events, named actions. Rows are there since the commit and stay
 * until they arrived; a row is found because it exists, never because it stands after a position.
 *
 * A *link* is one sender and one destination (another object, the sender's subscribers, the sender's named actions).
 * Stop and wait per link: the next row goes when the last was acknowledged, many links side by side. So an old owner's
 * relay can repeat, and the receiver's journal and watermark refuse that; it can never overtake.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { HostOptions } from "../core/options.ts";
import { backoffMs, type RetryPolicy } from "../core/retry.ts";
import type { Cancel, Clock, Random } from "../ports/clock.ts";
import type { PendingSend, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { ComputedTurn } from "./chain.ts";
import { Sweep } from "./sweep.ts";

const PAGE = 200;
const RESEND: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, initialMs: 200, factor: 2, maxMs: 30_000 };

/** Brings one row to where it goes; resolves when it has arrived for good. */
export type Carry = (row: PendingSend) => Promise<void>;

export interface RelayParts {
  readonly store: Store;
  readonly scope: () => Scope;
  readonly owns: (address: Address) => boolean;
  readonly carry: Readonly<Record<PendingSend["kind"], Carry>>;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
}

interface Link {
  readonly name: string;
  readonly rows: PendingSend[];
  attempts: number;
  isBusy: boolean;
  wait: Cancel | undefined;
}

export class Relay {
  readonly #parts: RelayParts;
  readonly #links = new Map<string, Link>();
  /** Rows in hand, so that the sweep does not take them twice. */
  readonly #known = new Set<string>();
  readonly #sweep: Sweep;
  #arrived: PendingSend[] = [];
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
    for (const row of turn.record.outbox) this.#enqueue({ ...row, address, incarnation, revision: turn.revision });
  }

  /** Looks for rows that nobody has in hand: after a take-over, and after a commit whose answer was lost. */
  wake(): void {
    this.#sweep.wake();
  }

  /** Rows of objects that belong to another host now are that host's. */
  abandon(): void {
    for (const link of [...this.#links.values()]) {
      const [row] = link.rows;
      if (row === undefined || this.#parts.owns(row.address)) continue;
      this.#forget(link);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sweep.stop();
    for (const link of [...this.#links.values()]) this.#forget(link);
    await this.#removing;
  }

  async #look(): Promise<number | undefined> {
    const scope = this.#parts.scope();
    if (scope.partitions.length === 0) return undefined;
    const rows = await this.#parts.store.pendingSends(scope, PAGE + this.#known.size);
    for (const row of rows) this.#enqueue(row);
    return rows.length >= PAGE ? 0 : undefined;
  }

  #enqueue(row: PendingSend): void {
    const id = nameOf(row);
    if (this.#isStopped || this.#known.has(id)) return;
    this.#known.add(id);
    const name = linkOf(row);
    const link = this.#links.get(name) ?? { name, rows: [], attempts: 0, isBusy: false, wait: undefined };
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
    link.isBusy = true;
    this.#parts.carry[row.kind](row).then(
      () => this.#hasArrived(link, row),
      (cause: unknown) => this.#failed(link, row, cause),
    );
  }

  #hasArrived(link: Link, row: PendingSend): void {
    link.isBusy = false;
    link.attempts = 0;
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
    this.#parts.counters.add("relay.repeated");
    const waitMs = backoffMs(RESEND, link.attempts, this.#parts.random.fraction());
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

  /** Removes what has arrived, all of it in one round trip; what arrives meanwhile goes with the next. */
  async #remove(): Promise<void> {
    await Promise.resolve();
    while (this.#arrived.length > 0) {
      const rows = this.#arrived;
      this.#arrived = [];
      try {
        await this.#parts.store.sent(rows);
      } catch (cause) {
        this.#parts.log.warn(
          { err: cause, rows: rows.length },
          "removing sent rows failed; they will be sent again and refused as duplicates",
        );
      }
      for (const row of rows) this.#known.delete(nameOf(row));
    }
    this.#removing = undefined;
  }

  #forget(link: Link): void {
    link.wait?.();
    this.#links.delete(link.name);
    for (const row of link.rows) this.#known.delete(nameOf(row));
  }
}

const nameOf = (row: PendingSend): string =>
  `${formatAddress(row.address)} ${row.incarnation} ${row.revision} ${row.idx}`;
const linkOf = (row: PendingSend): string =>
  `${formatAddress(row.address)} ${row.incarnation} ${row.kind} ${row.kind === "send" ? row.target : ""}`;
const isBefore = (a: PendingSend, b: PendingSend): boolean =>
  a.revision < b.revision || (a.revision === b.revision && a.idx < b.idx);
