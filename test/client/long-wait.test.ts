/** Waits of any length are several requests of at most 30 s; no host is held longer, and hosts may go in between. */
import { expect, test } from "vitest";
import { WAIT_SLICE_MS } from "../../src/client/options.ts";
import { MAX_WAIT_MS } from "../../src/core/wire.ts";
import { type Attempt, after, refusal, setting, snapshot } from "./fake-host.ts";

/** A host that answers a wait as the real one does: when its time is over, or when `reachedAtMs` has come. */
function waitingHost(reachedAtMs: number) {
  const made = setting();
  const { clock, host, broker } = made;
  const asked: Attempt[] = [];
  const transport = broker.connect({ name: "waiting" });
  transport.subscribe("stator.default.wait.order.*", (message) => {
    const body = Buffer.from(message.data).toString("utf8");
    const { timeoutMs } = JSON.parse(body) as { timeoutMs: number };
    const nowMs = clock.monotonicMs();
    asked.push({
      subject: message.subject,
      body,
      messageId: undefined,
      to: undefined,
      reply: undefined,
      headers: {},
      atMs: nowMs,
    });
    const isReached = reachedAtMs <= nowMs + timeoutMs;
    clock.after(isReached ? Math.max(0, reachedAtMs - nowMs) : timeoutMs, () => {
      if (message.reply === undefined) return;
      transport.publish(message.reply, isReached ? snapshot : TIMEOUT);
    });
  });
  return { ...made, host, asked };
}
const TIMEOUT = JSON.stringify({ ok: false, error: refusal("TIMEOUT", { value: "open" }).toBody() });

test("a long wait asks again every few seconds, so that a host that died with it costs no more", async () => {
  const { clock, client, asked } = waitingHost(100_000);
  const got = await after(clock, 101_000, client.object("order", "o-1").waitFor({ matches: "paid" }));
  expect(got).toEqual(JSON.parse(snapshot));
  expect(asked.length).toBe(Math.ceil(100_000 / WAIT_SLICE_MS));
  for (const { body } of asked) expect(JSON.parse(body).until).toEqual({ matches: "paid" });
  for (const { body } of asked) expect(JSON.parse(body).timeoutMs).toBeLessThanOrEqual(WAIT_SLICE_MS);
});

test("a wait in vain ends with TIMEOUT when its own time is over, not a request's", async () => {
  const { clock, client } = waitingHost(Number.POSITIVE_INFINITY);
  const call = client.object("order", "o-1").waitFor({ tag: "busy" }, { timeoutMs: 70_000 });
  const early = call.then(
    () => "ended",
    () => "ended",
  );
  await clock.advance(69_000);
  expect(await Promise.race([early, Promise.resolve("waiting")])).toBe("waiting");
  const error = await after(clock, 1_500, call);
  expect(error).toMatchObject({ code: "TIMEOUT", details: { value: "open" } });
  expect(String(error)).toContain('order/o-1 did not come to {"tag":"busy"} within 1 min');
});

test("a wait is five minutes long unless told otherwise", async () => {
  const { clock, client } = waitingHost(Number.POSITIVE_INFINITY);
  const call = client.object("order", "o-1").waitFor({ status: "done" });
  call.catch(() => undefined);
  await clock.advance(299_000);
  expect(await after(clock, 2_000, call)).toMatchObject({ code: "TIMEOUT" });
});

test("a wait survives hosts that come and go", async () => {
  const { clock, host, client } = setting();
  host.answers(refusal("UNAVAILABLE"), "silence", snapshot);
  clock.after(3_000, () => host.open());
  const call = client.object("order", "o-1").waitFor({ status: "done" }, { timeoutMs: 120_000 });
  expect(await after(clock, 60_000, call)).toMatchObject({ ok: true });
  expect(host.attempts).toHaveLength(3);
});

test("result waits until the object is done and gives its output", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers((attempt) => {
    expect(JSON.parse(attempt.body).until).toEqual({ status: "done" });
    return snapshot.replace('"output":null', '"output":{"paid":true}');
  });
  expect(await after(clock, 10, client.object("order", "o-1").result())).toEqual({ paid: true });
});

test("a wait can be ended by its caller", async () => {
  const { clock, client } = waitingHost(Number.POSITIVE_INFINITY);
  const stop = new AbortController();
  const call = client.object("order", "o-1").waitFor({ status: "done" }, { signal: stop.signal });
  const ended = expect(call).rejects.toThrow("enough");
  stop.abort(new Error("enough"));
  await clock.advance(MAX_WAIT_MS + 10);
  await ended;
});
