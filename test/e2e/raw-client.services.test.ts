/** What a caller in any language sees: a plain `nats` client, and SQL to prove what did and did not change. */
import { randomUUID } from "node:crypto";
import type { NatsConnection } from "nats";
import { expect, inject, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, spawnHost } from "../support/host-process.ts";
import { uuidv7 } from "../support/load.ts";
import { ask, Database, type RawReply, rawNats } from "../support/raw.ts";

interface Caller {
  readonly namespace: string;
  readonly nats: NatsConnection;
  readonly database: Database;
  /** `verb.object.key` in the namespace. */
  ask(to: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<RawReply>;
}

async function open(): Promise<Caller> {
  const namespace = freshNamespace("raw");
  const [postgresUrl, natsUrl] = [inject("postgresUrl"), inject("natsUrl")];
  await spawnHost({ postgresUrl, natsUrl, namespace, partitions: 16 });
  const nats = await rawNats(natsUrl);
  return {
    namespace,
    nats,
    database: new Database(postgresUrl, namespace),
    ask: (to, body, headers) => ask(nats, `stator.${namespace}.${to}`, body, headers),
  };
}

const RECEIPT = "ok object key messageId revision duplicate status value tags context output".split(" ");
const SNAPSHOT = "ok object key revision status value tags context output".split(" ");

function expectError(reply: RawReply, code: string, http: number): void {
  expect(reply.json).toMatchObject({ ok: false, error: { code } });
  expect(Object.keys(reply.json)).toEqual(["ok", "error"]);
  expect(reply.headers?.get("Nats-Service-Error-Code")).toBe(String(http));
  expect(reply.headers?.get("Nats-Service-Error")).not.toBe("");
  expect(reply.text).not.toContain(".ts:");
}

test("a send answers the receipt, and the same message id the same bytes but for `duplicate`", async () => {
  const { ask, database } = await open();
  const id = { "Stator-Message-Id": "first-1" };
  const first = await ask("send.counter.c1", '{"type":"ADD","amount":2}', id);
  expect(first.text).toBe(
    '{"ok":true,"object":"counter","key":"c1","messageId":"first-1","revision":1,"duplicate":false,' +
      '"status":"active","value":"counting","tags":[],"context":{"count":2},"output":null}',
  );
  expect(first.headers?.get("Nats-Service-Error") ?? "").toBe("");
  await ask("send.counter.c1", { type: "ADD", amount: 5 });
  const before = await database.fingerprint();

  const again = await ask("send.counter.c1", '{"type":"ADD","amount":2}', id);
  expect(again.text).toBe(first.text.replace('"duplicate":false', '"duplicate":true'));
  const spelled = await ask("send.counter.c1", '{ "amount": 2, "type": "ADD" }', id);
  expect(spelled.text).toBe(again.text);
  const other = await ask("send.counter.c1", '{"type":"ADD","amount":3}', id);
  expectError(other, "IDEMPOTENCY_MISMATCH", 422);
  expect(other.json.error).toMatchObject({ retryable: false });

  expect(await database.fingerprint()).toBe(before);
  expect((await ask("get.counter.c1")).json).toMatchObject({ revision: 2, context: { count: 7 } });
});

test("Nats-Msg-Id serves as message id, and an id of ours is made where none is given", async () => {
  const { ask } = await open();
  const first = await ask("send.counter.c1", { type: "ADD", amount: 2 }, { "Nats-Msg-Id": "n-1" });
  expect(Object.keys(first.json)).toEqual(RECEIPT);
  expect(first.json).toMatchObject({ messageId: "n-1", duplicate: false });
  const again = await ask("send.counter.c1", { type: "ADD", amount: 2 }, { "Nats-Msg-Id": "n-1" });
  expect(again.text).toBe(first.text.replace('"duplicate":false', '"duplicate":true'));
  const fresh = await ask("send.counter.c1", { type: "ADD", amount: 2 });
  expect(fresh.json.messageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(fresh.json).toMatchObject({ revision: 2, context: { count: 4 }, duplicate: false });
});

const event = (amount: unknown): string => JSON.stringify({ type: "ADD", amount });
const token = (key: string): string => `~${Buffer.from(key).toString("base64url")}`;
const deep = `{"type":"ADD","amount":${"[".repeat(100)}${"]".repeat(100)}}`;
type Refused = [what: string, to: string, body: string, headers: Record<string, string>, code: string, http: number];

const refused: Refused[] = [
  ["an event that fails its schema", "c1", event("two"), {}, "INVALID_EVENT", 400],
  ["a property that is not declared", "c1", '{"type":"ADD","amount":1,"extra":1}', {}, "INVALID_EVENT", 400],
  ["an event without a type", "c1", '{"amount":1}', {}, "INVALID_EVENT", 400],
  ["an array", "c1", "[1]", {}, "INVALID_EVENT", 400],
  ["an unknown type", "c1", '{"type":"SUBTRACT","amount":1}', {}, "UNKNOWN_EVENT", 400],
  ["a type of XState", "c1", '{"type":"xstate.done.actor.x"}', {}, "RESERVED_EVENT", 400],
  ["a type of Stator", "c1", '{"type":"stator.anything"}', {}, "RESERVED_EVENT", 400],
  ["a key of 600 bytes", token("k".repeat(600)), event(1), {}, "INVALID_KEY", 400],
  ["a key in a second spelling", token("c1"), event(1), {}, "INVALID_KEY", 400],
  ["a body that is not JSON", "c1", "ADD 2", {}, "INVALID_REQUEST", 400],
  ["an empty body", "c1", "", {}, "INVALID_REQUEST", 400],
  ["a body nested 100 deep", "c1", deep, {}, "INVALID_REQUEST", 400],
  ["a repeated key", "c1", '{"type":"ADD","amount":1,"amount":2}', {}, "INVALID_REQUEST", 400],
  ["__proto__", "c1", '{"type":"ADD","amount":1,"__proto__":{}}', {}, "INVALID_REQUEST", 400],
  ["a body above 256 KB", "c1", event("x".repeat(257 * 1024)), {}, "TOO_LARGE", 413],
  ["a delay that is none", "c1", event(1), { "Stator-Delay": "soon" }, "INVALID_REQUEST", 400],
  ["a delay of 100 years", "c1", event(1), { "Stator-Delay": "36500d" }, "INVALID_REQUEST", 400],
  ["an id from the future", "c1", event(1), { "Stator-Message-Id": "FUTURE" }, "INVALID_REQUEST", 400],
  ["an id older than the horizon", "c1", event(1), { "Stator-Message-Id": "OLD" }, "EXPIRED_ID", 410],
  ["an id of a timer", "c1", event(1), { "Stator-Message-Id": "timer/x/1" }, "INVALID_REQUEST", 400],
  [
    "a sending time that is none",
    "c1",
    event(1),
    { "Stator-Message-Id": "a", "Stator-Sent-At": "noon" },
    "INVALID_REQUEST",
    400,
  ],
];
const HOUR = 3_600_000;

test("what is refused names its code, tells NATS tooling, and changes nothing", async () => {
  const { ask, database } = await open();
  await ask("send.counter.c1", { type: "ADD", amount: 2 });
  const before = await database.fingerprint();
  for (const [what, key, body, headers, code, http] of refused) {
    const id = { FUTURE: uuidv7(Date.now() + HOUR), OLD: uuidv7(Date.now() - 8 * 24 * HOUR) };
    const given = headers["Stator-Message-Id"];
    const made = Object.entries(id).find(([name]) => name === given)?.[1];
    const sent = made === undefined ? headers : { ...headers, "Stator-Message-Id": made };
    const reply = await ask(`send.counter.${key}`, body, sent);
    expect.soft(reply.json.error?.code, what).toBe(code);
    expectError(reply, code, http);
    expect(await database.fingerprint(), what).toBe(before);
  }
  expect((await ask("get.counter.c1")).json).toMatchObject({ revision: 1, context: { count: 2 } });
});

test("errors say what would be right", async () => {
  const { ask } = await open();
  const invalid = await ask("send.counter.c1", { type: "ADD", amount: "two" });
  expect(invalid.json.error.details.issues).toMatchObject([{ path: "amount" }]);
  const unknown = await ask("send.counter.c1", { type: "SUBTRACT" });
  expect(unknown.json.error.details.known).toEqual(["ADD", "CLOSE"]);
  expectError(await ask("get.counter.nobody"), "NOT_CREATED", 404);
  expectError(await ask("send.payer.p1", { type: "PAY" }), "NOT_CREATED", 404);
  expectError(await ask("send.receiver.r1", { type: "NOTE", from: "me", n: 1 }), "PRIVATE", 403);
  await ask("send.counter.c1", { type: "CLOSE" });
  expectError(await ask("send.counter.c1", { type: "ADD", amount: 1 }), "OBJECT_DONE", 409);
});

test("an object that nobody defined has no responders: there is nobody to ask", async () => {
  const { ask } = await open();
  await expect(ask("send.nosuch.c1", { type: "ADD", amount: 1 })).rejects.toMatchObject({ code: "503" });
});

test("create, get and wait", async () => {
  const { ask } = await open();
  const created = await ask("create.sleeper.s1", { delayMs: 300 }, { "Stator-Message-Id": "birth" });
  expect(Object.keys(created.json)).toEqual(RECEIPT);
  expect(created.json).toMatchObject({ revision: 1, value: "asleep", context: { delayMs: 300, woken: 0 } });
  const again = await ask("create.sleeper.s1", { delayMs: 300 });
  expect(again.text).toBe(created.text.replace('"duplicate":false', '"duplicate":true'));
  expectError(await ask("create.sleeper.s1", { delayMs: 400 }), "ALREADY_EXISTS", 409);
  expectError(await ask("create.sleeper.s2", { delayMs: "long" }), "INVALID_INPUT", 400);

  const waited = await ask("wait.sleeper.s1", { until: { matches: "awake" }, timeoutMs: 5_000 });
  expect(Object.keys(waited.json)).toEqual(SNAPSHOT);
  expect(waited.json).toMatchObject({ revision: 2, value: "awake", context: { woken: 1 } });
  expect((await ask("get.sleeper.s1")).text).toBe(waited.text);
  expectError(await ask("wait.sleeper.s1", { until: { matches: "asleep" }, timeoutMs: 50 }), "TIMEOUT", 408);
  expectError(await ask("wait.sleeper.s1", { until: {}, timeoutMs: 50 }), "INVALID_REQUEST", 400);
});

test("a delayed event is accepted at once and applied not before its time", async () => {
  const { ask, database } = await open();
  const accepted = await ask("send.counter.c1", { type: "ADD", amount: 2 }, { "Stator-Delay": "1500ms" });
  expect(accepted.json).toMatchObject({ ok: true, revision: 1, context: { count: 0 } });
  await eventually(async () => {
    expect((await ask("get.counter.c1")).json.context.count).toBe(2);
  });
  const [row] = await database.rows<{ ms: number; turns: number }>(
    `select extract(epoch from max(committed_at) - min(committed_at))::float8 * 1000 as ms, count(*)::int as turns
       from $schema.journal where name = 'counter'`,
  );
  expect(row?.turns).toBe(2);
  expect(row?.ms).toBeGreaterThanOrEqual(1_500);
  expect(row?.ms).toBeLessThan(3_000);
});

test("a body without reply address is applied; the changes feed tells after the commit", async () => {
  const { ask, nats, namespace } = await open();
  const feed = nats.subscribe(`stator.${namespace}.changed.>`);
  const changes: Record<string, unknown>[] = [];
  void (async () => {
    for await (const message of feed) changes.push({ subject: message.subject, ...message.json<object>() });
  })();
  await nats.flush();
  nats.publish(`stator.${namespace}.send.counter.c1`, '{"type":"ADD","amount":2}');
  await eventually(() => expect(changes).toHaveLength(1));
  expect(changes[0]).toMatchObject({
    subject: `stator.${namespace}.changed.counter.c1`,
    object: "counter",
    key: "c1",
    revision: 1,
    event: "ADD",
    before: null,
    after: "counting",
    status: "active",
    tags: [],
  });
  expect((await ask("get.counter.c1")).json).toMatchObject({ revision: 1, context: { count: 2 } });
});

test("keys that are no subject token travel as base64url, and stay apart", async () => {
  const { ask } = await open();
  for (const key of ["a.b c", "~x", "ключ/🔑", "k".repeat(512)]) {
    const reply = await ask(`send.counter.${token(key)}`, { type: "ADD", amount: 1 });
    expect(reply.json).toMatchObject({ ok: true, key, revision: 1, context: { count: 1 } });
  }
});

test("NATS tooling finds the host: $SRV.PING and $SRV.INFO", async () => {
  const { nats, namespace } = await open();
  const services = nats.services.client({ strategy: "timer", maxWait: 500 } as never);
  const pings: { name: string }[] = [];
  for await (const ping of await services.ping(`stator-${namespace}`)) pings.push(ping);
  expect(pings).toHaveLength(1);
  const infos: { metadata?: Record<string, string>; endpoints: { subject: string }[] }[] = [];
  for await (const info of await services.info(`stator-${namespace}`)) infos.push(info as never);
  expect(infos).toHaveLength(1);
  expect(infos[0]?.metadata).toMatchObject({ namespace, group: "main", partitions: "16" });
  expect(infos[0]?.endpoints.map(({ subject }) => subject)).toContain(`stator.${namespace}.send.counter.*`);
});

test("40 callers with one message id at once: one turn, one receipt", async () => {
  const { ask, database } = await open();
  const id = { "Stator-Message-Id": randomUUID() };
  const texts = await Promise.all(
    Array.from({ length: 40 }, async () => (await ask("send.counter.c1", { type: "ADD", amount: 2 }, id)).text),
  );
  expect(texts.filter((text) => text.includes('"duplicate":false'))).toHaveLength(1);
  expect(new Set(texts.map((text) => text.replace('"duplicate":true', '"duplicate":false'))).size).toBe(1);
  const [row] = await database.rows<{ turns: number }>("select count(*)::int as turns from $schema.journal");
  expect(row?.turns).toBe(1);
});
