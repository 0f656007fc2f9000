/** The requests about objects, each as one call of the client. What the host wrote is handed on byte for byte. */
import type { Context } from "hono";
import type { Client } from "../client/index.ts";
import { formatAddress, keyToken } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { matchesState, parseUntil } from "../core/until.ts";
import type { Until } from "../core/wire.ts";
import { GaplessChanges } from "./changes.ts";
import {
  addressOf,
  bodyOf,
  cursorOf,
  messageHeadersOf,
  pageSize,
  queryOf,
  stateValueOf,
  statusOf,
  timeoutOf,
  wholeNumber,
} from "./input.ts";
import { json, jsonText } from "./respond.ts";
import { STREAM_HEADERS, type Streams } from "./stream.ts";

const DEFAULT_WAIT_MS = 30_000;
const MAX_WAIT_MS = 10 * 60_000;

export interface ObjectHandlers {
  create(c: Context): Promise<Response>;
  send(c: Context): Promise<Response>;
  get(c: Context): Promise<Response>;
  journal(c: Context): Promise<Response>;
  wait(c: Context): Promise<Response>;
  list(c: Context): Promise<Response>;
  objectChanges(c: Context): Promise<Response>;
  allChanges(c: Context): Promise<Response>;
}

export function objectHandlers(client: Client, streams: Streams): ObjectHandlers {
  const objectOf = (c: Context) => {
    const { name, key } = addressOf(c);
    return client.object(name, key);
  };
  const change = async (c: Context, verb: "create" | "send"): Promise<Response> => {
    const address = addressOf(c);
    queryOf(c, []);
    return jsonText(await client.request(verb, address, await bodyOf(c), messageHeadersOf(c)));
  };
  return {
    create: (c) => change(c, "create"),
    send: (c) => change(c, "send"),
    get: async (c) => {
      queryOf(c, []);
      return jsonText(await client.request("get", addressOf(c), ""));
    },
    journal: async (c) => {
      const query = queryOf(c, ["after", "limit"]);
      const [after, limit] = [wholeNumber("after", query.after), pageSize(query.limit)];
      const page = { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) };
      return json({ ok: true, entries: await objectOf(c).journal(page) });
    },
    wait: async (c) => {
      const { timeout, ...until } = queryOf(c, ["matches", "tag", "status", "timeout"]);
      const timeoutMs = timeoutOf(timeout, DEFAULT_WAIT_MS, MAX_WAIT_MS);
      return json(await objectOf(c).waitFor(untilOf(until), { timeoutMs, signal: c.req.raw.signal }));
    },
    list: (c) => list(c, client),
    objectChanges: (c) => objectChanges(c, client, streams),
    allChanges: (c) => allChanges(c, client, streams),
  };
}

function untilOf({ matches, tag, status }: { matches?: string; tag?: string; status?: string }): Until {
  return parseUntil({
    ...(matches === undefined ? {} : { matches: stateValueOf(matches) }),
    ...(tag === undefined ? {} : { tag }),
    ...(status === undefined ? {} : { status }),
  });
}

async function list(c: Context, client: Client): Promise<Response> {
  const { object, matches, tag, q, ...query } = queryOf(c, LIST_NAMES);
  const status = statusOf(query.status);
  const after = cursorOf(query.after);
  const limit = pageSize(query.limit);
  const page = await client.list({
    ...(object === undefined ? {} : { object }),
    ...(matches === undefined ? {} : { matches }),
    ...(tag === undefined ? {} : { tag }),
    ...(q === undefined ? {} : { q }),
    ...(status === undefined ? {} : { status }),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  });
  return json({ ok: true, objects: page.objects, next: page.next === null ? null : formatAddress(page.next) });
}

const LIST_NAMES = ["object", "matches", "tag", "status", "q", "after", "limit"] as const;

/** Ids are revisions. From `Last-Event-ID` where it is given, else from now; either way nothing is left out. */
async function objectChanges(c: Context, client: Client, streams: Streams): Promise<Response> {
  queryOf(c, []);
  const { name, key } = addressOf(c);
  const object = client.object(name, key);
  const resumed = wholeNumber("Last-Event-ID", c.req.header("last-event-id") || undefined);
  const last = resumed ?? (await revisionOf(client, { name, key }));
  if (c.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  assertRoom(streams);
  const changes = new GaplessChanges(object, last, {
    emit: (change) => stream.send(String(change.revision), change),
    fail: () => stream.close(), // its reader comes back with the last id
  });
  const subscription = object.changes((change) => changes.take(change));
  const stream = streams.open(
    () => subscription.close(),
    () => changes.catchUp(),
  );
  changes.catchUp();
  return stream.response;
}

/** 0 where there is no such object yet: its birth is the first change. */
async function revisionOf(client: Client, { name, key }: { name: string; key: string }): Promise<number> {
  try {
    return (await client.object(name, key).get()).revision;
  } catch (cause) {
    if (cause instanceof StatorError && cause.code === "NOT_CREATED") return 0;
    throw cause;
  }
}

/** Ids are `name.keytoken.revision`. Live only: there is no order over all objects to resume in. */
async function allChanges(c: Context, client: Client, streams: Streams): Promise<Response> {
  const { object, matches } = queryOf(c, ["object", "matches"]);
  const wanted = matches === undefined ? undefined : stateValueOf(matches);
  if (c.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  assertRoom(streams);
  const subscription = client.changes(object, (change) => {
    if (wanted !== undefined && !matchesState(change.after, wanted)) return;
    stream.send(`${change.object}.${keyToken(change.key)}.${change.revision}`, change);
  });
  const stream = streams.open(() => subscription.close());
  return stream.response;
}

function assertRoom(streams: Streams): void {
  if (!streams.isFull) return;
  throw new StatorError("UNAVAILABLE", `${streams.size} change streams are open, which is the limit of this server`);
}
