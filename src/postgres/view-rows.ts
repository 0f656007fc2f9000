/** Columns as the views' statements give them, and what they become. Numbers of 8 bytes come as text, dates as `Date`. */
import type { Address } from "../core/address.ts";
import type { ObjectStatus } from "../core/message.ts";
import type {
  Condition,
  CountedGroup,
  CountedState,
  Flag,
  HostRow,
  IncomingRow,
  InvocationRow,
  LeaseRow,
  MessagesFound,
  MoveRow,
  ObjectFound,
  OutgoingRow,
  ParkedEffect,
  PayloadRow,
  RetryingInvocation,
  TimerRow,
  TrailRow,
  TurnRow,
  WaitingObject,
  WayRow,
  WholeObject,
} from "../ports/views.ts";
import type { JournalColumns } from "./store.ts";

export interface At {
  readonly at: Date;
}

/** Of an answer without rows nobody knows the moment: there was nothing to be seen. */
export const atOf = (rows: readonly At[]): string => (rows[0]?.at ?? new Date(0)).toISOString();

/** Inside of JSON a date is a text of Postgres' own. */
const iso = (text: string): string => new Date(text).toISOString();

export interface GroupColumns extends At {
  readonly name: string;
  readonly version: string;
  readonly condition: Condition;
  readonly count: number;
}

export const countedGroup = ({ name, version, condition, count }: GroupColumns): CountedGroup => ({
  name,
  version,
  condition,
  count,
});

export interface StateColumns extends GroupColumns, Readonly<Record<Flag, number>> {
  readonly value: string;
}

export const countedState = (name: string, { at: _, value, ...row }: StateColumns): CountedState => ({
  ...row,
  name,
  value: JSON.parse(value) as unknown,
});

export interface FoundColumns extends At {
  readonly total: number;
  readonly is_at_least: boolean;
  readonly name: string;
  readonly key: string;
  readonly status: ObjectStatus;
  readonly value: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly since: Date;
  readonly condition: Condition;
  readonly id: string | null;
  readonly actor: string;
  readonly attempts: number;
  readonly next_at: Date;
  readonly timer: string | null;
  readonly due_at: Date;
}

export function objectFound(row: FoundColumns): ObjectFound {
  const { name, key, status, condition, tags, version, id, actor, attempts, timer } = row;
  return {
    address: { name, key },
    status,
    condition,
    value: JSON.parse(row.value) as unknown,
    tags,
    version,
    since: row.since.toISOString(),
    nextTimer: timer === null ? undefined : { timer, dueAt: row.due_at.toISOString() },
    invocation: id === null ? undefined : { id, actor, attempts, nextAt: row.next_at.toISOString() },
  };
}

export interface WholeColumns extends At {
  readonly revision: string;
  readonly status: ObjectStatus;
  readonly value: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly snapshot: string;
  readonly parked: string | null;
  readonly paused: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly partition: number;
  readonly since: Date;
  readonly condition: Condition;
  readonly is_parked: boolean;
  readonly is_paused: boolean;
  readonly is_retrying: boolean;
  readonly is_running: boolean;
  readonly host: string | null;
  readonly timers: readonly { readonly timer: string; readonly due_at: string }[] | null;
  readonly invocations:
    | readonly {
        readonly id: string;
        readonly actor: string;
        readonly input: string;
        readonly attempts: number;
        readonly next_at: string;
        readonly last_error: string | null;
      }[]
    | null;
  readonly outgoing: readonly (Omit<OutgoingRow, "parked"> & { readonly parked: string | null })[] | null;
}

export function wholeObject(address: Address, row: WholeColumns): WholeObject {
  const { status, condition, tags, version, snapshot, partition } = row;
  return {
    at: row.at.toISOString(),
    revision: Number(row.revision),
    status,
    condition,
    flags: flagsOf(row),
    value: JSON.parse(row.value) as unknown,
    tags,
    version,
    snapshot,
    parked: row.parked ?? undefined,
    paused: row.paused ?? undefined,
    since: row.since.toISOString(),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    partition,
    host: row.host ?? undefined,
    timers: (row.timers ?? []).map(({ timer, due_at }) => ({ address, timer, dueAt: iso(due_at) })),
    invocations: (row.invocations ?? []).map(
      ({ next_at, last_error, ...rest }): InvocationRow => ({
        ...rest,
        nextAt: iso(next_at),
        lastError: last_error ?? undefined,
      }),
    ),
    outgoing: (row.outgoing ?? []).map(({ parked, ...rest }) => ({ ...rest, parked: parked ?? undefined })),
  };
}

export interface IncomingColumns extends Keyed {
  readonly revision: string;
  readonly kind: string;
  readonly body: string;
  readonly parked: string | null;
}

export const incomingRow = (row: IncomingColumns): IncomingRow => ({
  from: addressOf(row),
  revision: Number(row.revision),
  kind: row.kind,
  body: row.body,
  parked: row.parked ?? undefined,
});

function flagsOf({ is_parked, is_paused, is_retrying, is_running }: WholeColumns): readonly Flag[] {
  const flags = { parked: is_parked, retrying: is_retrying, paused: is_paused, running: is_running };
  return (Object.keys(flags) as Flag[]).filter((flag) => flags[flag]);
}

