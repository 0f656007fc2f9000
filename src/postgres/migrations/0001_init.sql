-- Tables of one namespace, and the commit. Run with search_path = the namespace's schema; never changed once released.
-- Every table of objects leads with the partition.
-- Of two indexes that would cost the same on a small table the planner takes the younger: where a table has a second
-- index, the key that the commit probes is made last.

-- One row. `partition_count` never changes; `secret` is for MACs of messages that only hosts may send.
create table namespace (
  only_row          boolean     primary key default true check (only_row),
  partition_count   int         not null check (partition_count between 1 and 65536),
  horizon_ms        bigint      not null check (horizon_ms > 0),
  secret            bytea       not null check (octet_length(secret) = 32),
  system_identifier bigint      not null,
  created_at        timestamptz not null default clock_timestamp()
);

create table hosts (
  "group"    text        collate "C" not null,
  id         text        collate "C" not null,
  objects    text[]      not null,
  label      text        not null,
  expires_at timestamptz not null,
  primary key ("group", id)
) with (fillfactor = 50);

create table partitions (
  "group"    text        collate "C" not null,
  partition  int         not null,
  epoch      bigint      not null default 0,
  host       text        collate "C",
  expires_at timestamptz not null default '-infinity',
  primary key ("group", partition)
) with (fillfactor = 50);

-- No index on anything that a turn changes: updates stay HOT. `base_revision` and `base_tag` are what the last chain was
-- computed from; they stand in the row because an upsert can compare only with columns.
create table objects (
  partition       int         not null,
  name            text        collate "C" not null,
  key             text        collate "C" not null check (octet_length(key) between 1 and 512),
  revision        bigint      not null,
  tag             bigint      not null,
  base_revision   bigint      not null,
  base_tag        bigint      not null,
  incarnation     text        not null,
  status          text        not null,
  value           text        not null check (strpos(value, '\u0000') = 0),
  tags            text[]      not null,
  machine_version text        not null,
  history         text        not null,
  snapshot        text        not null,
  parked          text,
  created_at      timestamptz not null,
  updated_at      timestamptz not null
) with (fillfactor = 70);
create index objects_by_name on objects (name, key);
alter table objects add primary key (partition, name, key);

-- One row a turn: history, inbox record and stored receipt at once. Both keys stay although the compare-and-set should
-- make a clash impossible: they are the third wall.
create table journal (
  partition    int         not null,
  name         text        collate "C" not null,
  key          text        collate "C" not null,
  revision     bigint      not null,
  message_id   text        collate "C" not null,
  hash         text        not null,
  kind         text        not null,
  event        text        not null,
  view         text        not null,
  history      text        not null,
  source       text,
  epoch        bigint      not null,
  committed_at timestamptz not null,
  primary key (partition, name, key, revision),
  unique (partition, name, key, message_id)
);

