/**
 * The store in memory, for tests and for trying out. `test/conformance/store.ts` is the specification: where it is
 * kinder than Postgres, that is a bug. Several hosts of one process share a `MemoryDatabase`, each with its own store.
 */
import { type Address, formatAddress, partitionOf } from "../core/address.ts";
import { NOTHING_LEFT, type StateView, viewText } from "../core/message.ts";
import { trailOf } from "../core/trail.ts";
import type { AuditEntry } from "../core/wire.ts";
import type {
  AuditQuery,
  AuditRecord,
  Chain,
  DueTimer,
  JournalEntry,
  ListQuery,
  ObjectSummary,
  PendingInvocation,
  PendingSend,
  Pruned,
  Scope,
  SendPlace,
  Store,
  StoredObject,
  StoredReply,
  TurnOutcome,
  TurnRecord,
} from "../ports/store.ts";
import { commitChains } from "./commit.ts";
import type { JournalRow, MemoryDatabase, ObjectRow, ObjectRows } from "./database.ts";

export class MemoryStore implements Store {
  readonly #database: MemoryDatabase;
  readonly #group: string;

  constructor(database: MemoryDatabase, group = "main") {
    this.#database = database;
    this.#group = group;
  }

  async load(addresses: readonly Address[]): Promise<readonly (StoredObject | undefined)[]> {
    return addresses.map((address) => {
      const object = this.#database.find(address)?.object;
      return object && storedObject(object);
    });
  }

