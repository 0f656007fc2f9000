/** A refusal reaches the caller as the host wrote it; what no host would take is refused before it is sent. */
import { expect, test } from "vitest";
import { ERROR_STATUS, type ErrorCode, StatorError } from "../../src/core/errors.ts";
import { after, refusal, setting } from "./fake-host.ts";

const FINAL = (Object.keys(ERROR_STATUS) as ErrorCode[]).filter((code) => !new StatorError(code, "").retryable);

test.each(FINAL)("%s ends the call at the first attempt, with its details", async (code) => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal(code, { accepts: ["PAY"] }));
  const error = await after(clock, 100, client.object("order", "o-1").send({ type: "PAY" }));
  expect(error).toMatchObject({
    code,
    message: `refused with ${code}`,
    retryable: false,
    details: { accepts: ["PAY"] },
  });
  expect(host.attempts).toHaveLength(1);
});

test("CANNOT_HAPPEN passes through a wait", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.answers(refusal("CANNOT_HAPPEN"));
  expect(await after(clock, 100, client.object("order", "o-1").waitFor({ matches: "paid" }))).toMatchObject({
    code: "CANNOT_HAPPEN",
  });
});

test.each([
  ["a message id with a space", { messageId: "a b" }],
  ["a message id that only hosts make", { messageId: "timer/x/1" }],
  ["a header that only hosts set", { headers: { "stator-to": "send.order.other" } }],
  ["a header with a line break", { headers: { traceparent: "a\r\nStator-Mac: b" } }],
  ["a header name with a colon", { headers: { "a:b": "c" } }],
  ["a negative delay", { delay: -1 }],
  ["a delay that is no duration", { delay: "soon" }],
  ["a delay that is no date", { delay: new Date(Number.NaN) }],
  ["a time-out of nothing", { timeoutMs: 0 }],
])("%s is refused before anything is sent", async (_name, options) => {
  const { clock, host, client } = setting();
  host.open();
  const call = client.object("order", "o-1").send({ type: "PAY" }, options);
  expect(await after(clock, 0, call)).toMatchObject({ code: "INVALID_REQUEST" });
  expect(host.attempts).toHaveLength(0);
});

test("a body above the limit is refused before it is sent", async () => {
  const { clock, host, client } = setting();
  host.open();
  const call = client.object("order", "o-1").send({ type: "PAY", note: "x".repeat(256 * 1024) });
  expect(await after(clock, 0, call)).toMatchObject({ code: "TOO_LARGE" });
  expect(host.attempts).toHaveLength(0);
});

test("what is not JSON is refused before it is sent", async () => {
  const { clock, client } = setting();
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(await after(clock, 0, client.object("order", "o-1").create(cycle))).toMatchObject({ code: "INVALID_REQUEST" });
});

test.each([
  ["5m", "5m"],
  [1_500, "1500ms"],
  [new Date(Date.UTC(2026, 5, 1)), "2026-06-01T00:00:00.000Z"],
])("the delay %s travels as %s", async (delay, header) => {
  const { clock, host, client } = setting();
  host.open();
  await after(clock, 10, client.object("order", "o-1").send({ type: "PAY" }, { delay }));
  expect(host.attempts[0]?.headers).toMatchObject({ "Stator-Delay": header });
});