create table outbox (
  partition   int    not null,
  name        text   collate "C" not null,
  key         text   collate "C" not null,
  revision    bigint not null,
  idx         int    not null,
  incarnation text   not null,
  kind        text   not null,
  target      text   not null,
  body        text   not null,
  parked      text
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index outbox_parked on outbox (partition, name, key) where parked is not null;
alter table outbox add primary key (partition, name, key, revision, idx);

-- Of a receiver: how far it has applied each sender's messages.
create table links (
  partition   int         not null,
  name        text        collate "C" not null,
  key         text        collate "C" not null,
  source      text        collate "C" not null,
  incarnation text        collate "C" not null,
  revision    bigint      not null,
  idx         int         not null,
  updated_at  timestamptz not null,
  primary key (partition, name, key, source, incarnation)
) with (fillfactor = 70);

create table timers (
  partition  int         not null,
  name       text        collate "C" not null,
  key        text        collate "C" not null,
  timer      text        collate "C" not null,
  generation bigint      not null,
  due_at     timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index timers_by_due on timers (partition, due_at);
alter table timers add primary key (partition, name, key, timer);

create table invocations (
  partition  int         not null,
  name       text        collate "C" not null,
  key        text        collate "C" not null,
  id         text        collate "C" not null,
  actor      text        not null,
  input      text        not null,
  attempts   int         not null default 0,
  next_at    timestamptz not null,
  last_error text,
  heartbeat  text,
  primary key (partition, name, key, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Group commit: many turns of many objects in one statement, one outcome per turn.
--
-- o_*  one element per object: base revision and tag, new tag, number of turns, columns after its last turn.
-- t_*  one element per turn: position of its object (from 1), its step in that object's chain (from 1).
-- l_*  the turns that came over a link, by position of the turn.  x_*  outgoing messages.
-- s_*, c_*  timers to set and to clear, net over the chain.       i_*, e_*  invocations that begin and end.
-- The chain of one object is all or nothing. Chains of different objects do not touch each other.
--
-- Answers one letter per turn, in the order given: c committed, or why not: f fenced, d duplicate, m mismatch,
-- e expired, x conflict. Small on purpose: a host that stops reading must not keep this transaction open.
--
-- Rows name their object twice, by position and by name and key: a position is looked up in an array of fixed-size
-- elements at once, in an array of texts it is a walk, and a join on it would be a product.
--
-- Plans are made once a session, often while tables are nearly empty, and kept while they grow. So nothing here leaves
-- the planner a choice: no join with a table, only sub-selects, upserts and single deletes that probe a whole key.
create function commit_turns(
  of_group text, horizon_ms bigint,
  o_partition int[], o_epoch bigint[], o_name text[], o_key text[], o_revision bigint[], o_tag bigint[],
  o_new_tag bigint[], o_turns int[], o_incarnation text[], o_status text[], o_value text[], o_tags text[],
  o_machine_version text[], o_history text[], o_snapshot text[],
  t_object int[], t_step int[], t_name text[], t_key text[], t_message text[], t_hash text[], t_sent_at timestamptz[],
  t_kind text[], t_event text[], t_view text[], t_history text[], t_source text[],
  l_turn int[], l_object int[], l_name text[], l_key text[], l_source text[], l_incarnation text[],
  l_revision bigint[], l_idx int[],
  x_object int[], x_step int[], x_name text[], x_key text[], x_idx int[], x_incarnation text[], x_kind text[],
  x_target text[], x_body text[],
  s_object int[], s_name text[], s_key text[], s_timer text[], s_generation bigint[], s_delay_ms float8[],
  c_object int[], c_name text[], c_key text[], c_timer text[],
  i_object int[], i_name text[], i_key text[], i_id text[], i_actor text[], i_input text[],
  e_object int[], e_name text[], e_key text[], e_id text[]
) returns text
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  verdict smallint[];    -- per turn: 1 fenced, 2 duplicate, 3 mismatch, 4 expired, 5 conflict, or null
  good    boolean[];     -- per object: its chain may be written
  moved   boolean[];     -- per object: its chain was written
  now_at  timestamptz;   -- after the locks: rises along the revisions of an object
  oldest  timestamptz;   -- ids first sent before this are expired
  written bigint;
  gone    record;
  at      int;
  fits    boolean;
begin
  -- 1. Lock, in one order for every host, so that two hosts with overlapping batches cannot deadlock.
  --    The row comes back as it is once locked: does it still stand on the base? Of two chains of one object the
  --    second never does.
  good := array_fill(false, array[cardinality(o_partition)]);
  for at, fits in
    select o.ord, o.nth = 1 and coalesce(locked.revision = o.revision and locked.tag = o.tag,
                                         o.revision = 0 and o.tag = 0)
      from (select o.*, row_number() over (partition by o.partition, o.name collate "C", o.key collate "C"
                                               order by o.ord) as nth
              from unnest(o_partition, o_name, o_key, o_revision, o_tag)
                   with ordinality as o(partition, name, key, revision, tag, ord)
             order by o.partition, o.name collate "C", o.key collate "C", o.ord offset 0) o
      left join lateral (
             select row.revision, row.tag from objects row
              where (row.partition, row.name, row.key) = (o.partition, o.name, o.key)
                for update) locked on true
  loop
    good[at] := fits;
  end loop;
  now_at := clock_timestamp();
  oldest := now_at - (horizon_ms - least(3600000, horizon_ms / 2)) * interval '1 millisecond';

  -- 2. Look. A statement of its own, for a snapshot younger than the locks.
  select array_agg((case
             when t.epoch is distinct from o_epoch[t.object] then 1
             when t.found = t.hash then 2
             when t.found is not null then 3
             when t.sent_at < oldest then 4
           end)::smallint order by t.n)
    into verdict
    from (select t.*,
                 (select p.epoch from partitions p
                   where (p."group", p.partition) = (of_group, o_partition[t.object])) as epoch,
                 (select j.hash from journal j
                   where (j.partition, j.name, j.key, j.message_id)
                       = (o_partition[t.object], t.name, t.key, t.message)) as found
            from unnest(t_object, t_name, t_key, t_message, t_hash, t_sent_at)
                 with ordinality as t(object, name, key, message, hash, sent_at, n) offset 0) t;

  if cardinality(l_turn) > 0 then  -- what the link's watermark has passed is a duplicate, however old
    for at in
      select l.turn
        from (select l.turn,
                     (select (l.revision, l.idx) <= (k.revision, k.idx) from links k
                       where (k.partition, k.name, k.key, k.source, k.incarnation)
                           = (o_partition[l.object], l.name, l.key, l.source, l.incarnation)) as passed
                from unnest(l_turn, l_object, l_name, l_key, l_source, l_incarnation, l_revision, l_idx)
                     as l(turn, object, name, key, source, incarnation, revision, idx) offset 0) l
       where l.passed
    loop
      if verdict[at] is distinct from 1 then verdict[at] := 2; end if;
    end loop;
  end if;

  if cardinality(t_object) > cardinality(o_partition) then  -- one id twice in a chain: the second breaks it
    for at in
      select t.n
        from (select t.n, row_number() over (partition by t.object, t.message order by t.n) as nth
                from unnest(t_object, t_message) with ordinality as t(object, message, n)) t
       where t.nth > 1
    loop
      verdict[at] := coalesce(verdict[at], 5);
    end loop;
  end if;

  for at in select distinct t.object from unnest(t_object, verdict) as t(object, verdict) where t.verdict is not null
  loop
    good[at] := false;
  end loop;

  -- 3. Write. The compare-and-set stands in the write itself: the look above only sorts the outcomes.
  insert into objects as row (partition, name, key, revision, tag, base_revision, base_tag, incarnation, status, value,
                              tags, machine_version, history, snapshot, created_at, updated_at)
  select o.partition, o.name, o.key, o.revision + o.turns, o.new_tag, o.revision, o.tag, o.incarnation, o.status,
         o.value, o.tags::text[], o.machine_version, o.history, o.snapshot, now_at, now_at
    from unnest(good, o_partition, o_name, o_key, o_revision, o_tag, o_new_tag, o_turns, o_incarnation, o_status,
                o_value, o_tags, o_machine_version, o_history, o_snapshot)
         as o(good, partition, name, key, revision, tag, new_tag, turns, incarnation, status, value, tags,
              machine_version, history, snapshot)
   where o.good
   order by o.partition, o.name collate "C", o.key collate "C"
      on conflict (partition, name, key) do update
     set revision = excluded.revision, tag = excluded.tag, base_revision = excluded.base_revision,
         base_tag = excluded.base_tag, incarnation = excluded.incarnation, status = excluded.status,
         value = excluded.value, tags = excluded.tags, machine_version = excluded.machine_version,
         history = excluded.history, snapshot = excluded.snapshot, updated_at = excluded.updated_at
   where row.revision = excluded.base_revision and row.tag = excluded.base_tag;
  get diagnostics written = row_count;
  moved := good;
  if written <> cardinality(array_positions(good, true)) then  -- somebody else was born first: whose tag is there?
    select array_agg(coalesce(o.good and o.found = o.new_tag, false) order by o.ord)
      into moved
      from (select o.*, (select row.tag from objects row
                          where (row.partition, row.name, row.key) = (o.partition, o.name, o.key)) as found
              from unnest(good, o_partition, o_name, o_key, o_new_tag)
                   with ordinality as o(good, partition, name, key, new_tag, ord) offset 0) o;
  end if;

  insert into journal (partition, name, key, revision, message_id, hash, kind, event, view, history, source, epoch,
                       committed_at)
  select o_partition[t.object], t.name, t.key, o_revision[t.object] + t.step, t.message, t.hash, t.kind, t.event,
         t.view, t.history, t.source, o_epoch[t.object], now_at
    from unnest(t_object, t_step, t_name, t_key, t_message, t_hash, t_kind, t_event, t_view, t_history, t_source)
         as t(object, step, name, key, message, hash, kind, event, view, history, source)
   where moved[t.object];

  if cardinality(l_turn) > 0 then
    insert into links as k (partition, name, key, source, incarnation, revision, idx, updated_at)
    select distinct on (l.object, l.source, l.incarnation)
           o_partition[l.object], l.name, l.key, l.source, l.incarnation, l.revision, l.idx, now_at
      from unnest(l_object, l_name, l_key, l_source, l_incarnation, l_revision, l_idx)
           as l(object, name, key, source, incarnation, revision, idx)
     where moved[l.object]
     order by l.object, l.source, l.incarnation, l.revision desc, l.idx desc
        on conflict (partition, name, key, source, incarnation) do update
       set revision = excluded.revision, idx = excluded.idx, updated_at = excluded.updated_at;
  end if;

  if cardinality(x_object) > 0 then
    insert into outbox (partition, name, key, revision, idx, incarnation, kind, target, body)
    select o_partition[x.object], x.name, x.key, o_revision[x.object] + x.step, x.idx, x.incarnation, x.kind,
           x.target, x.body
      from unnest(x_object, x_step, x_name, x_key, x_idx, x_incarnation, x_kind, x_target, x_body)
           as x(object, step, name, key, idx, incarnation, kind, target, body)
     where moved[x.object];
  end if;

  if cardinality(c_object) > 0 then
    for gone in
      select c.* from unnest(c_object, c_name, c_key, c_timer) as c(object, name, key, timer) where moved[c.object]
    loop
      delete from timers row
       where (row.partition, row.name, row.key, row.timer)
           = (o_partition[gone.object], gone.name, gone.key, gone.timer);
    end loop;
  end if;
  if cardinality(s_object) > 0 then
    insert into timers (partition, name, key, timer, generation, due_at)
    select o_partition[s.object], s.name, s.key, s.timer, s.generation, now_at + s.delay_ms * interval '1 millisecond'
      from unnest(s_object, s_name, s_key, s_timer, s_generation, s_delay_ms)
           as s(object, name, key, timer, generation, delay_ms)
     where moved[s.object]
        on conflict (partition, name, key, timer) do update
       set generation = excluded.generation, due_at = excluded.due_at;
  end if;

  if cardinality(i_object) > 0 then
    insert into invocations (partition, name, key, id, actor, input, next_at)
    select o_partition[i.object], i.name, i.key, i.id, i.actor, i.input, now_at
      from unnest(i_object, i_name, i_key, i_id, i_actor, i_input) as i(object, name, key, id, actor, input)
     where moved[i.object]
        on conflict do nothing;
  end if;
  if cardinality(e_object) > 0 then
    for gone in
      select e.* from unnest(e_object, e_name, e_key, e_id) as e(object, name, key, id) where moved[e.object]
    loop
      delete from invocations row
       where (row.partition, row.name, row.key, row.id) = (o_partition[gone.object], gone.name, gone.key, gone.id);
    end loop;
  end if;

  -- 4. One letter per turn. A turn without a verdict in a chain that was not written is a conflict: run it again.
  return (
    select string_agg(case when moved[t.object] then 'c' else substr('fdmex', coalesce(t.verdict, 5), 1) end,
                      '' order by t.n)
      from unnest(t_object, verdict) with ordinality as t(object, verdict, n));
end
$$;
revoke all on function commit_turns from public;