export const turnRow = (row: JournalColumns): TurnRow => ({
  revision: Number(row.revision),
  messageId: row.message_id,
  kind: row.kind,
  event: row.event,
  view: row.view,
  source: row.source ?? undefined,
  epoch: Number(row.epoch),
  committedAt: row.committed_at.toISOString(),
  trail: row.trail,
});

export interface MoveColumns extends At {
  readonly key: string;
  readonly revision: string;
  readonly value: string | null;
  readonly is_error: boolean;
  readonly committed_at: Date;
  readonly trail: string;
}

export const moveRow = ({ key, revision, value, is_error, committed_at, trail }: MoveColumns): MoveRow => ({
  key,
  revision: Number(revision),
  value: value ?? "null",
  isError: is_error,
  committedAt: committed_at.toISOString(),
  trail,
});

export interface PayloadColumns {
  readonly key: string;
  readonly event: string;
  readonly committed_at: Date;
}

export const payloadRow = ({ key, event, committed_at }: PayloadColumns): PayloadRow => ({
  key,
  event,
  committedAt: committed_at.toISOString(),
});

export interface TrailColumns {
  readonly revision: string;
  readonly kind: string;
  readonly what: string | null;
  readonly source: string | null;
  readonly committed_at: Date;
  readonly trail: string;
}

export const trailRow = ({ revision, kind, what, source, committed_at, trail }: TrailColumns): TrailRow => ({
  revision: Number(revision),
  kind,
  what: what ?? undefined,
  source: source ?? undefined,
  committedAt: committed_at.toISOString(),
  trail,
});

interface Keyed {
  readonly name: string;
  readonly key: string;
}

const addressOf = ({ name, key }: Keyed): Address => ({ name, key });

export interface ParkedColumns extends Keyed {
  readonly version: string;
  readonly value: string;
  readonly since: Date;
  readonly parked: string | null;
  readonly failure: string | null;
}

export const waitingObject = (row: ParkedColumns): WaitingObject => ({
  address: addressOf(row),
  version: row.version,
  value: JSON.parse(row.value) as unknown,
  since: row.since.toISOString(),
  parked: row.parked ?? undefined,
  failure: row.failure ?? undefined,
});

export interface EffectColumns extends Keyed {
  readonly kind: string;
  readonly target: string;
  readonly parked: string;
}

export const parkedEffect = (row: EffectColumns): ParkedEffect => ({
  address: addressOf(row),
  kind: row.kind,
  target: row.target,
  parked: row.parked,
});

export interface RetryingColumns extends Keyed {
  readonly version: string;
  readonly value: string;
  readonly actor: string;
  readonly attempts: number;
  readonly next_at: Date;
  readonly last_error: string | null;
}

export const retryingInvocation = (row: RetryingColumns): RetryingInvocation => ({
  address: addressOf(row),
  version: row.version,
  value: JSON.parse(row.value) as unknown,
  actor: row.actor,
  attempts: row.attempts,
  nextAt: row.next_at.toISOString(),
  lastError: row.last_error ?? undefined,
});

export interface TimersColumns extends At, Keyed {
  readonly late: number;
  readonly total: number;
  readonly timer: string;
  readonly due_at: Date;
}

export const timerRow = (of: Keyed, { timer, due_at }: { timer: string; due_at: Date }): TimerRow => ({
  address: addressOf(of),
  timer,
  dueAt: due_at.toISOString(),
});

export interface HostsColumns extends At {
  readonly hosts:
    | readonly (Omit<HostRow, "expiresAt" | "isAlive"> & { readonly expires_at: string; readonly is_alive: boolean })[]
    | null;
  readonly leases: readonly (readonly [group: string, partition: number, epoch: number, host: string | null])[] | null;
}

type Hosts = NonNullable<HostsColumns["hosts"]>[number];

export const hostRow = ({ expires_at, is_alive, ...row }: Hosts): HostRow => ({
  ...row,
  expiresAt: iso(expires_at),
  isAlive: is_alive,
});

export const leaseRow = ([group, partition, epoch, host]: NonNullable<HostsColumns["leases"]>[number]): LeaseRow => ({
  group,
  partition,
  epoch,
  host: host ?? undefined,
});

export interface MessagesColumns extends At {
  readonly ways: readonly (Omit<WayRow, "lastAt"> & { readonly last_at: string | null })[] | null;
  readonly backlogs:
    | readonly (Keyed & { readonly waiting: number; readonly parked: number; readonly oldest_at: string | null })[]
    | null;
  readonly is_cut: boolean;
}

const isoOrNone = (text: string | null): string | undefined => (text === null ? undefined : iso(text));

export const messagesFound = ({ at, ways, backlogs, is_cut }: MessagesColumns): MessagesFound => ({
  at: at.toISOString(),
  ways: (ways ?? []).map(({ last_at, ...way }) => ({ ...way, lastAt: isoOrNone(last_at) })),
  backlogs: (backlogs ?? []).map(({ oldest_at, waiting, parked, ...of }) => ({
    ...{ address: addressOf(of), waiting, parked },
    oldestAt: isoOrNone(oldest_at),
  })),
  isCut: is_cut,
});

export interface UnsentColumns extends At {
  readonly count: number;
  readonly oldest_at: Date | null;
}
