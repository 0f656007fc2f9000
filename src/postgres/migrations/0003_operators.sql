-- What operators do: paused objects, the audit of their orders, and lists of what waits for them that scan no table.

-- Why an operator paused the object; no turn changes it.
alter table objects add column paused text;
create index objects_paused on objects (name, key) where paused is not null;

-- Whether the object waits for an operator, by a flag of its host or by a tag of its own state. Stored, so that the index
-- stands on this column alone: a turn that changes nothing of it stays HOT, whatever tags it sets. Rewrites the table.
alter table objects add column is_parked boolean not null
  generated always as ((parked is not null and status <> 'stopped')
                       or (status = 'active' and tags @> array['parked'])) stored;
create index objects_parked on objects (name, key) where is_parked;

-- One row an order of an operator. Written before it is carried out, with result `unknown`, and once more after it.
create table audit (
  partition int         not null,
  name      text        collate "C" not null,
  key       text        collate "C" not null,
  order_id  text        collate "C" not null,
  seq       bigint      not null generated always as identity,
  at        timestamptz not null,
  verb      text        not null,
  by        text        not null,
  reason    text        not null,
  before    text        not null,
  after     text,
  result    text        not null,
  primary key (partition, name, key, order_id)
);
create unique index audit_by_seq on audit (seq);
