/**
 * The database of a run as a witness sees it: straight to Postgres, past every line.
 *
 * Triggers keep what the product deletes: outbox rows and timers, as they were when their turn committed, and what the
 * journal said of objects that were purged. Another refuses events that hold `POISON`, as Postgres refuses text that it cannot store.
 */
import pg from "pg";
import { parseAddress } from "../../src/core/address.ts";
import type { JournalRow, SendRow } from "../../src/memory/database.ts";
import { schemaOf } from "../../src/postgres/pool.ts";
import type { FinalObject } from "../simulation/history.ts";
import { POISON } from "./asks.ts";
import type { Postmaster } from "./postmaster.ts";

/** Timers further away than this are left armed. */
const FAR_MS = 10_000;

export interface ArmedTimer {
  readonly name: string;
  readonly key: string;
  readonly generation: number;
  readonly dueMs: number;
}

export interface Lease {
  readonly partition: number;
  readonly host: string | null;
}

const AUDIT = `
  create table $schema.audit_outbox as select * from $schema.outbox with no data;
  create index on $schema.audit_outbox (name, key);
  create table $schema.audit_timers as select * from $schema.timers with no data;
  create function $schema.audit_row() returns trigger language plpgsql as $$
  begin
    execute format('insert into $schema.%I select ($1).*', 'audit_' || tg_table_name) using new;
    return null;
  end $$;
  create trigger audit after insert on $schema.outbox for each row execute function $schema.audit_row();
  create trigger audit after insert or update on $schema.timers for each row execute function $schema.audit_row();
  create table $schema.audit_journal as
    select partition, name, key, revision, event, view from $schema.journal with no data;
  create index on $schema.audit_journal (name, key, revision);
  create function $schema.audit_cleared() returns trigger language plpgsql as $$
  begin
    insert into $schema.audit_journal values (old.partition, old.name, old.key, old.revision, old.event, old.view);
    return null;
  end $$;
  create trigger audit after update on $schema.journal for each row
    when (old.event <> new.event or old.view <> new.view) execute function $schema.audit_cleared();
  create function $schema.refuse_poison() returns trigger language plpgsql as $$
  begin
    raise exception 'this event cannot be stored' using errcode = '22021';
  end $$;
  create trigger refuse_poison before insert on $schema.journal for each row
    when (strpos(new.event, '${POISON}') > 0) execute function $schema.refuse_poison();
`;

export class Audit {
  readonly #pool: pg.Pool;
  readonly #schema: string;

