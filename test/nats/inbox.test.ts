/** One sweep for all timeouts, on a clock that moves when told to. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../src/memory/clock.ts";
import { Inbox } from "../../src/nats/inbox.ts";
import type { Incoming } from "../../src/ports/transport.ts";

function open(): {
  readonly clock: VirtualClock;
  readonly inbox: Inbox;
  readonly ended: string[];
  ask(name: string, timeoutMs: number): string;
} {
  const clock = new VirtualClock();
  const inbox = new Inbox("_INBOX.x", clock);
  const ended: string[] = [];
  const ask = (name: string, timeoutMs: number): string => {
    let subject = "";
    const send = (reply: string): void => {
      subject = reply;
    };
    void inbox.one("t", { timeoutMs }, send).then(
      () => ended.push(name),
      (cause: Error) => ended.push(`${name} ${cause.name} at ${clock.monotonicMs()}`),
    );
    return subject;
  };
  return { clock, inbox, ended, ask };
}

const message = (subject: string): Incoming => ({
  subject,
  data: new Uint8Array(),
  reply: undefined,
  header: () => undefined,
  headers: () => ({}),
});

test("1,000 pending requests share one timer, and none is left when all are answered", async () => {
  const { clock, inbox, ended, ask } = open();
  const replies = Array.from({ length: 1_000 }, (_, i) => ask(`${i}`, 1_000));
  expect(new Set(replies).size).toBe(1_000);
  expect(clock.pending).toBe(1);
  for (const reply of replies) inbox.answer(message(reply));
  await clock.advance(1_000);
  expect(clock.pending).toBe(0);
  expect(ended).toHaveLength(1_000);
});

test("each request ends at its own deadline; one that is close behind another waits for the next sweep", async () => {
  const { clock, ended, ask } = open();
  ask("long", 1_000);
  ask("short", 50);
  ask("close", 51);
  await clock.advance(5_000);
  expect(ended).toEqual(["short NoAnswerError at 50", "close NoAnswerError at 60", "long NoAnswerError at 1000"]);
});

test("what is to be sent again is sent once, at its time, and costs no timer of its own", async () => {
  const { clock, inbox } = open();
  const sent: string[] = [];
  const ask = (name: string): Promise<unknown> =>
    inbox.one(
      name,
      { timeoutMs: 1_000, again: { afterMs: 400, subject: () => `${name} again` } },
      (_, to) => void sent.push(`${to} at ${clock.monotonicMs()}`),
    );
  const both = Promise.allSettled([ask("a"), ask("b")]);
  expect(clock.pending).toBe(1);
  await clock.advance(5_000);
  await both;
  expect(sent).toEqual(["a at 0", "b at 0", "a again at 400", "b again at 400"]);
});

test("a request that cannot be sent leaves nothing pending", async () => {
  const { clock, inbox } = open();
  const refused = inbox.one("t", { timeoutMs: 1_000 }, () => {
    throw new Error("refused");
  });
  await expect(refused).rejects.toThrow("refused");
  expect(clock.pending).toBe(0);
});

test("answers to strangers and to those who gave up are dropped", async () => {
  const { clock, inbox, ended, ask } = open();
  const reply = ask("late", 50);
  expect(inbox.isStale(reply)).toBe(false);
  await clock.advance(50);
  inbox.answer(message(reply));
  inbox.answer(message("_INBOX.x.zz"));
  inbox.noResponders(reply);
  expect(inbox.isStale(reply)).toBe(true);
  expect(inbox.isStale("_INBOX.another.1")).toBe(false);
  expect(ended).toEqual(["late NoAnswerError at 50"]);
});

test("closing ends all that wait", async () => {
  const { clock, inbox, ended, ask } = open();
  ask("a", 50);
  ask("b", 5_000);
  inbox.close();
  await clock.advance(0);
  expect(ended).toEqual(["a NoAnswerError at 0", "b NoAnswerError at 0"]);
  expect(clock.pending).toBe(0);
});
