/** Requests about objects: what goes to the host, and that the host's answer comes back as it is. */
import { expect, test } from "vitest";
import { ERROR_STATUS, type ErrorCode } from "../../src/core/errors.ts";
import { after, receipt, refusal, snapshot } from "../client/fake-host.ts";
import { appSetting, body } from "./support.ts";

const bodyCode = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error: { code: string } }).error.code;

test("a receipt is handed on byte for byte", async () => {
  const { app, host } = appSetting();
  const text = receipt("k-1").replace('"n":1', '"n":1.0,"e":"\\u00e9 é"');
  host.answers(text);
  const response = await app.request(
    "/objects/order/o-1/events",
    body('{"type": "PAY"}', { "Idempotency-Key": "k-1" }),
  );
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.text()).toBe(text);
  expect(host.attempts[0]).toMatchObject({
    subject: "stator.default.send.order.o-1",
    body: '{"type": "PAY"}',
    messageId: "k-1",
  });
});

test("without an idempotency key the message gets a UUIDv7", async () => {
  const { app, host } = appSetting();
  await app.request("/objects/order/o-1/events", body('{"type":"PAY"}'));
  expect(host.attempts[0]?.messageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

test("PUT creates, with input or without", async () => {
  const { app, host } = appSetting();
  await app.request("/objects/order/o-1", { ...body('{"total":5}'), method: "PUT" });
  await app.request("/objects/order/o-1", { method: "PUT" });
  expect(host.attempts.map(({ subject, body }) => [subject, body])).toEqual([
    ["stator.default.create.order.o-1", '{"total":5}'],
    ["stator.default.create.order.o-1", ""],
  ]);
});

test("GET reads the state as the host wrote it", async () => {
  const { app, host } = appSetting();
  host.answers(snapshot);
  const response = await app.request("/objects/order/o-1");
  expect(await response.text()).toBe(snapshot);
});

test.each([
  ["a%2Fb", "a/b"],
  ["%C3%A9", "é"],
  ["50%25", "50%"],
  ["%252F", "%2F"],
  ["a%20b+c", "a b+c"],
  ["..%2F..%2Fetc", "../../etc"],
  ["a%3Fb%23c", "a?b#c"],
  ["x%0Ay", "x\ny"],
])("the path's key %s is the key %j", async (encoded, key) => {
  const { app, host, subjects } = appSetting();
  await app.request(`/objects/order/${encoded}/events`, body('{"type":"PAY"}'));
  expect(host.attempts[0]?.subject).toBe(subjects.door({ verb: "send", address: { name: "order", key } }));
});

test.each([
  ["/objects/order/%FF", 400, "INVALID_KEY"],
  ["/objects/order/%zz", 400, "INVALID_KEY"],
  ["/objects/order/a%00b", 400, "INVALID_KEY"],
  [`/objects/order/${"x".repeat(513)}`, 400, "INVALID_KEY"],
  ["/objects/no.dots/k", 404, "UNKNOWN_OBJECT"],
  ["/objects/order/o-1?verbose=1", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/journal?after=-1", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/journal?limit=201", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/journal?limit=0", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/wait", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/wait?tag=a&status=done", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/wait?status=finished", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/wait?tag=a&timeout=soon", 400, "INVALID_REQUEST"],
  ["/objects/order/o-1/wait?tag=a&timeout=1h", 400, "INVALID_REQUEST"],
  ["/objects?after=order", 400, "INVALID_REQUEST"],
  ["/objects?limit=1&limit=2", 400, "INVALID_REQUEST"],
])("GET %s is refused", async (path, status, code) => {
  const { app, host } = appSetting();
  const response = await app.request(path);
  expect(response.status).toBe(status);
  expect(await bodyCode(response)).toBe(code);
  expect(host.attempts).toHaveLength(0);
});

const CODES = Object.entries(ERROR_STATUS) as [ErrorCode, number][];
test.each(CODES)("%s has the number %i and the host's body", async (code, status) => {
  const { app, host, clock } = appSetting();
  const error = refusal(code, { retryAfterMs: 60_000 });
  host.answers(error);
  const request = Promise.resolve(app.request("/objects/order/o-1/events", body('{"type":"PAY"}')));
  const response = (await after(clock, 31_000, request)) as Response;
  expect(response.status).toBe(status);
  const answer = (await response.json()) as { error: object };
  if (code === "OUTCOME_UNKNOWN")
    expect(answer).toMatchObject({ error: { details: { messageId: expect.stringMatching(/-7/) } } });
  else expect(answer).toEqual({ ok: false, error: error.toBody() });
});

test("busy and absent hosts say when to come back", async () => {
  const { app, host, clock } = appSetting();
  host.answers(refusal("OVERLOADED", { retryAfterMs: 60_500 }), refusal("UNAVAILABLE"));
  const ask = () => Promise.resolve(app.request("/objects/order/o-1"));
  const busy = (await after(clock, 0, ask())) as Response;
  expect(busy.headers.get("retry-after")).toBe("61");
  const absent = (await after(clock, 31_000, ask())) as Response;
  expect(absent.headers.get("retry-after")).toMatch(/^[123]$/);
});

test("delay and trace go with the message; credentials and hosts' own headers do not", async () => {
  const { app, host } = appSetting();
  const headers = {
    "Stator-Delay": "5m",
    "Stator-Sent-At": "2026-01-01T00:00:00Z",
    traceparent: "00-1-2-01",
    Authorization: "Bearer secret",
    Cookie: "a=b",
    "Stator-To": "send.order.other",
    "Stator-Mac": "x",
    "Stator-Message-Id": "other",
    "X-Any": "y",
  };
  await app.request("/objects/order/o-1/events", body('{"type":"PAY"}', { ...headers, "Idempotency-Key": "k-1" }));
  expect(host.attempts[0]?.headers).toEqual({
    "Stator-Message-Id": "k-1",
    "Stator-Delay": "5m",
    "Stator-Sent-At": "2026-01-01T00:00:00Z",
    traceparent: "00-1-2-01",
  });
});

test.each(["", "a b", "x".repeat(129), "timer/x/1"])("the idempotency key %j is refused", async (id) => {
  const { app } = appSetting();
  const response = await app.request("/objects/order/o-1/events", body('{"type":"PAY"}', { "Idempotency-Key": id }));
  expect(response.status).toBe(400);
});

test("the journal is one page of entries", async () => {
  const { app, host } = appSetting();
  host.serve("stator.default.admin.journal");
  host.answers('{"ok":true,"entries":[{"revision":8}]}');
  const response = await app.request("/objects/order/a%2Fb/journal?after=7&limit=5");
  expect(await response.json()).toEqual({ ok: true, entries: [{ revision: 8 }] });
  expect(host.attempts[0]?.body).toBe('{"object":"order","key":"a/b","after":7,"limit":5}');
});

test.each([
  ["matches=paid.card", { matches: "paid.card" }],
  ["matches=%7B%22a%22%3A%22b%22%7D", { matches: { a: "b" } }],
  ["tag=busy", { tag: "busy" }],
  ["status=done", { status: "done" }],
])("a wait for %s asks the host for it", async (query, until) => {
  const { app, host } = appSetting();
  host.answers(snapshot);
  const response = await app.request(`/objects/order/o-1/wait?${query}&timeout=5s`);
  expect(await response.text()).toBe(snapshot);
  expect(JSON.parse(host.attempts[0]?.body ?? "")).toEqual({ until, timeoutMs: 5_000 });
});

test("the list's next page begins where `next` says", async () => {
  const { app, host } = appSetting();
  host.serve("stator.default.admin.list");
  host.answers('{"ok":true,"objects":[{"object":"order","key":"a/b"}],"next":{"name":"order","key":"a/b"}}');
  const first = await app.request("/objects?object=order&status=active&matches=open&tag=t&q=a&limit=1");
  expect(await first.json()).toEqual({ ok: true, objects: [{ object: "order", key: "a/b" }], next: "order/a/b" });
  await app.request(`/objects?after=${encodeURIComponent("order/a/b")}`);
  expect(host.attempts.map((attempt) => JSON.parse(attempt.body))).toEqual([
    { object: "order", status: "active", matches: "open", tag: "t", q: "a", limit: 1 },
    { after: { name: "order", key: "a/b" } },
  ]);
});
