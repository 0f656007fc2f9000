/**
 * The store on Postgres. `test/conformance/store.ts` is the specification, `commit_turns` in the migrations the protocol.
 *
 * Commits go through one connection, one batch at a time; everything else through the pool. Which partition an address
 * lives in follows from the namespace's partition count alone.
 */
import { type Address, partitionOf } from "../core/address.ts";
import type { ObjectStatus, StateView } from "../core/message.ts";
import { trailOf } from "../core/trail.ts";
import type { AuditEntry, AuditState } from "../core/wire.ts";
import {
  type AuditQuery,
  type AuditRecord,
  BatchRefusedError,
  type Chain,
  type DueTimer,
  type JournalEntry,
  type ListQuery,
  type ObjectSummary,
  type PendingInvocation,
  type PendingSend,
  type Pruned,
  type Scope,
  type SendPlace,
  type Store,
  type StoredObject,
  type StoredReply,
  type TurnOutcome,
} from "../ports/store.ts";
import { int4Array, int8Array, textArray } from "./codec.ts";
import { COMMIT_CASTS, COMMIT_SETTINGS, commitOutcomes, commitValues } from "./commit.ts";
import * as operating from "./operating.ts";
import type { Lane, Postgres } from "./pool.ts";
import * as purging from "./purging.ts";
import { definiteState } from "./sqlstate.ts";
import * as statements from "./statements.ts";

export class PostgresStore implements Store {
  readonly #postgres: Postgres;
  readonly #lane: Lane;
  readonly #group: string;
  readonly #statements: ReturnType<typeof statementsOf>;

  /** `group` is the group of hosts whose leases fence the commits. */
  constructor(postgres: Postgres, group = "main") {
    this.#postgres = postgres;
    this.#lane = postgres.lane(COMMIT_SETTINGS);
    this.#group = group;
    this.#statements = statementsOf(postgres.schema);
  }

  async load(addresses: readonly Address[]): Promise<readonly (StoredObject | undefined)[]> {
    if (addresses.length === 0) return [];
    const rows = await this.#postgres.rows<ObjectColumns>(this.#statements.load, this.#addressColumns(addresses));
    return addresses.map((address, i) => storedObject(address, rows[i]));
  }

