/**
 * The statements of a purge, after its turn. See `statements.ts` for the rules of names. Both are bounded in rows and
 * may be repeated; nobody has to own the object: a turn of it that comes between changes nothing of what they take.
 */
import { NOTHING_LEFT, viewText } from "../core/message.ts";
import type { Statement } from "./pool.ts";

const MAX_ROWS = 2_000;
const EMPTY = viewText(NOTHING_LEFT).replaceAll("'", "''");

/**
 * Takes the content off a purged object, 2,000 journal rows at a time. Its row among the states goes with the last of
 * them: as long as that stands, the object is not cleared.
 */
export const clearPurged = (schema: string): Statement => ({
  name: "clear_purged_v1",
  text: `
    with tombstone as materialized (
      select from ${schema}.objects where (partition, name, key) = ($1::int, $2::text, $3::text) and status = 'purged'
    ),
    flags as (
      update ${schema}.objects set parked = null, paused = null
       where (partition, name, key) = ($1, $2, $3) and status = 'purged' and (parked is not null or paused is not null)
    ),
    full_rows as materialized (
      select revision from ${schema}.journal
       where (partition, name, key) = ($1, $2, $3) and exists (table tombstone) and kind <> 'purged'
         and (trail <> '' or event <> 'null' or view <> '${EMPTY}')
       order by revision limit ${MAX_ROWS}
    ),
    cleared as (
      update ${schema}.journal j set event = 'null', view = '${EMPTY}', trail = '' from full_rows
       where (j.partition, j.name, j.key, j.revision) = ($1, $2, $3, full_rows.revision)
    ),
    timers as (
      delete from ${schema}.timers where (partition, name, key) = ($1, $2, $3) and exists (table tombstone)
    ),
    invocations as (
      delete from ${schema}.invocations where (partition, name, key) = ($1, $2, $3) and exists (table tombstone)
    ),
    state as (
      delete from ${schema}.states
       where (partition, name, key) = ($1, $2, $3) and exists (table tombstone)
         and (select count(*) from full_rows) < ${MAX_ROWS}
    )
    select count(*) = ${MAX_ROWS} as is_more from full_rows`,
});

/**
 * Of the next 200 objects, those that were purged: which are not cleared yet, and which go. $4 is the horizon in
 * milliseconds. First the journal rows of one that goes, 2,000 at a time, then the tombstone, so that no id is forgotten
 * while somebody could still remember the object. The tombstone is locked: a skip of what it had sent may be under way.
 */
export const buryPurged = (schema: string): Statement => ({
  name: "bury_purged_v1",
  text: `
    with slice as materialized (
      select name, key, status from ${schema}.objects
       where partition = $1::int and (name, key) > ($2::text collate "C", $3::text collate "C")
       order by name, key limit 200
    ),
    late as materialized (
      select s.name, s.key
        from slice s
        cross join lateral (
             select from ${schema}.objects o
              where (o.partition, o.name, o.key) = ($1, s.name, s.key) and o.status = 'purged'
                and o.updated_at <= clock_timestamp() - $4::float8 * interval '1 millisecond'
                and not exists (select from ${schema}.outbox x where (x.partition, x.name, x.key) = ($1, s.name, s.key))
                for update skip locked) locked
       where s.status = 'purged'
    ),
    old as materialized (
      select j.name, j.key, j.revision
        from late
        cross join lateral (
             select name, key, revision from ${schema}.journal j
              where (j.partition, j.name, j.key) = ($1, late.name, late.key) order by revision limit ${MAX_ROWS}) j
       limit ${MAX_ROWS}
    ),
    removed as (
      delete from ${schema}.journal j using old
       where (j.partition, j.name, j.key, j.revision) = ($1, old.name, old.key, old.revision)
      returning 1
    ),
    bare as materialized (select name, key from late where (name, key) not in (select name, key from old)),
    links as (delete from ${schema}.links l using bare where (l.partition, l.name, l.key) = ($1, bare.name, bare.key)),
    states as (delete from ${schema}.states s using bare where (s.partition, s.name, s.key) = ($1, bare.name, bare.key)),
    gone as (delete from ${schema}.objects o using bare where (o.partition, o.name, o.key) = ($1, bare.name, bare.key))
    select (select count(*)::int from removed) as removed, exists (select from old) as is_more,
           (select json_agg(json_build_object('name', s.name, 'key', s.key))
              from slice s
             where s.status = 'purged'
               and exists (select from ${schema}.states t where (t.partition, t.name, t.key) = ($1, s.name, s.key)))
             as uncleared`,
});
