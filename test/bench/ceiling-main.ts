/**
 * The raw ceiling: what the parts can do without the product. One NATS subscription, live XState actors in a map, one
 * statement a batch that upserts objects and appends to a journal, fenced by the lease row; answers after the commit.
 * No message ids, no duplicates, no compare-and-set, no validation, no feed, no effects: not safe, only fast.
 */

import { connect } from "nats";
import pg from "pg";
import { type Actor, type AnyStateMachine, createActor } from "xstate";
import { counter } from "../../machines/counter.ts";
import { int8Array, textArray } from "../../src/postgres/codec.ts";
import type { HostConfig } from "./host-main.ts";

const MAX_BATCH = 512;
const config = JSON.parse(process.argv[2] ?? "{}") as HostConfig;
const schema = `"stator_${config.namespace}"`;
const database = new pg.Client({ connectionString: config.postgres, options: "-c jit=off" });
await database.connect();
await database.query(`
  create schema ${schema};
  create table ${schema}.leases (partition int primary key, epoch bigint not null);
  insert into ${schema}.leases values (1, 1);
  create table ${schema}.objects (key text collate "C" primary key, revision bigint not null, snapshot text not null) with (fillfactor = 70);
  create table ${schema}.journal (key text collate "C", revision bigint, event text not null, reply text not null, primary key (key, revision))`);

const COMMIT = {
  name: "commit",
  text: `
    with fence as materialized (select 1 from ${schema}.leases where partition = 1 and epoch = 1 for share),
    objects as (
      insert into ${schema}.objects (key, revision, snapshot)
      select distinct on (key) key, revision, snapshot from unnest($1::text[], $2::bigint[], $3::text[]) as i(key, revision, snapshot), fence
       order by key, revision desc
      on conflict (key) do update set revision = excluded.revision, snapshot = excluded.snapshot),
    journal as (
      insert into ${schema}.journal (key, revision, event, reply)
      select i.* from unnest($1::text[], $2::bigint[], $4::text[], $5::text[]) as i(key, revision, event, reply), fence)
    select count(*) from fence`,
};

interface Turn {
  readonly key: string;
  readonly revision: number;
  readonly snapshot: string;
  readonly event: string;
  readonly answer: string;
  readonly reply: string;
}

const actors = new Map<string, { readonly actor: Actor<AnyStateMachine>; revision: number }>();
const decoder = new TextDecoder();
let ready: Turn[] = [];
let isRunning = false;
const nats = await connect({ servers: config.nats });
nats.subscribe(`${config.namespace}.*`, {
  callback: (_, { subject, data, reply = "" }) => {
    const key = subject.slice(config.namespace.length + 1);
    const event = decoder.decode(data);
    const known = actors.get(key) ?? { actor: createActor(counter as AnyStateMachine).start(), revision: 0 };
    actors.set(key, known);
    known.actor.send(JSON.parse(event));
    const revision = ++known.revision;
    const snapshot = JSON.stringify(known.actor.getPersistedSnapshot());
    const { value, context } = known.actor.getSnapshot();
    const answer = JSON.stringify({ ok: true, key, revision, value, context });
    ready.push({ key, revision, snapshot, event, answer, reply });
    if (!isRunning) void run();
  },
});
await nats.flush();
process.on("message", () => process.send?.({}));
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));
process.send?.("ready");

async function run(): Promise<void> {
  isRunning = true;
  await Promise.resolve();
  while (ready.length > 0) {
    const batch = ready.slice(0, MAX_BATCH);
    ready = ready.slice(MAX_BATCH);
    const column = (pick: (turn: Turn) => string): Buffer => textArray(batch.map(pick));
    const revisions = int8Array(batch.map((turn) => turn.revision));
    await database.query({
      ...COMMIT,
      values: [
        column((turn) => turn.key),
        revisions,
        column((turn) => turn.snapshot),
        column((turn) => turn.event),
        column((turn) => turn.answer),
      ],
    });
    for (const { reply, answer } of batch) nats.publish(reply, answer);
  }
  isRunning = false;
}
