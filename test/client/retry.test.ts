/** Retries: one id over all attempts, patience with hosts that are busy or gone, and honesty when time is over. */
import { expect, test } from "vitest";
import { StatorError } from "../../src/core/errors.ts";
import { DEFAULT_HOST_OPTIONS } from "../../src/core/options.ts";
import { after, receipt, refusal, setting } from "./fake-host.ts";

test("every attempt of a call carries the same message id, body and headers", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence", refusal("UNAVAILABLE"), refusal("OUTCOME_UNKNOWN"), (attempt) => receipt(attempt.messageId));
  const call = client.object("order", "o-1").send({ type: "PAY" }, { headers: { traceparent: "00-1-2-01" } });
  const got = await after(clock, 20_000, call);
  expect(host.attempts).toHaveLength(4);
  const [first] = host.attempts;
  expect(first?.messageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(first?.headers).toMatchObject({ traceparent: "00-1-2-01" });
  const own = { atMs: 0, reply: "" };
  for (const attempt of host.attempts) expect({ ...attempt, ...own }).toEqual({ ...first, ...own });
  expect(got).toMatchObject({ ok: true, messageId: first?.messageId });
});

test("two calls have two ids, and a given id is used as it is", async () => {
  const { clock, host, client } = setting();
  host.open();
  const order = client.object("order", "o-1");
  await after(clock, 10, order.send({ type: "PAY" }));
  await after(clock, 10, order.send({ type: "PAY" }));
  await after(clock, 10, order.create({ total: 1 }, { messageId: "mine-1", sentAt: new Date(0) }));
  const ids = host.attempts.map((attempt) => attempt.messageId);
  expect(new Set(ids).size).toBe(3);
  expect(ids[2]).toBe("mine-1");
  expect(host.attempts[2]?.headers).toMatchObject({ "Stator-Sent-At": "1970-01-01T00:00:00.000Z" });
});

test("a call outlives five seconds without any host", async () => {
  const { clock, host, client } = setting();
  const call = client.object("order", "o-1").send({ type: "PAY" });
  void clock.after(5_000, () => host.open());
  expect(await after(clock, 8_000, call)).toMatchObject({ ok: true });
});

test("a message whose host died is sent again before that host's lease is over, and either answer counts", async () => {
  const { clock, host, client, transport } = setting();
  host.open();
  host.answers("silence");
  const call = client.object("order", "o-1").send({ type: "PAY" });
  await clock.advance(DEFAULT_HOST_OPTIONS.leaseMs);
  const [first, second] = host.attempts;
  expect(host.attempts).toHaveLength(2);
  expect(second).toEqual({ ...first, atMs: second?.atMs });
  transport.publish(second?.reply ?? "", receipt(first?.messageId)); // of either: it is one reply subject
  expect(await after(clock, 0, call)).toMatchObject({ ok: true, messageId: first?.messageId });
  expect(first?.reply).toBe(second?.reply);
});

test("what is said of a message that was sent again is no proof of what became of the first", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence", refusal("UNAVAILABLE"));
  const call = client.object("order", "o-1").send({ type: "PAY" }, { timeoutMs: 4_000 });
  expect(await after(clock, 4_000, call)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
});

test("a crowd whose host is silent does not send everything again", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence");
  const calls = Array.from({ length: 1_000 }, (_, i) => client.object("order", `o-${i}`).get({ timeoutMs: 4_500 }));
  const ended = Promise.allSettled(calls);
  await clock.advance(4_500);
  await ended;
  expect(host.attempts.length).toBeGreaterThan(1_000);
  expect(host.attempts.length).toBeLessThan(1_200);
});

test("a long wait is not asked twice while it waits", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence");
  const waited = client.object("order", "o-1").waitFor({ matches: "paid" }, { timeoutMs: 2_900 });
  expect(await after(clock, 4_000, waited)).toMatchObject({ code: "UNAVAILABLE" });
  expect(host.attempts).toHaveLength(1);
});

