import { expect, test } from "vitest";
import { payment } from "../../actors/payment.ts";

const attempt = (method: string, idempotencyKey: string, attempt = 1, signal = new AbortController().signal) =>
  payment.run({ input: { amount: 10, method }, idempotencyKey, attempt, signal });

test("the same key is charged once and answered alike", async () => {
  const first = await attempt("card", "key-a");
  expect(await attempt("card", "key-a", 2)).toEqual(first);
  expect(await attempt("card", "key-b")).not.toEqual(first);
});

test("a flaky card fails twice for reasons that pass, a declined one for good", async () => {
  await expect(attempt("flaky", "key-c", 1)).rejects.toThrow("does not answer");
  await expect(attempt("flaky", "key-c", 2)).rejects.toThrow("does not answer");
  await expect(attempt("flaky", "key-c", 3)).resolves.toHaveProperty("chargeId");
  await expect(attempt("declined", "key-d")).rejects.toMatchObject({
    name: "TerminalError",
    code: "CARD_DECLINED",
    data: { method: "declined" },
  });
});

test("a slow charge ends when its signal says so, and has charged nothing", async () => {
  const controller = new AbortController();
  const running = attempt("slow", "key-e", 1, controller.signal);
  controller.abort();
  await expect(running).rejects.toThrow("aborted");
});
