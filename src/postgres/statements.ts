/**
 * Every statement of store and leases: named, prepared once a connection, schema-qualified, set-based.
 *
 * A name says its version: whoever changes a text changes the name with it. Time is always `clock_timestamp()`, never
 * `now()`, which stands still for a transaction; where it bounds an index scan it is read once, in a CTE.
 */
import type { Statement } from "./pool.ts";

/** One element per object asked, in order; all columns null where there is none. */
export const loadObjects = (schema: string): Statement => ({
  name: "load_objects_v2",
  text: `
    select o.revision, o.tag, o.incarnation, o.status, o.machine_version, o.history, o.snapshot, o.parked, o.paused
      from unnest($1::int[], $2::text[], $3::text[]) with ordinality as asked(partition, name, key, n)
      left join ${schema}.objects o on (o.partition, o.name, o.key) = (asked.partition, asked.name, asked.key)
     order by asked.n`,
});

/** The commit. What happens inside is told in the last migration that makes it; the parameters are listed in `commit.ts`. */
export const commitTurns = (schema: string, casts: readonly string[]): Statement => ({
  name: "commit_turns_v2",
  text: `select ${schema}.commit_turns(${casts.map((cast, i) => `$${i + 1}::${cast}`).join(", ")}) as outcomes`,
});

/** The journal rows that answer message ids, in the order asked; null where there is none. */
export const findReplies = (schema: string): Statement => ({
  name: "find_replies_v2",
  text: `select revision, hash, view from ${schema}.find_replies($1::int[], $2::text[], $3::text[], $4::text[])`,
});

/** A page of one object's journal: revisions above $4. */
export const readJournal = (schema: string): Statement => ({
  name: "read_journal_v2",
  text: `
    select revision, message_id, kind, event, view, source, epoch, committed_at, trail
      from ${schema}.journal
     where (partition, name, key) = ($1::int, $2::text, $3::text) and revision > $4::bigint
     order by revision
     limit $5::int`,
});

/**
 * Timers that are due within $4 ms, oldest first, at most $3; then, where there is one, the first that is due later.
 * Those of objects that take no turns are left out.
 *
 * One short index scan for each partition, whatever number of timers is armed. `has_more`: a partition has more of them
 * than were read. What keeps the plan so while the statistics are old, as after an outage: the name is no condition for
 * the primary key's index, and the object is looked up by a subselect, since a join may read all of a partition.
 */
export const dueTimers = (schema: string): Statement => ({
  name: "due_timers_v2",
  text: `
    with clock as materialized (
      select clock_timestamp() as at, clock_timestamp() + $4::float8 * interval '1 ms' as until,
             least($3::int + 1, greatest(8, 2 * $3::int / greatest(1, cardinality($1::int[])))) as most
    ),
    due as materialized (
      select t.*, row_number() over (partition by p.partition) = clock.most as is_last
        from clock, unnest($1::int[]) as p(partition), lateral (
        select name, key, timer, generation, due_at from ${schema}.timers t
         where t.partition = p.partition and t.due_at <= clock.until and t.name || '' = any ($2::text[])
           and (select o.parked is null and o.paused is null from ${schema}.objects o
                 where (o.partition, o.name, o.key) = (t.partition, t.name, t.key))
         order by due_at limit clock.most) t
    ),
    crowded as materialized (select coalesce(bool_or(is_last), false) as has_more from due),
    later as (
      select t.* from clock, unnest($1::int[]) as p(partition), lateral (
        select name, key, timer, generation, due_at from ${schema}.timers t
         where t.partition = p.partition and t.due_at > clock.until and t.name || '' = any ($2::text[])
         order by due_at limit 1) t
       where not (select has_more from crowded)
       order by due_at limit 1
    )
    select name, key, timer, generation, due_at <= clock.until as is_due, has_more,
           ceil(extract(epoch from due_at - clock.at) * 1000)::float8 as wait_ms
      from (select name, key, timer, generation, due_at from due union all table later) t, clock, crowded
     order by due_at
     limit $3::int + 1`,
});

/** The first row of each sender, then the second of each, and so on: a sender that is stuck starves nobody. */
export const pendingSends = (schema: string): Statement => ({
  name: "pending_sends_v2",
  text: `
    select name, key, incarnation, revision, idx, kind, target, body, parked
      from (select *, row_number() over (partition by partition, name, key order by revision, idx) as place
              from ${schema}.outbox where partition = any ($1::int[]) and name = any ($2::text[])) o
     order by place, partition, name, key
     limit $3::int`,
});

