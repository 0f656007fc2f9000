/** Streams of changes: no gap, no repeat, resumed by the last id, whatever the live feed loses. */

import { settle } from "stator/testing";
import { expect, test } from "vitest";
import type { Change } from "../../src/core/wire.ts";
import { refusal, snapshot } from "../client/fake-host.ts";
import { appSetting, served } from "./support.ts";

const change = (revision: number, key = "o-1", after: unknown = `s${revision}`): Change => ({
  object: "order",
  key,
  revision,
  messageId: `m-${revision}`,
  event: "PAY",
  before: `s${revision - 1}`,
  after,
  status: "active",
  tags: [],
  at: "2026-01-01T00:00:00.000Z",
});
const entry = (revision: number) => ({
  revision,
  messageId: `m-${revision}`,
  kind: revision === 1 ? "create" : "event",
  event: { type: "PAY" },
  status: "active",
  value: `s${revision}`,
  tags: [],
  committedAt: "2026-01-01T00:00:00.000Z",
});

/** An app on an object with so many revisions; `tell` publishes the live change of one. */
function journaled(revisions: number) {
  const made = appSetting();
  const { host, subjects } = made;
  const journal = { length: revisions };
  host.serve("stator.default.admin.journal");
  host.answers((attempt) => {
    if (!attempt.subject.endsWith("journal")) return snapshot.replace('"revision":1', `"revision":${journal.length}`);
    const { after } = JSON.parse(attempt.body) as { after: number };
    const entries = Array.from({ length: Math.max(0, journal.length - after) }, (_, i) => entry(after + 1 + i));
    return JSON.stringify({ ok: true, entries: entries.slice(0, 3) });
  });
  const tell = (live: Change): void =>
    host.transport.publish(subjects.changed({ name: live.object, key: live.key }), JSON.stringify(live));
  return { ...made, journal, tell };
}

/** The events that a stream has given so far. */
function reading(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const state = { isEnded: false };
  const done = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += new TextDecoder().decode(part.value);
    }
    state.isEnded = true;
  })();
  const events = async (): Promise<{ id: string; change: Change }[]> => {
    for (let i = 0; i < 20; i++) await settle();
    const blocks = text.split("\n\n").filter((block) => block.startsWith("id: "));
    return blocks.map((block) => {
      const [id = "", data = ""] = block.split("\n");
      return { id: id.slice(4), change: JSON.parse(data.slice(6)) as Change };
    });
  };
  const ids = async (): Promise<string[]> => (await events()).map(({ id }) => id);
  return { events, ids, state, done, cancel: () => reader.cancel(), text: () => text };
}

test("a stream of one object begins now and gives each change once, in order", async () => {
  const { app, journal, tell } = journaled(2);
  const response = await app.request("/objects/order/o-1/changes");
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const stream = reading(response);
  expect(await stream.ids()).toEqual([]);
  journal.length = 4;
  tell(change(3));
  tell(change(3));
  tell(change(4));
  tell(change(3));
  expect(await stream.ids()).toEqual(["3", "4"]);
  expect((await stream.events())[0]?.change).toEqual(change(3));
});

test("it resumes after Last-Event-ID from the journal, page by page, as if it had been live", async () => {
  const { app } = journaled(9);
  const stream = reading(await app.request("/objects/order/o-1/changes", { headers: { "Last-Event-ID": "2" } }));
  expect(await stream.ids()).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
  expect((await stream.events())[0]?.change).toEqual(change(3));
});

test("from the beginning, the birth has no state before it", async () => {
  const { app } = journaled(2);
  const stream = reading(await app.request("/objects/order/o-1/changes", { headers: { "Last-Event-ID": "0" } }));
  const [birth, second] = await stream.events();
  expect(birth?.change).toMatchObject({ revision: 1, event: "stator.create", before: null, after: "s1" });
  expect(second?.change).toEqual(change(2));
});

test("what the live feed lost comes from the journal", async () => {
  const { app, journal, tell } = journaled(1);
  const stream = reading(await app.request("/objects/order/o-1/changes"));
  await stream.ids();
  journal.length = 6;
  tell(change(6));
  expect(await stream.ids()).toEqual(["2", "3", "4", "5", "6"]);
});

test("a lost last change comes with the next heartbeat", async () => {
  const { app, journal, clock } = journaled(1);
  const stream = reading(await app.request("/objects/order/o-1/changes"));
  await stream.ids();
  journal.length = 2;
  await clock.advance(15_001);
  expect(await stream.ids()).toEqual(["2"]);
  expect(stream.text()).toContain(": still here");
});

test("an object that is not there yet begins with its birth", async () => {
  const { app, host, tell } = journaled(0);
  const { script } = host;
  host.script = [
    (attempt) => (attempt.subject.includes(".get.") ? refusal("NOT_CREATED") : (script[0]?.(attempt) ?? "")),
  ];
  const stream = reading(await app.request("/objects/order/o-1/changes"));
  await stream.ids();
  tell({ ...change(1), before: null });
  expect(await stream.ids()).toEqual(["1"]);
});

test("an object that nobody hosts is an error, not a silent stream", async () => {
  const { app, host } = appSetting();
  host.answers(refusal("UNKNOWN_OBJECT"));
  expect((await app.request("/objects/order/o-1/changes")).status).toBe(404);
  const bad = await app.request("/objects/order/o-1/changes", { headers: { "Last-Event-ID": "x" } });
  expect(bad.status).toBe(400);
});

test("a journal that cannot be read ends the stream, so that its reader resumes", async () => {
  const { app, host, tell } = journaled(1);
  const stream = reading(await app.request("/objects/order/o-1/changes"));
  await stream.ids();
  host.answers(refusal("FORBIDDEN"));
  tell(change(5));
  await stream.done;
  expect(await stream.ids()).toEqual([]);
});

test("all changes come live, of one name and state where that is asked", async () => {
  const { app, tell } = journaled(0);
  const all = reading(await app.request("/changes"));
  const some = reading(await app.request("/changes?object=order&matches=paid.card"));
  const other = reading(await app.request("/changes?object=counter"));
  tell(change(1, "a\nid: 9"));
  tell(change(2, "b", { paid: "card" }));
  expect((await all.ids()).length).toBe(2);
  expect(await some.ids()).toEqual(["order.b.2"]);
  expect(await other.ids()).toEqual([]);
  expect(await all.ids()).toContain("order.~YQppZDogOQ.1");
});

test("a reader that does not keep up is cut off, not buffered for", async () => {
  const { app, tell } = journaled(0);
  const slow = await app.request("/changes");
  for (let i = 1; i <= 1_100; i++) tell(change(i));
  await settle();
  const stream = reading(slow);
  await stream.done;
  expect((await stream.ids()).length).toBeLessThan(1_001);
});

test("more streams than the limit are refused, and room comes back", async () => {
  const { app } = journaled(0);
  const open = await Promise.all(Array.from({ length: 256 }, () => app.request("/changes")));
  const refused = await app.request("/changes");
  expect(refused.status).toBe(503);
  await open[0]?.body?.cancel();
  expect((await app.request("/changes")).status).toBe(200);
  expect((await app.request("/changes", { method: "HEAD" })).status).toBe(200);
  app.closeStreams();
});

test("a server that closes ends its streams and is gone", async () => {
  const { server } = await served();
  const stream = reading(await fetch(`${server.url}/changes`));
  await settle();
  await server.close();
  await stream.done;
  expect(stream.state.isEnded).toBe(true);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
