/** Random runs of built sagas on the real engine; a model of the outside world judges what is left when they end. */
import { expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { booking, checkout, holiday, order, plan } from "./examples.ts";
import { type Answer, type Call, Run, World } from "./world.ts";

const RUNS = 500;

interface Case {
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  /** What the world holds when the saga has completed. */
  readonly all: readonly string[];
}
const ITEMS = { items: ["a", "b", "c"] };
const CASES: readonly Case[] = [
  { machine: plan, input: ITEMS, all: ["add[0]", "add[1]", "add[2]", "pay"] },
  { machine: booking, input: { to: "x" }, all: ["flight", "hotel"] },
  { machine: order, input: ITEMS, all: ["add[0]", "add[1]", "add[2]", "archive", "credit", "pay"] },
  { machine: holiday, input: { to: "x" }, all: ["card", "flight", "gift", "hotel", "leave"] },
  {
    machine: checkout,
    input: { orderId: "o", amount: 1 },
    all: ["charge", "commit", "mail", "reserve", "ship", "stock"],
  },
];

interface Total {
  completed: number;
  compensated: number;
  wrong: string[];
  compensations: number;
  retries: number;
}

/** A linear congruential generator: the same runs each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** 15 % of actions fail, half of them after having happened; 15 % are late; 10 % of answers come twice. */
function answerBy(random: () => number, { actor }: Call): Answer {
  const isUndo = actor.startsWith("undo:");
  const isClean = actor === "commit" || actor === "charge"; // say that their failure is proof
  const fails = random() < (isUndo ? 0.3 : 0.15);
  const applies = !fails || (!isClean && random() < 0.5);
  const delayMs = 1 + random() * 20;
  const lateMs = random() < 0.15 ? random() * 200 : 0;
  return {
    fails,
    applies,
    effectMs: delayMs + lateMs,
    answerMs: delayMs + (fails ? 0 : lateMs) + 0.001,
    ...(random() < 0.1 ? { againMs: delayMs + lateMs + 30 } : {}),
  };
}

function runOne(seed: number, hasTombstones: boolean, total: Total): void {
  const random = randomFrom(seed * 7_919 + 1);
  const { machine, input, all } = CASES[seed % CASES.length] as Case;
  const run = new Run(machine, input, (call) => answerBy(random, call), new World(hasTombstones));
  if (random() < 0.3) run.at(random() * 120, () => run.send({ type: "CANCEL" }));
  for (let i = 0; i < 3_000 && (run.step() || run.view.status === "active"); i++) {
    if (run.view.status !== "active" || run.isBusy) continue;
    // Quiet and not finished: parked, and that must show. An operator tries again.
    if (!run.view.tags.includes("parked")) break;
    total.retries++;
    if (!run.send({ type: "RETRY" })) break;
  }
  total.compensations += run.calls.filter(({ actor }) => actor.startsWith("undo:")).length;
  const output = run.view.output as { status?: "completed" | "compensated" } | undefined;
  const expected = output?.status === "completed" ? all : [];
  if (output?.status === "completed" || output?.status === "compensated") total[output.status]++;
  if (output?.status === undefined || run.world.held.join() !== expected.join()) {
    total.wrong.push(`seed ${seed}, ${machine.id}, ${output?.status}: holds ${run.world.held.join()}`);
  }
}

function runAll(hasTombstones: boolean): Total {
  const total: Total = { completed: 0, compensated: 0, wrong: [], compensations: 0, retries: 0 };
  for (let seed = 1; seed <= RUNS; seed++) runOne(seed, hasTombstones, total);
  return total;
}

test(`of ${RUNS} random runs each ends with everything done, or with nothing held`, () => {
  const total = runAll(true);
  expect(total.wrong).toEqual([]);
  expect(total.completed + total.compensated).toBe(RUNS);
  expect(Math.min(total.completed, total.compensated)).toBeGreaterThan(RUNS / 5);
  expect(Math.min(total.compensations, total.retries)).toBeGreaterThan(RUNS / 10);
});

test("the judge is awake: where partners keep no tombstones, some runs leave something behind", () => {
  expect(runAll(false).wrong.length).toBeGreaterThan(0);
});
