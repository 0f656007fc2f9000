/**
 * The statements that people wait for: lists of objects, what operators do. See `statements.ts` for the rules of names.
 *
 * A list is read in the order of an index and cut at its limit. What waits for an operator is found by partial indexes,
 * which hold nothing else: their size is that of the trouble, not of the table.
 */
import type { Statement } from "./pool.ts";

const SUMMARY = "name, key, revision, status, value, tags, parked, paused, updated_at";

/**
 * Filters of a list. A null parameter filters nothing. $4 is the path of a state, $5 the path without its last element,
 * $6 that element: the value is the state, or holds it as a parent.
 */
const FILTER = `
         ($1::text is null or name = $1)
     and ($2::text is null or status = $2)
     and ($3::text is null or tags @> array[$3])
     and ($4::text[] is null or value::jsonb #> $4 is not null or value::jsonb #> $5::text[] = to_jsonb($6::text))
     and ($7::text is null or starts_with(key, $7))
     and ($8::text is null or (name, key) > ($8 collate "C", $9::text collate "C"))`;

/** How many rows of a found object's outbox are parked. */
const withSends = (schema: string, found: string): string => `
    select found.*, (
             select count(*)::int from ${schema}.outbox x
              where (x.partition, x.name, x.key) = (found.partition, found.name, found.key) and x.parked is not null
           ) as parked_sends
      from (${found}) found
     order by name, key`;

/** By name and key. What was purged is listed only where it is asked for. */
export const listObjects = (schema: string): Statement => ({
  name: "list_objects_v4",
  text: withSends(
    schema,
    `select partition, ${SUMMARY} from ${schema}.objects
      where (status <> 'purged' or $2 = 'purged') and ${FILTER} order by name, key limit $10::int`,
  ),
});

export const listPaused = (schema: string): Statement => ({
  name: "list_paused_v1",
  text: withSends(
    schema,
    `select partition, ${SUMMARY} from ${schema}.objects
      where paused is not null and status = 'active' and ${FILTER} order by name, key limit $10::int`,
  ),
});

/** Objects that wait for an operator, and those that have sent something that does. */
export const listParked = (schema: string): Statement => ({
  name: "list_parked_v1",
  text: withSends(
    schema,
    `select o.* from (
       select partition, ${SUMMARY} from ${schema}.objects where is_parked
       union all
       select o.* from (select distinct partition, name, key from ${schema}.outbox where parked is not null) x
        cross join lateral (
          select partition, ${SUMMARY} from ${schema}.objects
           where (partition, name, key) = (x.partition, x.name, x.key) and not is_parked) o) o
      where ${FILTER} order by name, key limit $10::int`,
  ),
});

/** A flag beside the state, and a new tag: what was computed on the old one cannot be committed any more. */
export const pauseObject = (schema: string): Statement => ({
  name: "pause_object_v1",
  text: `
    update ${schema}.objects set paused = $4::text, tag = $5::bigint
     where (partition, name, key) = ($1::int, $2::text, $3::text)`,
});

/** Of an order that is known only an unknown result changes. */
export const writeAudit = (schema: string): Statement => ({
  name: "write_audit_v1",
  text: `
    insert into ${schema}.audit as known (partition, name, key, order_id, at, verb, by, reason, before, after, result)
    values ($1::int, $2::text, $3::text, $4::text, clock_timestamp(), $5::text, $6::text, $7::text, $8::text, $9::text,
            $10::text)
        on conflict (partition, name, key, order_id) do update
       set after = excluded.after, result = excluded.result
     where known.result = 'unknown'`,
});

/** Newest first; of one object where $1 names it. */
export const readAudit = (schema: string): Statement => ({
  name: "read_audit_v1",
  text: `
    select seq, order_id, at, verb, name, key, by, reason, before, after, result
      from ${schema}.audit
     where ($1::text is null or name = $1) and ($2::text is null or key = $2) and ($3::bigint is null or seq < $3)
     order by seq desc
     limit $4::int`,
});
