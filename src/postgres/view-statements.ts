/**
 * The statements of the views: set-based, bounded, each read at one moment. Whoever filters builds its text from the
 * fixed pieces here; what people give is a parameter, always.
 *
 * Conditions are not stored: they follow from the state, from flags and from invocations. The few objects that have any
 * of these come from partial indexes and from the invocations that are open, and are joined to the states.
 */
import { type Condition, MAX_LOOKED_AT, type ObjectsQuery } from "../ports/views.ts";

/** Objects with a flag, one row each; `of` narrows every branch: ` and name = $1`. */
function flagged(schema: string, of: string, isParkedOnly = false): string {
  const branch = (flags: string, table: string, which: string): string =>
    `select partition, name, key, ${flags} from ${schema}.${table} where ${which}${of}`;
  const branches = [
    branch("true as parked, false as paused, false as retrying, false as running", "objects", "is_parked"),
    branch("true, false, false, false", "outbox", "parked is not null"),
    ...(isParkedOnly
      ? []
      : [
          branch("false, true, false, false", "objects", "paused is not null"),
          branch("false, false, attempts > 0, true", "invocations", "true"),
        ]),
  ];
  return `
    select partition, name, key, bool_or(parked) as parked, bool_or(paused) as paused, bool_or(retrying) as retrying,
           bool_or(running) as running
      from (${branches.join(" union all ")}) each_flag
     group by partition, name, key`;
}

/** Of a state `s` with its flags `f`. */
const condition = (s: string, f: string): string => `
  case when ${f}.parked then 'parked'
       when ${s}.status = 'active' and ${s}.tags @> array['compensation'] then 'compensating'
       when ${s}.status = 'active' and ${f}.retrying then 'retrying'
       when ${f}.paused then 'paused'
       when ${s}.status = 'active' and ${f}.running then 'running'
       when ${s}.status = 'active' then 'waiting'
       when ${s}.status = 'stopped' then 'killed'
       when ${s}.status = 'error' or ${s}.tags @> array['abandoned'] then 'failed'
       when ${s}.tags @> array['compensated'] then 'canceled'
       else 'done' end`;
const CONDITION = condition("s", "f");

/** What holds of every object in the condition, and costs little: the rest is not looked at further. */
const NEEDED: Readonly<Record<Condition, string>> = {
  parked: "f.parked",
  compensating: "s.status = 'active' and s.tags @> array['compensation']",
  retrying: "s.status = 'active' and f.retrying",
  paused: "f.paused",
  running: "s.status = 'active' and f.running",
  waiting: "s.status = 'active' and f.running is not true",
  done: "s.status = 'done'",
  failed: "s.status in ('error', 'done')",
  canceled: "s.status = 'done' and s.tags @> array['compensated']",
  killed: "s.status = 'stopped'",
};

/** The flags of one object, by its key alone. */
const flagsOf = (schema: string): string => `
  select coalesce(o.is_parked or exists (
           select from ${schema}.outbox x
            where (x.partition, x.name, x.key) = (s.partition, s.name, s.key) and x.parked is not null), false) as parked,
         o.paused is not null as paused, coalesce(i.attempts > 0, false) as retrying, i.id is not null as running,
         i.id, i.actor, i.attempts, i.next_at
    from ${schema}.objects o
    left join lateral (
         select id, actor, max(attempts) over () as attempts, next_at from ${schema}.invocations i
          where (i.partition, i.name, i.key) = (s.partition, s.name, s.key) order by next_at limit 1) i on true
   where (o.partition, o.name, o.key) = (s.partition, s.name, s.key)`;

/**
 * Objects by these columns of their states, and by condition: worked out for each kind of object, not for each object.
 * The flags stand in the join itself, not in a CTE: so the planner hashes the few of them, not the many states.
 */
function population(schema: string, of: string, by: readonly string[]): string {
  const columns = by.map((column) => `s.${column}`).join(", ");
  const flags = "f.parked, f.retrying, f.paused, f.running";
  return `
    with parts as (
      select ${columns}, ${flags}, count(*)::int as n
        from ${schema}.states s left join (${flagged(schema, of)}) f using (partition, name, key)
       where true${of}
       group by ${columns}, ${flags}),
    told as (select p.*, ${condition("p", "p")} as condition from parts p)`;
}

export const totals = (schema: string): string => `
  ${population(schema, "", ["name", "machine_version", "status", "tags"])}
  select name, machine_version as version, condition, sum(n)::int as count, clock_timestamp() as at
    from told group by 1, 2, 3`;

/** More groups than this are no chart's: the rest is left out. */
export const MAX_GROUPS = 10_000;

