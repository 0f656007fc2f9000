-- Load must not grow slower with the journal. Both of its keys began with the object: each turn wrote a leaf page of its own
-- in both, and with ten thousand objects at work the pages no longer fitted into Postgres' memory. A fresh message id begins
-- with its time (UUIDv7): an index that begins with the id grows at its end, on a page that is there. An id that is chosen
-- otherwise costs what it did. No turn is committed while the index is built.
create unique index journal_by_message on journal (message_id, key, name, partition);
alter table journal drop constraint journal_partition_name_key_message_id_key;

-- Who looks for a message id hides name and partition from the planner, which leaves it no other index: it knows nothing of
-- objects with many turns, and would read all of an object's journal by the other key.

-- The journal rows that answer message ids, in the order asked; null where there is none.
create or replace function find_replies(partitions int[], names text[], keys text[], message_ids text[])
returns table (revision bigint, hash text, view text)
language plpgsql
stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
  return query
  select j.revision, j.hash, j.view
    from unnest(partitions, names, keys, message_ids) with ordinality as asked(partition, name, key, message_id, n)
    left join lateral (
           select row.revision, row.hash, row.view from journal row
            where (row.message_id, row.key) = (asked.message_id, asked.key)
              and (row.name || '', row.partition + 0) = (asked.name, asked.partition) limit 1) j on true
   order by asked.n;
end
$$;

