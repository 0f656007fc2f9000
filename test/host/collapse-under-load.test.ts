/** What is taken in must be what can be done in time: else every answer comes too late, and the host works for nobody. */
import { expect, test } from "vitest";
import { StatorError } from "../../src/core/errors.ts";
import { Admission } from "../../src/host/admission.ts";
import { Pace, type Work } from "../../src/host/pace.ts";
import { VirtualClock } from "../../src/memory/clock.ts";
import { SeededRandom } from "../../src/memory/random.ts";
import { Counters } from "../../src/ports/telemetry.ts";

interface Door {
  readonly clock: VirtualClock;
  readonly counters: Counters;
  readonly waiting: (() => void)[];
  /** Whether it was taken in. */
  ask(name: string, key: string): boolean;
  /** Each tick of 10 ms offers so many and answers so many of the oldest. */
  run(offered: number, done: number, ticks: number): Promise<void>;
}

function open(maxMailbox = 1_024): Door {
  const clock = new VirtualClock();
  const counters = new Counters();
  const options = { maxMailbox, maxWaiting: 10_000 };
  const admission = new Admission({ options, clock, random: new SeededRandom(1, clock), counters });
  const waiting: (() => void)[] = [];
  let asked = 0;
  const ask = (name: string, key: string): boolean => {
    try {
      waiting.push(admission.enter({ name, key }));
      return true;
    } catch (cause) {
      if (cause instanceof StatorError && cause.code === "OVERLOADED") return false;
      throw cause;
    }
  };
  return {
    clock,
    counters,
    waiting,
    ask,
    async run(offered, done, ticks) {
      for (let tick = 0; tick < ticks; tick++) {
        for (let i = 0; i < offered; i++) ask("thing", `${asked++}`);
        await clock.advance(10);
        for (const answer of waiting.splice(0, done)) answer();
      }
    },
  };
}

test("offered ten times what it answers, a host soon holds no more than it answers in a second", async () => {
  const door = open();
  await door.run(50, 5, 500); // 500 a second are answered
  expect(door.waiting.length).toBeLessThanOrEqual(500);
  expect(door.waiting.length).toBeGreaterThan(100);
});

test("a moment in which nothing is answered, as at a start, makes nobody be refused", async () => {
  const door = open();
  for (let i = 0; i < 500; i++) expect(door.ask("thing", `${i}`)).toBe(true);
  await door.clock.advance(900);
  for (const answer of door.waiting.splice(0)) answer();
  for (let i = 0; i < 500; i++) expect(door.ask("thing", `${i}`)).toBe(true);
  expect(door.counters.get("shed")).toBe(0);
});

test("once it is fast again it takes in as much as before", async () => {
  const door = open();
  await door.run(50, 5, 500);
  for (const answer of door.waiting.splice(0)) answer();
  await door.run(100, 100, 200); // 10,000 a second are answered, in 10 ms
  expect(door.counters.get("shed")).toBeGreaterThan(0);
  const before = door.counters.get("shed") ?? 0;
  await door.run(100, 100, 100);
  expect(door.counters.get("shed")).toBe(before);
});

test("a refusal says when to come again", () => {
  const door = open(1);
  expect(door.ask("thing", "a")).toBe(true);
  expect(door.ask("thing", "a")).toBe(false);
  expect(door.ask("thing", "b")).toBe(true);
});

test("a hot key and a flooded definition give way to others once half of the room is taken", () => {
  const door = open();
  let hot = 0;
  while (door.ask("thing", "hot")) hot++;
  expect(hot).toBe(512);
  let flood = 0;
  while (door.ask("thing", `${flood}`)) flood++;
  expect(hot + flood).toBeLessThan(1_024);
  expect(door.ask("other", "a")).toBe(true);
});

test("an answer that comes twice makes room once", () => {
  const door = open();
  while (door.ask("thing", "hot"));
  const [answer] = door.waiting;
  answer?.();
  answer?.();
  expect(door.ask("thing", "hot")).toBe(true);
  expect(door.ask("thing", "hot")).toBe(false);
});

/** Work that takes so long by a clock that stands still meanwhile. */
function pacing() {
  let spentMs = 0;
  const due: (() => void)[] = [];
  const clock = {
    monotonicMs: () => spentMs,
    wallMs: () => spentMs,
    after: (_: number, run: () => void) => {
      due.push(run);
      return () => undefined;
    },
  };
  const ran: number[] = [];
  const work = (id: number): Work => ({
    waiting: 1,
    pump: () => {
      ran.push(id);
      spentMs += 5;
    },
  });
  return { pace: new Pace(clock), work, ran, next: () => due.shift()?.() };
}

test("turns that come all at once do not keep heartbeats and commits waiting: they run in slices, in order", () => {
  const { pace, work, ran, next } = pacing();
  const all = Array.from({ length: 20 }, (_, id) => work(id));
  for (const each of all) pace.run(each);
  expect(ran.length).toBeLessThanOrEqual(5);
  next();
  expect(ran.length).toBeLessThanOrEqual(10);
  for (let slices = 0; slices < 10; slices++) next();
  expect(ran).toEqual(all.map((_, id) => id));
});

test("work that something else has done meanwhile is not run again", () => {
  const { pace, work, ran, next } = pacing();
  const all = Array.from({ length: 8 }, (_, id) => work(id));
  for (const each of all) pace.run(each);
  const before = ran.length;
  for (const each of all) Object.assign(each, { waiting: 0 });
  next();
  expect(ran.length).toBe(before);
});