export const counts = (schema: string): string => `
  ${population(schema, " and name = $1", ["value", "machine_version", "status", "tags"])},
  grouped as (
    select value, machine_version as version, condition, sum(n)::int as count,
           coalesce(sum(n) filter (where parked), 0)::int as parked,
           coalesce(sum(n) filter (where retrying), 0)::int as retrying,
           coalesce(sum(n) filter (where paused), 0)::int as paused,
           coalesce(sum(n) filter (where running), 0)::int as running
      from told group by 1, 2, 3 limit ${MAX_GROUPS}
  )
  select clock_timestamp() as at, g.* from (select) one left join grouped g on true`;

/** Distinct state values of a name, by leaps through the index; one scan of them all would read every object. */
const valuesOf = (schema: string): string => `
  with recursive leap as (
    (select value from ${schema}.states where name = $1 order by value limit 1)
    union all
    select (select s.value from ${schema}.states s where s.name = $1 and s.value > leap.value order by s.value limit 1)
      from leap where leap.value is not null)
  select value from leap where value is not null`;

interface Built {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * The page, and the number of all that match, by one predicate in one statement: they cannot disagree. What matches a
 * filter is found once and kept for both; without a filter that would be everything, and is read twice.
 */
export function findObjects(schema: string, query: ObjectsQuery, maxLookedAt: number): Built {
  const values: unknown[] = [query.name ?? null];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const tests = testsOf(schema, query, bind);
  const isScan = query.where.length > 0;
  const all = `select s.* from ${fromOf(schema, query)} where ($1::text is null or s.name = $1)${tests}`;
  const looked = isScan ? `${all} order by s.name, s.key limit ${bind(maxLookedAt)}::int` : all;
  const fields = query.where.map((test) => fieldTest(test, bind)).join("");
  const { after } = query;
  const page =
    after === undefined
      ? ""
      : ` where (s.name, s.key) > (${bind(after.name)}::text collate "C", ${bind(after.key)}::text collate "C")`;
  const text = `
    with looked as ${isScan || tests !== "" ? "materialized" : "not materialized"} (${looked}),
    hit as ${isScan ? "materialized" : "not materialized"} (
      select s.* from looked s${isScan ? `, lateral (${contextOf(schema)}) o where true${fields}` : ""}),
    page as (select s.* from hit s${page} order by s.name, s.key limit ${bind(query.limit)}::int)
    select clock_timestamp() as at, (select count(*)::int from hit) as total,
           ${isScan ? `(select count(*) >= ${maxLookedAt} from looked)` : "false"} as is_at_least, found.*
      from (select) one
      left join lateral (
        select s.name, s.key, s.status, s.value, s.tags, s.machine_version as version, s.since, ${CONDITION} as condition,
               f.id, f.actor, f.attempts, f.next_at, t.timer, t.due_at
          from page s
          left join lateral (${flagsOf(schema)}) f on true
          left join lateral (
               select timer, due_at from ${schema}.timers t
                where (t.partition, t.name, t.key) = (s.partition, s.name, s.key) order by due_at limit 1) t on true
         order by s.name, s.key) found on true`;
  return { text, values };
}

function fromOf(schema: string, { name, condition: wanted, flag }: ObjectsQuery): string {
  if (wanted === undefined && flag === undefined) return `${schema}.states s`;
  const isOfFlag = flag !== undefined || (wanted !== undefined && NEEDED[wanted].endsWith(`f.${wanted}`));
  const flags = flagged(schema, name === undefined ? "" : " and name = $1", (wanted ?? flag) === "parked");
  return `${schema}.states s ${isOfFlag ? "join" : "left join"} (${flags}) f using (partition, name, key)`;
}

function testsOf(schema: string, query: ObjectsQuery, bind: (value: unknown) => string): string {
  const { path, tag, condition: wanted, flag, status, version, stuck, prefix } = query;
  const tests: string[] = [];
  if (path !== undefined) tests.push(isWithin(schema, path, bind));
  if (stuck !== undefined) {
    const each = stuck.map((test) => {
      return `s.since < now() - ${bind(test.forMs)}::float8 * interval '1 ms' and ${isWithin(schema, test.path, bind)}`;
    });
    tests.push(`s.status = 'active' and (${["false", ...each].join(" or ")})`);
  }
  if (tag !== undefined) tests.push(`s.tags @> array[${bind(tag)}::text]`);
  if (status !== undefined) tests.push(`s.status = ${bind(status)}::text`);
  if (version !== undefined) tests.push(`s.machine_version = ${bind(version)}::text`);
  if (wanted !== undefined) tests.push(`${NEEDED[wanted]} and ${CONDITION} = ${bind(wanted)}::text`);
  if (flag !== undefined) tests.push(`f.${flag}`);
  if (prefix !== undefined) {
    const start = bind(prefix);
    tests.push(`s.key >= ${start}::text collate "C" and starts_with(s.key, ${start}::text)`);
  }
  return tests.map((test) => ` and ${test}`).join("");
}

/** In the state at the path from the root, or in one inside it; the whole machine where the path is empty. */
function isWithin(schema: string, path: readonly string[], bind: (value: unknown) => string): string {
  if (path.length === 0) return "true";
  const whole = bind(path);
  const parent = bind(path.slice(0, -1));
  return `s.value in (
    select value from (${valuesOf(schema)}) known
     where value::jsonb #> ${whole}::text[] is not null
        or value::jsonb #> ${parent}::text[] = to_jsonb(${bind(path.at(-1))}::text))`;
}

/** Of a state `s`: the context of its object, read once whatever number of fields is asked for. */
const contextOf = (schema: string): string => `
  select o.snapshot::jsonb #> '{snapshot,context}' as context from ${schema}.objects o
   where (o.partition, o.name, o.key) = (s.partition, s.name, s.key) offset 0`;

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** What is no number is never larger or smaller than one. */
function fieldTest({ path, is, value }: ObjectsQuery["where"][number], bind: (value: unknown) => string): string {
  const field = `o.context #> ${bind(path)}::text[]`;
  const given = bind(value);
  const asText = `${field} #>> '{}' ${is} ${given}::text`;
  if (!NUMBER.test(value)) return ` and ${asText}`;
  const asNumber = `case when jsonb_typeof(${field}) = 'number' then (${field})::numeric ${is} ${given}::text::numeric end`;
  return ` and (${asNumber}${is === "=" ? ` or ${asText}` : ""})`;
}

const KEY = "(partition, name, key) = (o.partition, o.name, o.key)";
/** Of one object: what of each kind is shown. */
const MAX_PARTS = 200;

export const readObject = (schema: string): string => `
  select clock_timestamp() as at, o.revision, o.status, o.value, o.tags, o.machine_version as version, o.snapshot,
         o.parked, o.paused, o.created_at, o.updated_at, o.partition, s.since, ${CONDITION} as condition,
         f.parked as is_parked, f.paused as is_paused, f.retrying as is_retrying, f.running as is_running,
         (select coalesce(h.label, p.host) from ${schema}.partitions p
            left join ${schema}.hosts h on h."group" = p."group" and h.id = p.host
           where p.partition = o.partition and p.host is not null and p.expires_at > clock_timestamp()
             and o.name = any (h.objects) limit 1) as host,
         (select json_agg(t order by t.due_at) from (
            select timer, due_at from ${schema}.timers where ${KEY} order by due_at limit ${MAX_PARTS}) t) as timers,
         (select json_agg(i order by i.next_at) from (
            select id, actor, left(input, 100000) as input, attempts, next_at, last_error
              from ${schema}.invocations where ${KEY} order by next_at limit ${MAX_PARTS}) i) as invocations,
         (select json_agg(x order by x.revision, x.idx) from (
            select revision, idx, kind, target, left(body, 100000) as body, parked
              from ${schema}.outbox where ${KEY} order by revision, idx limit ${MAX_PARTS}) x) as outgoing
    from ${schema}.objects o
    join ${schema}.states s using (partition, name, key)
    cross join lateral (${flagsOf(schema)}) f
   where (o.partition, o.name, o.key) = ($1::int, $2::text, $3::text)`;

/** Outboxes have no index by receiver: asked only of objects that take nothing, and of no more rows than are soon read. */
export const readIncoming = (schema: string): string => `
  select name, key, revision, kind, left(body, 100000) as body, parked
    from (select * from ${schema}.outbox limit ${MAX_LOOKED_AT}) o
   where target = $1::text and kind not in ('action', 'emit')
   order by partition, name, key, revision, idx limit $2::int`;

/** Newest first. */
export const readTurns = (schema: string): string => `
  select revision, message_id, kind, event, view, source, epoch, committed_at, trail
    from ${schema}.journal
   where (partition, name, key) = ($1::int, $2::text, $3::text)
     and revision < $4::bigint and revision > $5::bigint
   order by revision desc limit $6::int`;

export const readTrails = (schema: string): string => `
  select revision, kind, source, committed_at, trail,
         case when kind = 'event' or kind = 'refused' then event::json ->> 'type' when kind = 'timer' then event::json ->> 'timer'
              when kind = 'result' then event::json ->> 'invocationId' end as what
    from ${schema}.journal
   where (partition, name, key) = ($1::int, $2::text, $3::text) and revision <= $4::bigint
   order by revision desc limit $5::int`;