-- Group commit: many turns of many objects in one statement, one outcome per turn.
--
-- o_*  one element per object: base revision and tag, new tag, number of turns, columns after its last turn.
-- t_*  one element per turn: position of its object (from 1), its step in that object's chain (from 1).
-- l_*  the turns that came over a link, by position of the turn.  x_*  outgoing messages.
-- v_*  objects whose state is another than before the chain.
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
-- the planner a choice: no join with a table but by a row's place (ctid), only upserts, single deletes and sub-selects
-- that probe a whole key. A place is good while nobody else can move the row: objects are locked, and only the commit
-- writes their timers.
create or replace function commit_turns(
  of_group text, horizon_ms bigint,
  o_partition int[], o_epoch bigint[], o_name text[], o_key text[], o_revision bigint[], o_tag bigint[],
  o_new_tag bigint[], o_turns int[], o_incarnation text[], o_status text[], o_value text[], o_tags text[],
  o_machine_version text[], o_history text[], o_snapshot text[],
  v_object int[], v_name text[], v_key text[],
  t_object int[], t_step int[], t_name text[], t_key text[], t_message text[], t_hash text[], t_sent_at timestamptz[],
  t_kind text[], t_event text[], t_view text[], t_history text[], t_source text[], t_trail text[],
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
  place   tid[];         -- per object: its row, locked; null where there is none
  good    boolean[];     -- per object: its chain may be written
  moved   boolean[];     -- per object: its chain was written
  now_at  timestamptz;   -- after the locks: rises along the revisions of an object
  oldest  timestamptz;   -- ids first sent before this are expired
  written bigint;
  born    bigint;
  gone    record;
  at      int;
begin
  -- 1. Lock, in one order for every host, so that two hosts with overlapping batches cannot deadlock.
  --    The row comes back as it is once locked: where is it, and does it still stand on the base? Of two chains of one
  --    object the second never does.
  select array_agg(o.place order by o.ord), array_agg(o.fits order by o.ord)
    into place, good
    from (select o.ord, locked.place, o.nth = 1 and coalesce(locked.revision = o.revision and locked.tag = o.tag,
                                                             o.revision = 0 and o.tag = 0) as fits
            from (select o.*, row_number() over (partition by o.partition, o.name collate "C", o.key collate "C"
                                                     order by o.ord) as nth
                    from unnest(o_partition, o_name, o_key, o_revision, o_tag)
                         with ordinality as o(partition, name, key, revision, tag, ord)
                   order by o.partition, o.name collate "C", o.key collate "C", o.ord offset 0) o
            left join lateral (
                   select row.ctid as place, row.revision, row.tag from objects row
                    where (row.partition, row.name, row.key) = (o.partition, o.name, o.key)
                      for update) locked on true offset 0) o;
  now_at := clock_timestamp();
  oldest := now_at - (horizon_ms - least(3600000, horizon_ms / 2)) * interval '1 millisecond';

  -- 2. Look. A statement of its own, for a snapshot younger than the locks.
  select array_agg((case
             when not t.is_held then 1
             when t.found = t.hash then 2
             when t.found is not null then 3
             when t.sent_at < oldest then 4
           end)::smallint order by t.n)
    into verdict
    from (select t.*,
                 (o_partition[t.object], o_epoch[t.object]) in (
                   select p.partition, p.epoch from partitions p
                    where p."group" = of_group and p.partition = any (o_partition)) as is_held,
                 (select j.hash from journal j
                   where (j.message_id, j.key) = (t.message, t.key)
                     and (j.name || '', j.partition + 0) = (t.name, o_partition[t.object]) limit 1) as found
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
  update objects as row
     set revision = o.revision + o.turns, tag = o.new_tag, base_revision = o.revision, base_tag = o.tag,
         incarnation = o.incarnation, status = o.status, value = o.value, tags = o.tags::text[],
         machine_version = o.machine_version, history = o.history, snapshot = o.snapshot, updated_at = now_at
    from unnest(good, place, o_revision, o_tag, o_new_tag, o_turns, o_incarnation, o_status, o_value, o_tags,
                o_machine_version, o_history, o_snapshot)
         as o(good, place, revision, tag, new_tag, turns, incarnation, status, value, tags, machine_version, history,
              snapshot)
   where o.good and row.ctid = o.place and row.revision = o.revision and row.tag = o.tag;
  get diagnostics written = row_count;
  if 0 = any (o_revision) then
    insert into objects (partition, name, key, revision, tag, base_revision, base_tag, incarnation, status, value,
                         tags, machine_version, history, snapshot, created_at, updated_at)
    select o.partition, o.name, o.key, o.turns, o.new_tag, 0, 0, o.incarnation, o.status, o.value, o.tags::text[],
           o.machine_version, o.history, o.snapshot, now_at, now_at
      from unnest(good, o_partition, o_name, o_key, o_revision, o_tag, o_new_tag, o_turns, o_incarnation, o_status,
                  o_value, o_tags, o_machine_version, o_history, o_snapshot)
           as o(good, partition, name, key, revision, tag, new_tag, turns, incarnation, status, value, tags,
                machine_version, history, snapshot)
     where o.good and o.revision = 0 and o.tag = 0
     order by o.partition, o.name collate "C", o.key collate "C"
        on conflict (partition, name, key) do nothing;
    get diagnostics born = row_count;
    written := written + born;
  end if;
  moved := good;
  if written <> cardinality(array_positions(good, true)) then  -- somebody else was born first: whose tag is there?
    select array_agg(coalesce(o.good and o.found = o.new_tag, false) order by o.ord)
      into moved
      from (select o.*, (select row.tag from objects row
                          where (row.partition, row.name, row.key) = (o.partition, o.name, o.key)) as found
              from unnest(good, o_partition, o_name, o_key, o_new_tag)
                   with ordinality as o(good, partition, name, key, new_tag, ord) offset 0) o;
  end if;

  if cardinality(v_object) > 0 then
    insert into states as row (partition, name, key, status, value, tags, machine_version, since)
    select o_partition[v.object], v.name, v.key, o_status[v.object], o_value[v.object], o_tags[v.object]::text[],
           o_machine_version[v.object], now_at
      from unnest(v_object, v_name, v_key) as v(object, name, key)
     where moved[v.object]
        on conflict (partition, name, key) do update
       set status = excluded.status, value = excluded.value, tags = excluded.tags,
           machine_version = excluded.machine_version, since = excluded.since;
  end if;

  insert into journal (partition, name, key, revision, message_id, hash, kind, event, view, history, source, epoch,
                       committed_at, trail)
  select o_partition[t.object], t.name, t.key, o_revision[t.object] + t.step, t.message, t.hash, t.kind, t.event,
         t.view, t.history, t.source, o_epoch[t.object], now_at, t.trail
    from unnest(t_object, t_step, t_name, t_key, t_message, t_hash, t_kind, t_event, t_view, t_history, t_source,
                t_trail)
         as t(object, step, name, key, message, hash, kind, event, view, history, source, trail)
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
    delete from timers row
     using (select (select row.ctid from timers row
                     where (row.partition, row.name, row.key, row.timer)
                         = (o_partition[c.object], c.name, c.key, c.timer)) as place
              from unnest(c_object, c_name, c_key, c_timer) as c(object, name, key, timer)
             where moved[c.object] offset 0) c
     where row.ctid = c.place;
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
    for gone in  -- by key: a failed attempt may move the row at any moment
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
