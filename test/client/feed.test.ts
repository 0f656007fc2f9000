/** Live feeds, pages of the past, lists: what is asked on which subject, and what a broken message does. */

import { settle } from "stator/testing";
import { expect, test } from "vitest";
import type { Change } from "../../src/core/wire.ts";
import { after, receipt, setting } from "./fake-host.ts";

const change = (key: string, revision: number, object = "order"): Change => ({
  object,
  key,
  revision,
  messageId: `m-${revision}`,
  event: "PAY",
  before: "open",
  after: "paid",
  status: "active",
  tags: [],
  at: "2026-01-01T00:00:00.000Z",
});

test("changes arrive of one object, of one name, of all", async () => {
  const { host, client, subjects } = setting();
  const seen: string[] = [];
  const note = (feed: string) => (c: Change) => seen.push(`${feed} ${c.object}/${c.key}`);
  client.object("order", "o/1").changes(note("one"));
  client.changes("order", note("name"));
  const all = client.changes(note("all"));
  const tell = (c: Change) =>
    host.transport.publish(subjects.changed({ name: c.object, key: c.key }), JSON.stringify(c));
  tell(change("o/1", 1));
  tell(change("o-2", 1));
  tell(change("c-1", 1, "counter"));
  host.transport.publish("stator.default.changed.order.o-2", "{not json");
  host.transport.publish("stator.default.changed.order.o-2", "{}");
  await settle();
  expect(seen.sort()).toEqual([
    "all counter/c-1",
    "all order/o-2",
    "all order/o/1",
    "name order/o-2",
    "name order/o/1",
    "one order/o/1",
  ]);
  all.close();
  await client.close();
  tell(change("o/1", 2));
  await settle();
  expect(seen).toHaveLength(6);
});

test("emitted events arrive by type with their effect id", async () => {
  const { host, client, subjects } = setting();
  const seen: unknown[] = [];
  client.object("order", "o-1").on("order.paid", (event, from) => seen.push([event, from.effectId]));
  const subject = subjects.emitted({ name: "order", key: "o-1" }, "order.paid");
  host.transport.publish(subject, '{"type":"order.paid","n":1}', { headers: { "Stator-Effect-Id": "e-1" } });
  await settle();
  expect(seen).toEqual([[{ type: "order.paid", n: 1 }, "e-1"]]);
});

test("the whole journal is read page by page until an empty one", async () => {
  const { clock, host, client } = setting();
  host.serve("stator.default.admin.journal");
  host.answers((attempt) => {
    const { after } = JSON.parse(attempt.body) as { after: number };
    const revisions = after >= 5 ? [] : [after + 1, after + 2].filter((revision) => revision <= 5);
    return JSON.stringify({ ok: true, entries: revisions.map((revision) => ({ revision })) });
  });
  const order = client.object("order", "o-1");
  expect(await after(clock, 0, order.journal({ after: 3, limit: 10 }))).toEqual([{ revision: 4 }, { revision: 5 }]);
  expect(host.attempts[0]?.body).toBe('{"object":"order","key":"o-1","after":3,"limit":10}');
  const all: unknown[] = [];
  for await (const entry of order.journalAll()) all.push(entry);
  expect(all).toEqual([1, 2, 3, 4, 5].map((revision) => ({ revision })));
});

test("lists and hosts are asked on their subjects", async () => {
  const { clock, host, client } = setting();
  host.serve("stator.default.admin.*");
  host.answers('{"ok":true,"objects":[],"next":null}', '{"ok":true,"hosts":[],"partitions":256}');
  expect(await after(clock, 0, client.list({ object: "order", limit: 2 }))).toEqual({ objects: [], next: null });
  expect(await after(clock, 0, client.hosts())).toEqual({ hosts: [], partitions: 256 });
  expect(host.attempts.map(({ subject, body }) => [subject, body])).toEqual([
    ["stator.default.admin.list", '{"object":"order","limit":2}'],
    ["stator.default.admin.hosts", "{}"],
  ]);
});

test("a raw request gives the host's text as it is, and takes an id under any of its names", async () => {
  const { clock, host, client } = setting();
  host.open();
  const text = receipt("m-1").replace('"open"', '"\\u006fpen"');
  host.answers(text);
  const got = await after(clock, 0, client.request("send", { name: "order", key: "o-1" }, '{"type": "PAY"}'));
  expect(got).toBe(text);
  await after(clock, 0, client.request("create", { name: "order", key: "o-1" }, "", { "nats-msg-id": "n-1" }));
  expect(host.attempts[0]).toMatchObject({ body: '{"type": "PAY"}', messageId: expect.stringMatching(/-7/) });
  expect(host.attempts[1]).toMatchObject({ body: "", messageId: undefined });
});
