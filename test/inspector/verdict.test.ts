/** The sentence for each condition: what, why, what next, when. One table, so that a change of words is seen whole. */
import { expect, test } from "vitest";
import type { InvocationShown } from "../../src/inspector/api.ts";
import { type VerdictFacts, verdictOf } from "../../src/inspector/verdict.ts";

const AT = "2026-01-01T12:00:00.000Z";
const ago = (ms: number): string => new Date(Date.parse(AT) - ms).toISOString();
const MINUTE = 60_000;

const plain: VerdictFacts = {
  at: AT,
  condition: "waiting",
  state: "draft",
  since: ago(2 * MINUTE),
  invocations: [],
  timers: [],
  accepts: [],
  parked: undefined,
  paused: undefined,
  waiting: 0,
  killed: undefined,
  failure: undefined,
  held: [],
  say: undefined,
  stuck: undefined,
};

const run = (actor: string, more: Partial<InvocationShown> = {}): InvocationShown => ({
  id: `i/${actor}`,
  actor,
  invokeId: actor,
  input: undefined,
  attempts: 0,
  maxAttempts: 8,
  lastError: undefined,
  nextAt: undefined,
  isParked: false,
  ...more,
});

const gateway = { name: "Error", message: "Gateway Timeout", code: "504" };
const again = run("cancelHotel", { attempts: 2, lastError: gateway, nextAt: ago(-14_000) });
const noCars = { step: "car", error: "NoCarsLeft" };

const TABLE: readonly (readonly [string, Partial<VerdictFacts>, string])[] = [
  ["waits for events", { accepts: ["CANCEL", "PAY"] }, "Waits in draft for 2 min. It takes CANCEL and PAY."],
  [
    "waits for a timer",
    { timers: [{ label: "after 1d", dueAt: ago(-3 * 3_600_000) }] },
    "Waits in draft for 2 min. Its timer 'after 1d' fires in 3 h.",
  ],
  [
    "a timer is due",
    { timers: [{ label: "after 1d", dueAt: ago(1) }] },
    "Waits in draft for 2 min. Its timer 'after 1d' is due.",
  ],
  ["nothing will move it", {}, "Waits in draft for 2 min. Nothing will move it by itself."],
  [
    "runs",
    { condition: "running", state: "settling", invocations: [run("charge"), run("tickets"), run("charge")] },
    "Runs charge and tickets, in settling for 2 min.",
  ],
  [
    "tries again",
    { condition: "retrying", invocations: [again] },
    "Tries again what failed, in draft. cancelHotel is on attempt 3 of 8, last error 504: Gateway Timeout; next attempt in 14 s.",
  ],
  [
    "tries again without an end, right now",
    { condition: "retrying", invocations: [run("poll", { attempts: 40, maxAttempts: undefined })] },
    "Tries again what failed, in draft. poll is on attempt 41; an attempt runs now.",
  ],
  [
    "undoes",
    { condition: "compensating", failure: noCars, invocations: [again], held: ["flight", "hotel"] },
    "Undoing. car failed: NoCarsLeft, so what was done is undone. cancelHotel is on attempt 3 of 8, last error 504: " +
      "Gateway Timeout; next attempt in 14 s. Still held: flight and hotel.",
  ],
  ["undoes by hand", { condition: "compensating", state: "undo" }, "Undoing, in undo."],
  [
    "parked by its host",
    { condition: "parked", parked: { reason: "charge failed 5 times: 504.", since: ago(38 * MINUTE) } },
    "Waits for you since 38 min: charge failed 5 times: 504. Retry it, or skip what is parked.",
  ],
  [
    "parked by itself",
    { condition: "parked", failure: { step: "undo of hotel", error: "REFUSED: no" } },
    "Waits for you since 2 min: undo of hotel failed: REFUSED: no. Retry it, or skip what is parked.",
  ],
  [
    "paused",
    { condition: "paused", paused: "migration, by ann", invocations: [run("charge")] },
    "Paused: migration, by ann. Messages wait and timers fire when it is resumed. charge may still finish.",
  ],
  [
    "paused, with mail",
    { condition: "paused", paused: "migration, by ann", waiting: 3 },
    "Paused: migration, by ann. 3 messages wait, and timers fire when it is resumed.",
  ],
  ["done", { condition: "done", state: "paid" }, "Done since 2 min, in paid."],
  [
    "failed",
    { condition: "failed", state: "abandoned", failure: noCars, held: ["flight"] },
    "Failed 2 min ago, in abandoned. car failed: NoCarsLeft. Still held: flight.",
  ],
  ["undone", { condition: "canceled", failure: noCars }, "Undone 2 min ago. car failed: NoCarsLeft. Nothing is held."],
  [
    "killed",
    { condition: "killed", killed: { by: "ann", reason: "duplicate." }, held: ["flight", "hotel"] },
    "Killed 2 min ago by ann: duplicate. Nothing was undone: flight and hotel stay done.",
  ],
  ["the machine's own words", { say: "Waits for the bank.", accepts: ["PAY"] }, "Waits for the bank. It takes PAY."],
];

test.each(TABLE)("%s", (_, facts, sentence) => {
  expect(verdictOf({ ...plain, ...facts })).toBe(sentence);
});