/** Removes exactly these rows; one that is not there has been removed before. */
export const removeSent = (schema: string): Statement => ({
  name: "remove_sent_v1",
  text: `
    delete from ${schema}.outbox o
     using unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::int[]) as s(partition, name, key, revision, idx)
     where (o.partition, o.name, o.key, o.revision, o.idx) = (s.partition, s.name, s.key, s.revision, s.idx)`,
});

/** A flag beside the row. No row: it was removed. */
export const parkSend = (schema: string): Statement => ({
  name: "park_send_v1",
  text: `
    update ${schema}.outbox set parked = $6::text
     where (partition, name, key, revision, idx) = ($1::int, $2::text, $3::text, $4::bigint, $5::int)`,
});

/** Invocations without an end, those that may start first at the head. */
export const pendingInvocations = (schema: string): Statement => ({
  name: "pending_invocations_v2",
  text: `
    select name, key, id, actor, input, attempts, heartbeat,
           greatest(0, ceil(extract(epoch from next_at - clock_timestamp()) * 1000))::float8 as wait_ms
      from ${schema}.invocations
     where partition = any ($1::int[]) and name = any ($2::text[])
     order by next_at, partition, name, key, id
     limit $3::int`,
});

/** Attempts are columns, not turns. No row: the invocation has ended. */
export const attemptFailed = (schema: string): Statement => ({
  name: "attempt_failed_v1",
  text: `
    update ${schema}.invocations
       set attempts = $5::int, next_at = clock_timestamp() + $6::float8 * interval '1 millisecond', last_error = $7::text
     where (partition, name, key, id) = ($1::int, $2::text, $3::text, $4::text)`,
});

/** The next attempt waits until this heartbeat is overdue. No row: the invocation has ended. */
export const heartbeat = (schema: string): Statement => ({
  name: "heartbeat_v1",
  text: `
    update ${schema}.invocations
       set next_at = clock_timestamp() + $5::float8 * interval '1 millisecond', heartbeat = coalesce($6::text, heartbeat)
     where (partition, name, key, id) = ($1::int, $2::text, $3::text, $4::text)`,
});

/** A flag beside the state: revision and tag stay, so that it cannot make a turn conflict. */
export const parkObject = (schema: string): Statement => ({
  name: "park_object_v1",
  text: `
    update ${schema}.objects set parked = $4::text
     where (partition, name, key) = ($1::int, $2::text, $3::text)`,
});

/**
 * Old journal rows of the next 200 objects, at most 2,000, and watermarks that were idle for as long. An object whose
 * oldest row is young costs one probe. Of a full slice the last object is where to go on; a short one ends the partition.
 */
export const pruneJournal = (schema: string): Statement => ({
  name: "prune_journal_v1",
  text: `
    with slice as materialized (
      select name, key, revision from ${schema}.objects
       where partition = $1::int and (name, key) > ($2::text collate "C", $3::text collate "C")
       order by name, key limit 200
    ),
    old as materialized (
      select j.name, j.key, j.revision
        from slice s
        cross join lateral (
          select committed_at from ${schema}.journal
           where (partition, name, key) = ($1, s.name, s.key)
           order by revision limit 1) first
        cross join lateral (
          select name, key, revision from (
            select * from ${schema}.journal
             where (partition, name, key) = ($1, s.name, s.key) and revision < s.revision
             order by revision limit 500) oldest
           where committed_at <= clock_timestamp() - $4::float8 * interval '1 millisecond') j
       where first.committed_at <= clock_timestamp() - $4::float8 * interval '1 millisecond'
       limit 2000
    ),
    gone as (
      delete from ${schema}.journal j using old
       where (j.partition, j.name, j.key, j.revision) = ($1, old.name, old.key, old.revision)
      returning 1
    ),
    idle as (
      delete from ${schema}.links k using slice
       where (k.partition, k.name, k.key) = ($1, slice.name, slice.key)
         and k.updated_at <= clock_timestamp() - $4::float8 * interval '1 millisecond'
    )
    select (select count(*)::int from gone) as removed, last.name, last.key,
           coalesce((select count(*) >= 500 from old group by name, key order by 1 desc limit 1), false)
             or (select count(*) = 2000 from old) as is_more
      from (select 1) as always
      left join (select name, key from slice offset 199) last on true`,
});