test("reads are retried like writes", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("UNAVAILABLE"), "silence", receipt());
  expect(await after(clock, 15_000, client.object("order", "o-1").get())).toMatchObject({ ok: true });
  expect(host.attempts.map((attempt) => attempt.messageId)).toEqual([undefined, undefined, undefined]);
});

test("an overloaded host is left alone for as long as it asks", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("OVERLOADED", { retryAfterMs: 3_000 }), receipt());
  expect(await after(clock, 10_000, client.object("order", "o-1").send({ type: "PAY" }))).toMatchObject({ ok: true });
  const [first, second] = host.attempts;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(3_000);
});

test("a caller gives up at once when the host asks for more time than the caller has", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("OVERLOADED", { retryAfterMs: 3_000 }));
  const call = client.object("order", "o-1").send({ type: "PAY" }, { timeoutMs: 2_000 });
  expect(await after(clock, 10, call)).toMatchObject({ code: "OVERLOADED", details: { retryAfterMs: 3_000 } });
});

test("pauses grow to two seconds and are spread", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("UNAVAILABLE"));
  await after(clock, 31_000, client.object("order", "o-1").send({ type: "PAY" }));
  const times = host.attempts.map((attempt) => attempt.atMs);
  const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  expect(pauses[0]).toBeLessThanOrEqual(50);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(2_000);
  expect(Math.max(...pauses)).toBeGreaterThan(1_000);
  expect(new Set(pauses).size).toBe(pauses.length);
});

test("a crowd without luck slows down instead of beating on the hosts", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("UNAVAILABLE"));
  const order = client.object("order", "o-1");
  const calls = Array.from({ length: 200 }, () => order.send({ type: "PAY" }, { timeoutMs: 10_000 }));
  await after(clock, 11_000, Promise.allSettled(calls));
  expect(host.attempts.length).toBeLessThan(200 * 10);
  expect(host.attempts.length).toBeGreaterThan(200 * 3);
});

test("when an attempt may have been applied, the call ends as unknown and says how to go on", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence", refusal("UNAVAILABLE"));
  const call = client.object("order", "o-1").send({ type: "PAY" }, { messageId: "m-9", timeoutMs: 12_000 });
  const error = (await after(clock, 13_000, call)) as StatorError;
  expect(error).toBeInstanceOf(StatorError);
  expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: true, details: { messageId: "m-9" } });
  expect(error.message).toContain("send it again with the same message id m-9");
});

test("when nobody ever took the message, the call ends as unavailable", async () => {
  const { clock, client } = setting();
  const call = client.object("order", "o-1").send({ type: "PAY" }, { timeoutMs: 2_000 });
  expect(await after(clock, 3_000, call)).toMatchObject({ code: "UNAVAILABLE", retryable: true });
});

test("a read whose answers are lost is unavailable, never unknown", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence");
  const call = client.object("order", "o-1").get({ timeoutMs: 8_000 });
  expect(await after(clock, 9_000, call)).toMatchObject({ code: "UNAVAILABLE" });
});

test("a reply that is not understood counts as unknown", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("<html>", '{"ok":false,"error":{"code":"NEWER","message":"?"}}', "null", receipt());
  expect(await after(clock, 5_000, client.object("order", "o-1").send({ type: "PAY" }))).toMatchObject({ ok: true });
  host.answers("<html>");
  const call = client.object("order", "o-1").send({ type: "PAY" }, { timeoutMs: 1_000 });
  expect(await after(clock, 2_000, call)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
});

test("closing ends a call that waits, and says that its outcome is unknown where it is", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers("silence", refusal("UNAVAILABLE"));
  const send = client.object("order", "o-1").send({ type: "PAY" });
  await clock.advance(5_010);
  await client.close();
  expect(await after(clock, 0, send)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(await after(clock, 0, client.object("order", "o-1").get())).toMatchObject({ code: "UNAVAILABLE" });
});