  constructor(url: string, namespace: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 3_000, query_timeout: 30_000 });
    this.#pool.on("error", () => undefined); // Postgres is killed on purpose
    this.#schema = schemaOf(namespace);
  }

  async rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.#pool.query(sql.replaceAll("$schema", this.#schema), values)).rows as T[];
  }

  /** A session of one's own, to hold locks and snapshots with. */
  async client(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect();
    client.on("error", () => undefined); // as above; what it is asked next rejects
    return client;
  }

  /** Holds rows that are used now, until the session's transaction ends. */
  async lockRows(session: pg.PoolClient, limit: number): Promise<void> {
    const sql = `select 1 from $schema.objects where (partition, name, key) in (
      select partition, name, key from $schema.objects order by updated_at desc limit $1) for update`;
    await session.query(sql.replaceAll("$schema", this.#schema), [limit]);
  }

  async install(): Promise<void> {
    await this.rows(AUDIT);
  }

  async drop(): Promise<void> {
    await this.rows("drop schema $schema cascade");
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  leases(): Promise<Lease[]> {
    return this.rows<Lease>("select partition, host from $schema.partitions where expires_at > clock_timestamp()");
  }

  async nowMs(): Promise<number> {
    const [row] = await this.rows<{ ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
    );
    return row?.ms ?? 0;
  }

  /** What has to happen before the run is at rest; what waits for an operator, or behind it, does not count. */
  async openWork(): Promise<string[]> {
    const rows = await this.rows<{ what: string }>(
      `select x.name || '/' || x.key || ' ' || x.kind || ' to ' || x.target as what
         from $schema.outbox x
        where not exists (select from $schema.outbox p where (p.name, p.key) = (x.name, x.key) and p.parked is not null)
          and not exists (select from $schema.objects o where o.parked is not null and o.name || '/' || o.key = x.target)
       union all
       select t.name || '/' || t.key || ' timer ' || t.timer from $schema.timers t join $schema.objects o using (partition, name, key)
        where o.parked is null and t.due_at < clock_timestamp() + $1 * interval '1 millisecond'
       union all
       select i.name || '/' || i.key || ' ' || i.actor from $schema.invocations i join $schema.objects o using (partition, name, key)
        where o.parked is null and i.next_at < clock_timestamp() + $1 * interval '1 millisecond'`,
      [FAR_MS],
    );
    return rows.map(({ what }) => what);
  }

  /** Every object with its past, in one snapshot; `probe` objects are the run's own. */
  async objects(): Promise<FinalObject[]> {
    const client = await this.#pool.connect();
    const read = async <T>(sql: string): Promise<T[]> =>
      (await client.query(sql.replaceAll("$schema", this.#schema))).rows as T[];
    try {
      await client.query("begin isolation level repeatable read");
      const heads = await read<ObjectColumns>("select * from $schema.objects where name <> 'probe' order by name, key");
      const journal = byObject(await read<JournalColumns>(JOURNAL));
      const sent = byObject(await read<SendColumns>("select * from $schema.audit_outbox order by revision, idx"));
      const outbox = byObject(await read<SendColumns>("select * from $schema.outbox"));
      const timers = byObject(await read<TimerColumns>(`select *, ${ms("due_at")} as due_ms from $schema.timers`));
      const invocations = byObject(await read<InvocationColumns>("select * from $schema.invocations"));
      await client.query("commit");
      return heads.map((head) => {
        const of = `${head.name}/${head.key}`;
        const address = { name: head.name, key: head.key };
        const sends = groupBy(sent.get(of) ?? [], ({ revision }) => Number(revision));
        return {
          address,
          revision: Number(head.revision),
          status: head.status,
          history: head.history,
          parked: head.parked ?? undefined,
          incarnation: head.incarnation,
          snapshot: head.snapshot,
          journal: (journal.get(of) ?? []).map((row) => journalRow(row, head.incarnation, sends)),
          outbox: (outbox.get(of) ?? []).map((row) => ({ ...sendRow(row), address, incarnation: row.incarnation })),
          timers: (timers.get(of) ?? []).map(({ timer, generation, due_ms: dueMs }) => {
            return { address, timer, generation: Number(generation), dueMs };
          }),
          invocations: (invocations.get(of) ?? []).map(({ id, actor, input, attempts }) => {
            return { address, id, actor, input, attempts, nextMs: 0, lastError: undefined };
          }),
        };
      });
    } finally {
      client.release(true);
    }
  }

  /** Turns that another Postgres has, and this one not. */
  async turnsOnlyIn(other: Postmaster): Promise<string[]> {
    const turn = "name || '/' || key || '/' || revision || ' ' || message_id || ' ' || committed_at";
    const theirs = await other.rows<{ turn: string }>(
      `select ${turn} as turn from ${this.#schema}.journal where committed_at > clock_timestamp() - interval '1 minute'`,
    );
    const ours = await this.rows<{ turn: string }>(`select ${turn} as turn from $schema.journal`);
    const known = new Set(ours.map((row) => row.turn));
    return theirs.map((row) => row.turn).filter((turn) => !known.has(turn));
  }

  armedTimers(): Promise<ArmedTimer[]> {
    return this.rows<ArmedTimer>(
      `select name, key, generation::float8 as generation, ${ms("due_at")} as "dueMs" from $schema.audit_timers`,
    );
  }
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const JOURNAL = `select name, key, revision, message_id, hash, kind, coalesce(kept.event, row.event) as event,
  coalesce(kept.view, row.view) as view, history, source, epoch, ${ms("committed_at")} as committed_ms
  from $schema.journal row left join $schema.audit_journal kept using (partition, name, key, revision)
 where name <> 'probe' order by name, key, revision`;

interface Named {
  readonly name: string;
  readonly key: string;
}

const byObject = <T extends Named>(rows: readonly T[]): Map<string, T[]> =>
  groupBy(rows, ({ name, key }) => `${name}/${key}`);

export function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

interface ObjectColumns extends Named {
  readonly revision: string;
  readonly status: string;
  readonly history: string;
  readonly parked: string | null;
  readonly incarnation: string;
  readonly snapshot: string;
}

interface JournalColumns extends Named {
  readonly revision: string;
  readonly message_id: string;
  readonly hash: string;
  readonly kind: string;
  readonly event: string;
  readonly view: string;
  readonly history: string;
  readonly source: string | null;
  readonly epoch: string;
  readonly committed_ms: number;
}

interface SendColumns extends Named {
  readonly revision: string;
  readonly idx: number;
  readonly incarnation: string;
  readonly kind: SendRow["kind"];
  readonly target: string;
  readonly body: string;
  readonly parked: string | null;
}

interface TimerColumns extends Named {
  readonly timer: string;
  readonly generation: string;
  readonly due_ms: number;
}

interface InvocationColumns extends Named {
  readonly id: string;
  readonly actor: string;
  readonly input: string;
  readonly attempts: number;
}

const sendRow = ({ revision, idx, kind, target, body, parked }: SendColumns) => ({
  revision: Number(revision),
  idx,
  kind,
  target,
  body,
  parked: parked ?? undefined,
});

function journalRow(
  row: JournalColumns,
  incarnation: string,
  sends: ReadonlyMap<number, readonly SendColumns[]>,
): JournalRow {
  const { message_id: messageId, hash, kind, event, view, history } = row;
  const revision = Number(row.revision);
  const outbox = (sends.get(revision) ?? []).filter((sent) => sent.incarnation === incarnation).map(sendRow);
  const source = sourceOf(row);
  const turn = { ...{ messageId, hash, sentAtMs: undefined, kind, event, view, history, source, outbox }, trail: "" };
  return { revision, turn, epoch: Number(row.epoch), committedMs: row.committed_ms };
}

/** The place of a message in its sender's history stands in its id; the id of a result is that of its invocation. */
function sourceOf({ source, message_id }: JournalColumns): JournalRow["turn"]["source"] {
  const [kind, , , incarnation, revision, idx] = message_id.split("/");
  if (source === null || kind !== "effect" || incarnation === undefined) return undefined;
  return { address: parseAddress(source), incarnation, revision: Number(revision), idx: Number(idx) };
}
