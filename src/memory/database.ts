/**
 * What several hosts in one process share in place of a Postgres namespace: the rows behind `MemoryStore` and
 * `MemoryLeases`. Rows only; the rules are theirs. Its clock is "the store's clock".
 *
 * Nothing survives the process, and nothing here is ever awaited: a commit is one step of the event loop.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { MessageSource } from "../core/message.ts";
import type { AuditEntry } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { HostRecord } from "../ports/leases.ts";
import type { Chain, OutboxRow, TurnRecord } from "../ports/store.ts";

export interface ObjectRow {
  readonly address: Address;
  readonly revision: number;
  readonly tag: string;
  /** The last chain that was written: status, value, snapshot and the rest of the columns. */
  readonly last: Chain;
  readonly history: string;
  readonly parked: string | undefined;
  readonly paused: string | undefined;
  readonly updatedMs: number;
}

export interface JournalRow {
  readonly revision: number;
  readonly turn: TurnRecord;
  readonly epoch: number;
  readonly committedMs: number;
}

export interface SendRow extends OutboxRow {
  readonly address: Address;
  readonly incarnation: string;
  readonly revision: number;
  readonly parked?: string | undefined;
}

export interface TimerRow {
  readonly address: Address;
  readonly timer: string;
  readonly generation: number;
  readonly dueMs: number;
}

export interface InvocationRow {
  readonly address: Address;
  readonly id: string;
  readonly actor: string;
  readonly input: string;
  readonly attempts: number;
  readonly nextMs: number;
  readonly lastError: string | undefined;
  readonly heartbeat?: string | undefined;
}

/** How far a sender's messages were applied. */
export interface LinkRow extends Pick<MessageSource, "revision" | "idx"> {
  readonly updatedMs: number;
}

export interface LeaseRow {
  readonly epoch: number;
  readonly host: string | undefined;
  readonly expiresMs: number;
}

export interface HostRow {
  readonly host: HostRecord;
  readonly expiresMs: number;
}

/** Everything that belongs to one address. */
export interface ObjectRows {
  object: ObjectRow | undefined;
  readonly journal: JournalRow[];
  readonly byMessage: Map<string, JournalRow>;
  outbox: SendRow[];
  readonly links: Map<string, LinkRow>;
  readonly timers: Map<string, TimerRow>;
  readonly invocations: Map<string, InvocationRow>;
}

export interface GroupRows {
  readonly leases: Map<number, LeaseRow>;
  readonly hosts: Map<string, HostRow>;
}

export interface MemoryDatabaseOptions {
  readonly clock: Clock;
  /** Fixed for the life of a namespace. */
  readonly partitions: number;
  /** How long a message id is remembered. */
  readonly horizonMs: number;
}

export const DEFAULT_PARTITIONS = 256;
export const DEFAULT_HORIZON_MS = 7 * 86_400_000;

export class MemoryDatabase {
  readonly clock: Clock;
  readonly partitions: number;
  readonly horizonMs: number;
  readonly audit: AuditEntry[] = [];
  readonly #objects = new Map<string, ObjectRows>();
  readonly #groups = new Map<string, GroupRows>();

  constructor(options: Partial<MemoryDatabaseOptions> & Pick<MemoryDatabaseOptions, "clock">) {
    this.clock = options.clock;
    this.partitions = options.partitions ?? DEFAULT_PARTITIONS;
    this.horizonMs = options.horizonMs ?? DEFAULT_HORIZON_MS;
  }

  nowMs(): number {
    return this.clock.wallMs();
  }

  find(address: Address): ObjectRows | undefined {
    return this.#objects.get(formatAddress(address));
  }

  /** The rows of an address, made where there are none yet. */
  rows(address: Address): ObjectRows {
    const at = formatAddress(address);
    let rows = this.#objects.get(at);
    if (rows === undefined) {
      rows = {
        object: undefined,
        journal: [],
        byMessage: new Map(),
        outbox: [],
        links: new Map(),
        timers: new Map(),
        invocations: new Map(),
      };
      this.#objects.set(at, rows);
    }
    return rows;
  }

  /** Nothing of the object is left. */
  remove(address: Address): void {
    this.#objects.delete(formatAddress(address));
  }

  all(): IterableIterator<ObjectRows> {
    return this.#objects.values();
  }

  group(name: string): GroupRows {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { leases: new Map(), hosts: new Map() };
      this.#groups.set(name, group);
    }
    return group;
  }
}