/** Lease rows of a group, once: partitions 0 to $2 - 1. */
export const ensurePartitions = (schema: string): Statement => ({
  name: "ensure_partitions_v1",
  text: `
    insert into ${schema}.partitions ("group", partition)
    select $1::text, partition from generate_series(0, $2::int - 1) as partition
     order by partition
        on conflict do nothing`,
});

/**
 * A heartbeat in one round trip: this host lives, its leases last on, this is how the group is. Rows are locked in one
 * order, so that beats and takes cannot deadlock. A lease that expired but was not taken is renewed: its epoch stands.
 * The tables are seen as they were before; what this statement renews is put on top.
 */
export const beat = (schema: string): Statement => ({
  name: "beat_v2",
  text: `
    with lease as materialized (select clock_timestamp() + $7::float8 * interval '1 millisecond' as until),
    me as (
      insert into ${schema}.hosts as h ("group", id, objects, label, expires_at)
      select $1::text, $2::text, $3::text[], $4::text, until from lease
          on conflict ("group", id) do update
         set objects = excluded.objects, label = excluded.label, expires_at = excluded.expires_at
    ),
    gone as (
      delete from ${schema}.hosts where "group" = $1 and id in (
        select id from ${schema}.hosts
         where "group" = $1 and id <> $2 and expires_at < clock_timestamp() - interval '1 hour'
           for update skip locked)
    ),
    mine as materialized (
      select p.partition
        from ${schema}.partitions p
        join unnest($5::int[], $6::bigint[]) as held(partition, epoch) using (partition)
       where p."group" = $1 and p.host = $2 and p.epoch = held.epoch
       order by p.partition
         for update of p
    ),
    renewed as (
      update ${schema}.partitions p set expires_at = until from lease, mine
       where p."group" = $1 and p.partition = mine.partition
      returning p.partition
    ),
    owners as (
      select partition, host from ${schema}.partitions
       where "group" = $1 and host is not null and expires_at > clock_timestamp()
         and partition not in (table renewed)
      union all select partition, $2 from renewed
    ),
    living as (
      select id, objects, label from ${schema}.hosts
       where "group" = $1 and id <> $2 and expires_at > clock_timestamp()
      union all select $2, $3, $4
    )
    select array(table renewed) as kept,
           (select json_agg(json_build_array(partition, host)) from owners) as owners,
           (select json_agg(json_build_object('id', id, 'objects', objects, 'label', label) order by id)
              from living) as hosts,
           extract(epoch from clock_timestamp())::float8 * 1000 as wall_ms`,
});

/** Those of the partitions that are free: a new owner, a new epoch. A row somebody else holds locked is not free. */
export const takePartitions = (schema: string): Statement => ({
  name: "take_partitions_v1",
  text: `
    with free as materialized (
      select partition from ${schema}.partitions
       where "group" = $1::text and partition = any ($3::int[])
         and (host is null or expires_at <= clock_timestamp())
       order by partition
         for update skip locked
    )
    update ${schema}.partitions p
       set epoch = p.epoch + 1, host = $2::text, expires_at = clock_timestamp() + $4::float8 * interval '1 millisecond'
      from free
     where p."group" = $1 and p.partition = free.partition
    returning p.partition, p.epoch`,
});

/** Gives up those that are still held under these epochs; the epoch stays for the next owner to raise. */
export const releasePartitions = (schema: string): Statement => ({
  name: "release_partitions_v1",
  text: `
    with mine as materialized (
      select p.partition
        from ${schema}.partitions p
        join unnest($3::int[], $4::bigint[]) as held(partition, epoch) using (partition)
       where p."group" = $1::text and p.host = $2::text and p.epoch = held.epoch
       order by p.partition
         for update of p
    )
    update ${schema}.partitions p set host = null, expires_at = clock_timestamp()
      from mine
     where p."group" = $1 and p.partition = mine.partition`,
});

/** The host is out of the group and all its leases with it. */
export const leaveGroup = (schema: string): Statement => ({
  name: "leave_group_v1",
  text: `
    with host as (delete from ${schema}.hosts where "group" = $1::text and id = $2::text),
    mine as materialized (
      select partition from ${schema}.partitions
       where "group" = $1 and host = $2 order by partition for update
    )
    update ${schema}.partitions p set host = null, expires_at = clock_timestamp()
      from mine
     where p."group" = $1 and p.partition = mine.partition`,
});
