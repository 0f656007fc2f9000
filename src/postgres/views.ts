/**
 * The views on Postgres: two connections of their own, opened with the first read, that can read and do nothing else.
 * `test/inspector/views.services.test.ts` compares what they say with plain counts.
 */
import pg from "pg";
import { type Address, formatAddress, partitionOf } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import {
  type CountedGroup,
  type CountedState,
  type HostRow,
  type IncomingRow,
  type LeaseRow,
  type LookLimit,
  MAX_LOOKED_AT,
  type MessagesFound,
  type MovesFound,
  type ObjectsFound,
  type ObjectsQuery,
  type PayloadRow,
  type TimerRow,
  type TrailRow,
  type TurnRow,
  type Views,
  type Waiting,
  type WholeObject,
} from "../ports/views.ts";
import { connectionConfig, DEFAULT_POSTGRES_OPTIONS, schemaOf } from "./pool.ts";
import type { JournalColumns } from "./store.ts";
import * as rows from "./view-rows.ts";
import * as statements from "./view-statements.ts";
import * as system from "./view-system.ts";

export interface ViewsOptions {
  readonly url: string;
  readonly namespace: string;
  /** Told of connections that break while nobody waits for them. */
  readonly onError?: (error: Error) => void;
}

const CONNECTIONS = 2;
/** The memory lets a count over a few hundred thousand objects hash in one go. */
const SETTINGS = ["default_transaction_read_only=on", "statement_timeout=5s", "work_mem=32MB"];
/** Above the server's own limit, which says more. */
const QUERY_TIMEOUT_MS = 6_000;
const MAX_REVISION = Number.MAX_SAFE_INTEGER;

export class PostgresViews implements Views {
  readonly #pool: pg.Pool;
  readonly #schema: string;
  #partitions: Promise<number> | undefined;

  constructor({ url, namespace, onError = () => undefined }: ViewsOptions) {
    const options = { ...DEFAULT_POSTGRES_OPTIONS, queryTimeoutMs: QUERY_TIMEOUT_MS };
    const config = connectionConfig(url, options, SETTINGS);
    this.#schema = schemaOf(namespace);
    this.#pool = new pg.Pool({ ...config, application_name: "stator-inspector", max: CONNECTIONS });
    this.#pool.on("error", onError);
  }

  async totals(): Promise<{ at: string; groups: readonly CountedGroup[] }> {
    const found = await this.#read<rows.GroupColumns>(statements.totals(this.#schema));
    return { at: rows.atOf(found), groups: found.map(rows.countedGroup) };
  }

  async counts(name: string): Promise<{ at: string; groups: readonly CountedState[] }> {
    const found = await this.#read<rows.StateColumns>(statements.counts(this.#schema), [name]);
    const groups = found.filter(({ count }) => count !== null).map((row) => rows.countedState(name, row));
    return { at: rows.atOf(found), groups };
  }