  async commit(batch: readonly Chain[]): Promise<readonly (readonly TurnOutcome[])[]> {
    if (batch.length === 0) return [];
    const values = commitValues(this.#group, this.#postgres.settings.horizonMs, batch);
    try {
      const [row] = await this.#lane.rows<{ outcomes: string }>(this.#statements.commit, values);
      return commitOutcomes(batch, row?.outcomes ?? "");
    } catch (error) {
      const sqlState = definiteState(error);
      if (sqlState === undefined) throw error;
      throw new BatchRefusedError(`Postgres refused the batch: ${(error as Error).message}`, sqlState, error);
    }
  }

  async replies(
    asked: readonly { readonly address: Address; readonly messageId: string }[],
  ): Promise<readonly (StoredReply | undefined)[]> {
    if (asked.length === 0) return [];
    const addresses = this.#addressColumns(asked.map(({ address }) => address));
    const ids = textArray(asked.map(({ messageId }) => messageId));
    const rows = await this.#postgres.rows<ReplyColumns>(this.#statements.replies, [...addresses, ids]);
    return rows.map(({ revision, hash, view }) => {
      return revision === null ? undefined : { revision: Number(revision), hash, view };
    });
  }

  async journal(address: Address, after: number, limit: number): Promise<readonly JournalEntry[]> {
    const values = [...this.#address(address), after, limit];
    return (await this.#postgres.rows<JournalColumns>(this.#statements.journal, values)).map(journalEntry);
  }

  async list(query: ListQuery): Promise<readonly ObjectSummary[]> {
    const { list, listParked, listPaused } = this.#statements;
    const path = query.matches?.split(".");
    const values = [
      query.name,
      query.status,
      query.tag,
      path && textArray(path),
      path && textArray(path.slice(0, -1)),
      path?.at(-1),
      query.prefix,
      query.after?.name,
      query.after?.key,
      query.limit,
    ];
    const statement = query.parked === true ? listParked : query.paused === true ? listPaused : list;
    return (await this.#postgres.rows<SummaryColumns>(statement, values)).map(objectSummary);
  }

  async dueTimers(
    scope: Scope,
    limit: number,
    aheadMs: number,
  ): Promise<{ readonly due: readonly DueTimer[]; readonly nextMs: number | undefined }> {
    const values = [...scopeColumns(scope, limit), aheadMs];
    const rows = await this.#postgres.rows<TimerColumns>(this.#statements.dueTimers, values);
    const due = rows.filter((row) => row.is_due).slice(0, limit);
    const next = rows[0]?.has_more ? due.at(-1) : rows[due.length];
    return {
      due: due.map(({ name, key, timer, generation, wait_ms }) => {
        return { address: { name, key }, timer, generation: Number(generation), waitMs: Math.max(0, wait_ms) };
      }),
      nextMs: next && Math.max(0, next.wait_ms),
    };
  }

  async pendingSends(scope: Scope, limit: number): Promise<readonly PendingSend[]> {
    const rows = await this.#postgres.rows<SendColumns>(this.#statements.pendingSends, scopeColumns(scope, limit));
    return rows.map(({ name, key, revision, parked, ...row }) => {
      return { ...row, address: { name, key }, revision: Number(revision), parked: parked ?? undefined };
    });
  }

  async parkSend({ address, revision, idx }: SendPlace, parked: string | undefined): Promise<void> {
    await this.#postgres.rows(this.#statements.parkSend, [...this.#address(address), revision, idx, parked]);
  }

  async sent(rows: readonly SendPlace[]): Promise<void> {
    if (rows.length === 0) return;
    const values = [
      ...this.#addressColumns(rows.map(({ address }) => address)),
      int8Array(rows.map(({ revision }) => revision)),
      int4Array(rows.map(({ idx }) => idx)),
    ];
    await this.#postgres.rows(this.#statements.sent, values);
  }

  async pendingInvocations(scope: Scope, limit: number): Promise<readonly PendingInvocation[]> {
    const values = scopeColumns(scope, limit);
    const rows = await this.#postgres.rows<InvocationColumns>(this.#statements.pendingInvocations, values);
    return rows.map(({ name, key, wait_ms, heartbeat, ...row }) => {
      return { ...row, address: { name, key }, waitMs: wait_ms, heartbeat: heartbeat ?? undefined };
    });
  }

  async heartbeat(
    address: Address,
    invocationId: string,
    overdueMs: number,
    details: string | undefined,
  ): Promise<void> {
    const values = [...this.#address(address), invocationId, overdueMs, details];
    await this.#postgres.rows(this.#statements.heartbeat, values);
  }

  async attemptFailed(
    address: Address,
    invocationId: string,
    attempts: number,
    waitMs: number,
    error: string,
  ): Promise<void> {
    const values = [...this.#address(address), invocationId, attempts, waitMs, error];
    await this.#postgres.rows(this.#statements.attemptFailed, values);
  }

  async park(address: Address, parked: string | undefined): Promise<void> {
    await this.#postgres.rows(this.#statements.park, [...this.#address(address), parked]);
  }

  async pause(address: Address, paused: string | undefined, tag: string): Promise<void> {
    await this.#postgres.rows(this.#statements.pause, [...this.#address(address), paused, tag]);
  }

  async audit({ object, key, orderId, verb, by, reason, before, after, result }: AuditRecord): Promise<void> {
    const states = [JSON.stringify(before), after === null ? null : JSON.stringify(after)];
    const values = [...this.#address({ name: object, key }), orderId, verb, by, reason, ...states, result];
    await this.#postgres.rows(this.#statements.audit, values);
  }

  async audits({ object, key, before, limit }: AuditQuery): Promise<readonly AuditEntry[]> {
    const rows = await this.#postgres.rows<AuditColumns>(this.#statements.audits, [object, key, before, limit]);
    return rows.map(auditEntry);
  }

  async clear(address: Address): Promise<boolean> {
    const [row] = await this.#postgres.rows<{ is_more: boolean }>(this.#statements.clear, this.#address(address));
    return row?.is_more ?? false;
  }

  async prune(partition: number, after: Address | undefined, keepMs: number): Promise<Pruned> {
    const slice = [partition, after?.name ?? "", after?.key ?? ""];
    const buried = await this.#bury(slice);
    const [row] = await this.#postgres.rows<PrunedColumns>(this.#statements.prune, [...slice, keepMs]);
    const { removed = 0, is_more = false, name = null, key = null } = row ?? {};
    const next = name === null || key === null ? undefined : { name, key };
    return { removed: buried.removed + removed, isMore: buried.isMore || is_more, next };
  }

  async #bury(slice: readonly unknown[]): Promise<Pick<Pruned, "removed" | "isMore">> {
    const { horizonMs } = this.#postgres.settings;
    const [row] = await this.#postgres.rows<BuriedColumns>(this.#statements.bury, [...slice, horizonMs]);
    let isMore = row?.is_more ?? false;
    for (const address of row?.uncleared ?? []) isMore = (await this.clear(address)) || isMore;
    return { removed: row?.removed ?? 0, isMore };
  }

  /** The connections are the caller's, who opened them. */
  async close(): Promise<void> {
    await this.#lane.close();
  }

  #address(address: Address): [number, string, string] {
    return [partitionOf(address, this.#postgres.settings.partitions), address.name, address.key];
  }

  #addressColumns(addresses: readonly Address[]): [Buffer, Buffer, Buffer] {
    return [
      int4Array(addresses.map((address) => partitionOf(address, this.#postgres.settings.partitions))),
      textArray(addresses.map((address) => address.name)),
      textArray(addresses.map((address) => address.key)),
    ];
  }
}

const statementsOf = (schema: string) => ({
  load: statements.loadObjects(schema),
  commit: statements.commitTurns(schema, COMMIT_CASTS),
  replies: statements.findReplies(schema),
  journal: statements.readJournal(schema),
  list: operating.listObjects(schema),
  listParked: operating.listParked(schema),
  listPaused: operating.listPaused(schema),
  dueTimers: statements.dueTimers(schema),
  pendingSends: statements.pendingSends(schema),
  sent: statements.removeSent(schema),
  parkSend: statements.parkSend(schema),
  pendingInvocations: statements.pendingInvocations(schema),
  attemptFailed: statements.attemptFailed(schema),
  heartbeat: statements.heartbeat(schema),
  park: statements.parkObject(schema),
  prune: statements.pruneJournal(schema),
  clear: purging.clearPurged(schema),
  bury: purging.buryPurged(schema),
  pause: operating.pauseObject(schema),
  audit: operating.writeAudit(schema),
  audits: operating.readAudit(schema),
});

const scopeColumns = (scope: Scope, limit: number): unknown[] => [
  int4Array(scope.partitions),
  textArray(scope.names),
  limit,
];

/** Columns of type bigint come as text. */
interface ObjectColumns {
  readonly revision: string | null;
  readonly tag: string;
  readonly incarnation: string;
  readonly status: ObjectStatus;
  readonly machine_version: string;
  readonly history: string;
  readonly snapshot: string;
  readonly parked: string | null;
  readonly paused: string | null;
}

interface ReplyColumns {
  readonly revision: string | null;
  readonly hash: string;
  readonly view: string;
}

export interface JournalColumns {
  readonly revision: string;
  readonly message_id: string;
  readonly kind: string;
  readonly event: string;
  readonly view: string;
  readonly source: string | null;
  readonly epoch: string;
  readonly committed_at: Date;
  readonly trail: string;
}

interface SummaryColumns {
  readonly name: string;
  readonly key: string;
  readonly revision: string;
  readonly status: ObjectStatus;
  readonly value: string;
  readonly tags: readonly string[];
  readonly parked: string | null;
  readonly paused: string | null;
  readonly parked_sends: number;
  readonly updated_at: Date;
}

type AuditColumns = Pick<AuditEntry, "verb" | "key" | "by" | "reason" | "result"> & {
  readonly seq: string;
  readonly order_id: string;
  readonly at: Date;
  readonly name: string;
  readonly before: string;
  readonly after: string | null;
};

interface TimerColumns {
  readonly name: string;
  readonly key: string;
  readonly timer: string;
  readonly generation: string;
  readonly is_due: boolean;
  readonly has_more: boolean;
  readonly wait_ms: number;
}

type SendColumns = Omit<PendingSend, "address" | "revision" | "parked"> & {
  readonly parked: string | null;
  readonly name: string;
  readonly key: string;
  readonly revision: string;
};

interface PrunedColumns {
  readonly removed: number;
  readonly is_more: boolean;
  readonly name: string | null;
  readonly key: string | null;
}

interface BuriedColumns {
  readonly removed: number;
  readonly is_more: boolean;
  readonly uncleared: readonly Address[] | null;
}

type InvocationColumns = Omit<PendingInvocation, "address" | "waitMs" | "heartbeat"> & {
  readonly heartbeat: string | null;
  readonly name: string;
  readonly key: string;
  readonly wait_ms: number;
};

function storedObject(address: Address, row: ObjectColumns | undefined): StoredObject | undefined {
  if (row === undefined || row.revision === null) return undefined;
  const { tag, incarnation, status, machine_version: machineVersion, history, snapshot } = row;
  const revision = Number(row.revision);
  const flags = { parked: row.parked ?? undefined, paused: row.paused ?? undefined };
  return { address, revision, tag, incarnation, status, machineVersion, history, snapshot, ...flags };
}

function journalEntry(row: JournalColumns): JournalEntry {
  return {
    revision: Number(row.revision),
    messageId: row.message_id,
    kind: row.kind,
    event: JSON.parse(row.event) as unknown,
    ...(JSON.parse(row.view) as StateView),
    source: row.source ?? undefined,
    epoch: Number(row.epoch),
    committedAt: row.committed_at.toISOString(),
    trail: trailOf(row.trail),
  };
}

function objectSummary(row: SummaryColumns): ObjectSummary {
  return {
    object: row.name,
    key: row.key,
    revision: Number(row.revision),
    status: row.status,
    value: JSON.parse(row.value) as unknown,
    tags: row.tags,
    parked: row.parked ?? undefined,
    paused: row.paused ?? undefined,
    parkedSends: row.parked_sends,
    updatedAt: row.updated_at.toISOString(),
  };
}

function auditEntry({ seq, order_id, at, name, before, after, ...row }: AuditColumns): AuditEntry {
  return {
    ...row,
    object: name,
    orderId: order_id,
    seq: Number(seq),
    at: at.toISOString(),
    before: JSON.parse(before) as AuditState,
    after: after === null ? null : (JSON.parse(after) as AuditState),
  };
}
