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