  async objects(query: ObjectsQuery): Promise<ObjectsFound> {
    if (query.path !== undefined && query.name === undefined) {
      throw new StatorError("INVALID_REQUEST", "a state is one of a machine: give its name too");
    }
    const { text, values } = statements.findObjects(this.#schema, query, MAX_LOOKED_AT);
    const found = await this.#read<rows.FoundColumns>(text, values);
    const [first] = found;
    return {
      at: rows.atOf(found),
      total: first?.total ?? 0,
      isAtLeast: first?.is_at_least ?? false,
      objects: found.filter(({ key }) => key !== null).map(rows.objectFound),
    };
  }

  async object(address: Address): Promise<WholeObject | undefined> {
    const found = await this.#read<rows.WholeColumns>(statements.readObject(this.#schema), await this.#key(address));
    return found[0] && rows.wholeObject(address, found[0]);
  }

  async incoming(address: Address, limit: number): Promise<readonly IncomingRow[]> {
    const values = [formatAddress(address), limit];
    return (await this.#read<rows.IncomingColumns>(statements.readIncoming(this.#schema), values)).map(
      rows.incomingRow,
    );
  }

  async turns(
    address: Address,
    { before = MAX_REVISION, after = 0 }: { readonly before?: number; readonly after?: number },
    limit: number,
  ): Promise<readonly TurnRow[]> {
    const values = [...(await this.#key(address)), before, after, limit];
    return (await this.#read<JournalColumns>(statements.readTurns(this.#schema), values)).map(rows.turnRow);
  }

  async trails(address: Address, upTo: number, limit: number): Promise<readonly TrailRow[]> {
    const values = [...(await this.#key(address)), upTo, limit];
    const found = await this.#read<rows.TrailColumns>(statements.readTrails(this.#schema), values);
    return found.map(rows.trailRow).reverse();
  }

  async moves(name: string, windowMs: number, { objects, turns }: LookLimit): Promise<MovesFound> {
    const found = await this.#read<rows.MoveColumns>(system.readMoves(this.#schema), [name, windowMs, objects, turns]);
    return { at: rows.atOf(found), rows: found.filter(({ key }) => key !== null).map(rows.moveRow) };
  }

  async payloads(
    name: string,
    type: string,
    first: string | undefined,
    { objects, turns }: LookLimit,
  ): Promise<readonly PayloadRow[]> {
    const values = [name, type, first ?? null, objects, turns];
    return (await this.#read<rows.PayloadColumns>(system.readPayloads(this.#schema), values)).map(rows.payloadRow);
  }

  async waiting(limit: number): Promise<Waiting> {
    const { parked, outgoing, retrying } = system.waiting;
    const [clock, ...found] = await Promise.all([
      this.#read<{ at: Date }>("select clock_timestamp() as at"),
      this.#read<rows.ParkedColumns>(parked(this.#schema), [limit]),
      this.#read<rows.EffectColumns>(outgoing(this.#schema), [limit]),
      this.#read<rows.RetryingColumns>(retrying(this.#schema), [limit]),
    ]);
    return {
      at: rows.atOf(clock),
      parked: found[0].map(rows.waitingObject),
      outgoing: found[1].map(rows.parkedEffect),
      retrying: found[2].map(rows.retryingInvocation),
    };
  }

  async timers(
    name: string | undefined,
    limit: number,
  ): Promise<{ at: string; timers: readonly TimerRow[]; late: number; total: number }> {
    const found = await this.#read<rows.TimersColumns>(system.readTimers(this.#schema), [name ?? null, limit]);
    const [first] = found;
    const timers = found.filter(({ key }) => key !== null).map((row) => rows.timerRow(row, row));
    return { at: rows.atOf(found), timers, late: first?.late ?? 0, total: first?.total ?? 0 };
  }

  async hosts(): Promise<{ at: string; hosts: readonly HostRow[]; leases: readonly LeaseRow[] }> {
    const found = await this.#read<rows.HostsColumns>(system.readHosts(this.#schema));
    const [row] = found;
    return {
      at: rows.atOf(found),
      hosts: (row?.hosts ?? []).map(rows.hostRow),
      leases: (row?.leases ?? []).map(rows.leaseRow),
    };
  }

  async unsent(): Promise<{ at: string; count: number; oldestAt: string | undefined }> {
    const found = await this.#read<rows.UnsentColumns>(system.readUnsent(this.#schema));
    return { at: rows.atOf(found), count: found[0]?.count ?? 0, oldestAt: found[0]?.oldest_at?.toISOString() };
  }

  async messages(): Promise<MessagesFound> {
    const [row] = await this.#read<rows.MessagesColumns>(system.readMessages(this.#schema));
    if (row === undefined) throw new RangeError("an aggregate has one row");
    return rows.messagesFound(row);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #key(address: Address): Promise<unknown[]> {
    this.#partitions ??= this.#partitionCount();
    return [partitionOf(address, await this.#partitions), address.name, address.key];
  }

  async #partitionCount(): Promise<number> {
    try {
      const [row] = await this.#read<{ count: number }>(
        `select partition_count as count from ${this.#schema}.namespace`,
      );
      if (row === undefined) throw new StatorError("UNAVAILABLE", "the namespace has no settings yet");
      return row.count;
    } catch (cause) {
      this.#partitions = undefined;
      throw cause;
    }
  }

  async #read<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>({ text, values })).rows;
    } catch (cause) {
      throw refusal(cause);
    }
  }
}

const QUERY_CANCELED = "57014";

function refusal(cause: unknown): StatorError {
  if (cause instanceof pg.DatabaseError && cause.code === QUERY_CANCELED) {
    return new StatorError("TIMEOUT", "reading took longer than 5 s and was stopped: filter more", { cause });
  }
  return new StatorError("UNAVAILABLE", "Postgres does not answer now", { cause });
}