  async commit(batch: readonly Chain[]): Promise<readonly (readonly TurnOutcome[])[]> {
    return commitChains(this.#database, this.#group, batch);
  }

  async replies(
    asked: readonly { readonly address: Address; readonly messageId: string }[],
  ): Promise<readonly (StoredReply | undefined)[]> {
    return asked.map(({ address, messageId }) => {
      const row = this.#database.find(address)?.byMessage.get(messageId);
      return row && { revision: row.revision, hash: row.turn.hash, view: row.turn.view };
    });
  }

  async journal(address: Address, after: number, limit: number): Promise<readonly JournalEntry[]> {
    const rows = this.#database.find(address)?.journal ?? [];
    return rows
      .filter((row) => row.revision > after)
      .slice(0, limit)
      .map(journalEntry);
  }

  async list(query: ListQuery): Promise<readonly ObjectSummary[]> {
    return [...this.#database.all()]
      .flatMap((rows) => (rows.object === undefined ? [] : { object: rows.object, parkedSends: parkedSends(rows) }))
      .filter(({ object, parkedSends: sends }) => {
        const isWanted = query.parked === true ? isParked(object) || sends > 0 : isCounted(object, query);
        return isWanted && (query.paused !== true || isPaused(object)) && isListed(object, query);
      })
      .sort((a, b) => compareAddresses(a.object.address, b.object.address))
      .slice(0, query.limit)
      .map(({ object, parkedSends: sends }) => objectSummary(object, sends));
  }

  async dueTimers(
    scope: Scope,
    limit: number,
    aheadMs: number,
  ): Promise<{ readonly due: readonly DueTimer[]; readonly nextMs: number | undefined }> {
    const nowMs = this.#database.nowMs();
    const armed = this.#within(scope, ({ object, timers }) => (takesTurns(object) ? [...timers.values()] : []));
    armed.sort((a, b) => a.dueMs - b.dueMs);
    const due = armed.filter((timer) => timer.dueMs <= nowMs + aheadMs).slice(0, limit);
    const next = armed[due.length];
    const waitMs = ({ dueMs }: { readonly dueMs: number }): number => Math.max(0, dueMs - nowMs);
    return {
      due: due.map(({ address, timer, generation, dueMs }) => ({
        address,
        timer,
        generation,
        waitMs: waitMs({ dueMs }),
      })),
      nextMs: next && waitMs(next),
    };
  }

  async pendingSends(scope: Scope, limit: number): Promise<readonly PendingSend[]> {
    const senders = this.#senders(scope);
    const rounds = senders.flatMap((rows) => rows.map((row, round) => ({ round, row })));
    return rounds
      .sort((a, b) => a.round - b.round)
      .slice(0, limit)
      .map(({ row }) => row);
  }

  async parkSend({ address, revision, idx }: SendPlace, parked: string | undefined): Promise<void> {
    const of = this.#database.find(address);
    if (of === undefined) return;
    of.outbox = of.outbox.map((row) => (row.revision === revision && row.idx === idx ? { ...row, parked } : row));
  }

  async sent(rows: readonly SendPlace[]): Promise<void> {
    for (const { address, revision, idx } of rows) {
      const of = this.#database.find(address);
      if (of !== undefined) of.outbox = of.outbox.filter((row) => row.revision !== revision || row.idx !== idx);
    }
  }

  async pendingInvocations(scope: Scope, limit: number): Promise<readonly PendingInvocation[]> {
    const nowMs = this.#database.nowMs();
    return this.#within(scope, (rows) => [...rows.invocations.values()])
      .sort((a, b) => a.nextMs - b.nextMs)
      .slice(0, limit)
      .map(({ address, id, actor, input, attempts, nextMs, heartbeat }) => {
        return { address, id, actor, input, attempts, waitMs: Math.max(0, nextMs - nowMs), heartbeat };
      });
  }

  async attemptFailed(
    address: Address,
    invocationId: string,
    attempts: number,
    waitMs: number,
    error: string,
  ): Promise<void> {
    const invocations = this.#database.find(address)?.invocations;
    const invocation = invocations?.get(invocationId);
    if (invocations === undefined || invocation === undefined) return;
    const nextMs = this.#database.nowMs() + waitMs;
    invocations.set(invocationId, { ...invocation, attempts, nextMs, lastError: error });
  }

  async heartbeat(
    address: Address,
    invocationId: string,
    overdueMs: number,
    details: string | undefined,
  ): Promise<void> {
    const invocations = this.#database.find(address)?.invocations;
    const invocation = invocations?.get(invocationId);
    if (invocations === undefined || invocation === undefined) return;
    const nextMs = this.#database.nowMs() + overdueMs;
    invocations.set(invocationId, { ...invocation, nextMs, heartbeat: details ?? invocation.heartbeat });
  }

  async park(address: Address, parked: string | undefined): Promise<void> {
    const rows = this.#database.find(address);
    if (rows?.object !== undefined) rows.object = { ...rows.object, parked };
  }

  async pause(address: Address, paused: string | undefined, tag: string): Promise<void> {
    const rows = this.#database.find(address);
    if (rows?.object !== undefined) rows.object = { ...rows.object, paused, tag };
  }

  async audit(record: AuditRecord): Promise<void> {
    const { audit } = this.#database;
    const at = audit.findIndex(({ orderId }) => orderId === record.orderId);
    const known = audit[at];
    if (known === undefined) {
      audit.push({ ...record, seq: audit.length + 1, at: new Date(this.#database.nowMs()).toISOString() });
    } else if (known.result === "unknown") {
      audit[at] = { ...known, after: record.after, result: record.result };
    }
  }

  async audits({ object, key, before = Number.POSITIVE_INFINITY, limit }: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#database.audit
      .filter((entry) => object === undefined || (entry.object === object && (key === undefined || entry.key === key)))
      .filter((entry) => entry.seq < before)
      .reverse()
      .slice(0, limit);
  }

  async clear(address: Address): Promise<boolean> {
    const rows = this.#database.find(address);
    if (rows?.object?.last.status === "purged") clearRows(rows, rows.object);
    return false;
  }

  async prune(partition: number, after: Address | undefined, keepMs: number): Promise<Pruned> {
    const oldMs = this.#database.nowMs() - keepMs;
    let removed = 0;
    for (const rows of this.#database.all()) {
      const { object, journal } = rows;
      if (object === undefined || partitionOf(object.address, this.#database.partitions) !== partition) continue;
      if (after !== undefined && compareAddresses(object.address, after) <= 0) continue;
      removed += this.#bury(rows, object);
      const old = journal.filter((row) => row.committedMs <= oldMs && row.revision < object.revision);
      for (const row of old) rows.byMessage.delete(row.turn.messageId);
      rows.journal.splice(0, old.length);
      removed += old.length;
      for (const [link, { updatedMs }] of rows.links) if (updatedMs <= oldMs) rows.links.delete(link);
    }
    return { removed, isMore: false, next: undefined };
  }

  async close(): Promise<void> {
    // The database is shared: it outlives any one store.
  }

  /** Answers the journal rows that went with the object. */
  #bury(rows: ObjectRows, object: ObjectRow): number {
    if (object.last.status !== "purged") return 0;
    clearRows(rows, object);
    const isLate = object.updatedMs <= this.#database.nowMs() - this.#database.horizonMs;
    if (!isLate || rows.outbox.length > 0) return 0;
    this.#database.remove(object.address);
    return rows.journal.splice(0).length;
  }

  /** The outboxes of the scope, each in the order sent. */
  #senders(scope: Scope): PendingSend[][] {
    return this.#within(scope, (rows) => [
      [...rows.outbox].sort((a, b) => a.revision - b.revision || a.idx - b.idx),
    ]).filter((rows) => rows.length > 0);
  }

  #within<T>(scope: Scope, pick: (rows: ObjectRows) => readonly T[]): T[] {
    const names = new Set(scope.names);
    const partitions = new Set(scope.partitions);
    return [...this.#database.all()].flatMap((rows) => {
      const address = rows.object?.address;
      if (address === undefined || !names.has(address.name)) return [];
      return partitions.has(partitionOf(address, this.#database.partitions)) ? pick(rows) : [];
    });
  }
}

function storedObject({ address, revision, tag, last, history, parked, paused }: ObjectRow): StoredObject {
  const { incarnation, status, machineVersion, snapshot } = last;
  return { address, revision, tag, incarnation, status, machineVersion, history, snapshot, parked, paused };
}

const isParked = ({ parked, last: { status, tags } }: ObjectRow): boolean =>
  (parked !== undefined && status !== "stopped") || (status === "active" && tags.includes("parked"));
/** What was purged is listed only where it is asked for. */
const isCounted = ({ last }: ObjectRow, { status }: ListQuery): boolean =>
  last.status !== "purged" || status === "purged";
const isPaused = ({ paused, last }: ObjectRow): boolean => paused !== undefined && last.status === "active";

const takesTurns = (object: ObjectRow | undefined): boolean =>
  object?.parked === undefined && object?.paused === undefined;

function clearRows(rows: ObjectRows, object: ObjectRow): void {
  rows.object = { ...object, parked: undefined, paused: undefined };
  rows.timers.clear();
  rows.invocations.clear();
  const cleared = rows.journal.map((row) => (row.turn.kind === "purged" ? row : { ...row, turn: emptied(row.turn) }));
  rows.journal.splice(0, rows.journal.length, ...cleared);
  rows.byMessage.clear();
  for (const row of cleared) rows.byMessage.set(row.turn.messageId, row);
}

const emptied = (turn: TurnRecord): TurnRecord => ({ ...turn, event: "null", view: viewText(NOTHING_LEFT), trail: "" });

const parkedSends = ({ outbox }: ObjectRows): number => outbox.filter((row) => row.parked !== undefined).length;

function objectSummary(
  { address, revision, last, parked, paused, updatedMs }: ObjectRow,
  sends: number,
): ObjectSummary {
  return {
    object: address.name,
    key: address.key,
    revision,
    status: last.status,
    value: JSON.parse(last.value) as unknown,
    tags: last.tags,
    parked,
    paused,
    parkedSends: sends,
    updatedAt: new Date(updatedMs).toISOString(),
  };
}

function journalEntry({ revision, turn, epoch, committedMs }: JournalRow): JournalEntry {
  return {
    revision,
    messageId: turn.messageId,
    kind: turn.kind,
    event: JSON.parse(turn.event) as unknown,
    ...(JSON.parse(turn.view) as StateView),
    source: turn.source && formatAddress(turn.source.address),
    epoch,
    committedAt: new Date(committedMs).toISOString(),
    trail: trailOf(turn.trail),
  };
}

function isListed({ address, last }: ObjectRow, query: ListQuery): boolean {
  if (query.name !== undefined && address.name !== query.name) return false;
  if (query.status !== undefined && last.status !== query.status) return false;
  if (query.tag !== undefined && !last.tags.includes(query.tag)) return false;
  if (query.prefix !== undefined && !address.key.startsWith(query.prefix)) return false;
  if (query.after !== undefined && compareAddresses(address, query.after) <= 0) return false;
  return query.matches === undefined || isInside(JSON.parse(last.value), query.matches.split("."));
}

/** Whether a state value is the state at `path` or inside it. */
function isInside(value: unknown, path: readonly string[]): boolean {
  const [head = "", ...rest] = path;
  if (typeof value === "string") return rest.length === 0 && value === head;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, head)) return false;
  return rest.length === 0 || isInside((value as Record<string, unknown>)[head], rest);
}

/** By the bytes of UTF-8, as `collate "C"` orders. */
function compareAddresses(a: Address, b: Address): number {
  return compareText(a.name, b.name) || compareText(a.key, b.key);
}

const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
