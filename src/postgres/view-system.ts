/** The statements of the views about the system as a whole. */
import { MAX_LOOKED_AT } from "../ports/views.ts";

/** What waits for an operator, and what is tried again; the failure is where sagas keep it in their context. */
export const waiting = {
  parked: (schema: string): string => `
    select o.name, o.key, o.machine_version as version, o.value, s.since, o.parked,
           case when o.tags @> array['parked'] then (
             select json_build_object('failure', c -> 'failure', 'parked', c -> 'parked')::text
               from (select left(o.snapshot, 1000000)::jsonb #> '{snapshot,context}' as c) context) end as failure
      from ${schema}.objects o join ${schema}.states s using (partition, name, key)
     where o.is_parked
     order by o.name, o.key limit $1::int`,
  outgoing: (schema: string): string => `
    select name, key, kind, target, parked from ${schema}.outbox
     where parked is not null order by partition, name, key limit $1::int`,
  retrying: (schema: string): string => `
    select i.name, i.key, s.machine_version as version, s.value, i.actor, i.attempts, i.next_at, i.last_error
      from ${schema}.invocations i join ${schema}.states s using (partition, name, key)
     where i.attempts > 0
     order by i.name, i.actor, i.next_at limit $1::int`,
};

/** States are narrow and read whole; of the journal only the ends of a few objects. */
export const readMoves = (schema: string): string => `
  with clock as materialized (select clock_timestamp() as at),
  moving as materialized (
    select s.partition, s.name, s.key from clock, ${schema}.states s
     where s.name = $1::text and s.since > clock.at - $2::float8 * interval '1 millisecond'
     order by s.since desc limit $3::int)
  select clock.at, j.* from clock left join (
    select m.key, j.revision, j.committed_at, j.trail, j.is_error,
           case when left(j.view, 1) = '{' then (j.view::json -> 'value')::text end as value
      from moving m, lateral (
        select revision, committed_at, trail, view,
               case when kind = 'result' then coalesce(event::json ->> 'ok' = 'false', false) else false end as is_error
          from ${schema}.journal j
         where (j.partition, j.name, j.key) = (m.partition, m.name, m.key) order by revision desc limit $4::int) j
  ) j on true
   order by j.key, j.revision`;

export const readPayloads = (schema: string): string => `
  with moving as materialized (
    select partition, name, key from ${schema}.states
     where name = $1::text order by coalesce(key = $3::text, false) desc, since desc limit $4::int)
  select m.key, j.event, j.committed_at
    from moving m, lateral (
      select kind, event, committed_at from ${schema}.journal j
       where (j.partition, j.name, j.key) = (m.partition, m.name, m.key) order by revision desc limit $5::int) j
   where case when j.kind = 'event' and left(j.event, 1) = '{' then j.event::json ->> 'type' end = $2::text
   order by j.committed_at desc limit 100`;

/** One short index scan for each partition; counted no further than where it stops to be of interest. */
export const readTimers = (schema: string): string => `
  with clock as materialized (select clock_timestamp() as at),
  partitions as materialized (
    select generate_series(0, partition_count - 1) as partition from ${schema}.namespace),
  first as (
    select t.* from partitions p, lateral (
      select name, key, timer, due_at from ${schema}.timers t
       where t.partition = p.partition and ($1::text is null or t.name = $1) order by due_at limit $2::int) t
     order by due_at limit $2::int),
  counted as (
    select due_at from ${schema}.timers t where ($1::text is null or t.name = $1) limit ${MAX_LOOKED_AT}),
  late as (
    select t.due_at from clock, partitions p, lateral (
      select due_at from ${schema}.timers t
       where t.partition = p.partition and t.due_at < clock.at - interval '5 seconds' and ($1::text is null or t.name = $1)
       limit ${MAX_LOOKED_AT}) t)
  select clock.at, (select count(*)::int from late) as late, (select count(*)::int from counted) as total, f.*
    from clock left join first f on true
   order by f.due_at`;

export const readHosts = (schema: string): string => `
  select clock_timestamp() as at,
         (select json_agg(h order by h."group", h.label, h.id) from (
            select "group", id, label, objects, expires_at, expires_at > clock_timestamp() as is_alive
              from ${schema}.hosts order by expires_at desc limit 1000) h) as hosts,
         (select json_agg(json_build_array("group", partition, epoch,
                          case when expires_at > clock_timestamp() then host end) order by "group", partition)
            from ${schema}.partitions) as leases`;

/** How old a message is, its turn says. */
export const readUnsent = (schema: string): string => `
  with rows as (select partition, name, key, revision from ${schema}.outbox where parked is null limit ${MAX_LOOKED_AT}),
  heads as (select partition, name, key, min(revision) as revision from rows group by 1, 2, 3 limit 1000)
  select clock_timestamp() as at, (select count(*)::int from rows) as count,
         (select min(committed_at) from heads h join ${schema}.journal j using (partition, name, key, revision)) as oldest_at`;

/** Links tell what has arrived, outboxes what has not. Receivers are objects where the target names a key. */
export const readMessages = (schema: string): string => `
  with arrived as materialized (
    select split_part(source, '/', 1) as "from", name as "to", updated_at from ${schema}.links limit ${MAX_LOOKED_AT}),
  waiting as materialized (
    select partition, name, key, revision, kind, split_part(target, '/', 1) as "to", parked is not null as is_parked
      from ${schema}.outbox limit ${MAX_LOOKED_AT}),
  ways as (
    select "from", kind, "to", sum(pairs)::int as pairs, max(last_at) as last_at, sum(waiting)::int as waiting,
           sum(parked)::int as parked
      from (select "from", 'object' as kind, "to", count(*) as pairs, max(updated_at) as last_at, 0 as waiting, 0 as parked
              from arrived group by 1, 3
            union all
            select name, case when kind in ('action', 'emit') then kind else 'object' end, "to", 0, null, count(*),
                   count(*) filter (where is_parked)
              from waiting group by 1, 2, 3) each_way
     group by 1, 2, 3 order by waiting desc, 1, 3 limit 200),
  deepest as (
    select partition, name, key, count(*)::int as waiting, count(*) filter (where is_parked)::int as parked,
           min(revision) as revision
      from waiting group by 1, 2, 3 order by 4 desc limit 20),
  backlogs as (
    select d.name, d.key, d.waiting, d.parked, j.committed_at as oldest_at
      from deepest d left join ${schema}.journal j using (partition, name, key, revision))
  select clock_timestamp() as at, (select json_agg(w) from ways w) as ways,
         (select json_agg(b order by b.waiting desc, b.oldest_at) from backlogs b) as backlogs,
         (select count(*) from arrived) >= ${MAX_LOOKED_AT} or (select count(*) from waiting) >= ${MAX_LOOKED_AT} as is_cut`;
