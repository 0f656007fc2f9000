/** A compensation that overtakes its action leaves a tombstone, which refuses the action; in an object that is exact. */
import { expect, test } from "vitest";
import { accountObject, transferObject } from "../../actors/sagas.ts";
import type { ObjectDefinition } from "../../src/core/define.ts";
import { createEngine } from "../../src/engine/create.ts";
import { effectOf, MAX_STEPS, type Steps, stepDone, stepState, stepUndone } from "../../src/saga/index.ts";

test("an action takes effect once, and not at all after its compensation", () => {
  const none: Steps<number> = {};
  expect(stepState(none, "k")).toBe("new");
  const done = stepDone(none, "k", 5);
  expect([stepState(done, "k"), effectOf(done, "k")]).toEqual(["done", 5]);
  const undone = stepUndone(done, "k");
  expect([stepState(undone, "k"), effectOf(undone, "k")]).toEqual(["undone", undefined]);
  expect(stepState(stepUndone(none, "k"), "k")).toBe("undone");
  expect(stepState({}, "toString")).toBe("new");
});

test("the oldest steps are forgotten", () => {
  let steps: Steps<number> = {};
  for (let i = 0; i <= MAX_STEPS; i++) steps = stepDone(steps, `k${i}`, i);
  expect(Object.keys(steps)).toHaveLength(MAX_STEPS);
  expect([stepState(steps, "k0"), stepState(steps, "k1")]).toEqual(["new", "done"]);
});

interface Posted {
  readonly to: string;
  readonly message: Parameters<ReturnType<ReturnType<typeof createEngine>["restore"]>["handle"]>[0];
}

/** Objects on the engine, with a post between them that delivers in any order, once. */
class Bank {
  readonly #objects = new Map<string, { definition: ObjectDefinition; text: string; revision: number }>();
  readonly #engines = new Map<string, ReturnType<typeof createEngine>>();
  readonly #post: Posted[] = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  create(definition: ObjectDefinition, key: string, input: unknown): void {
    const engine = this.#engines.get(definition.name) ?? createEngine(definition);
    this.#engines.set(definition.name, engine);
    const context = { address: { name: definition.name, key }, incarnation: "life", revision: 1 };
    this.#settle(`${definition.name}/${key}`, definition, 1, engine.create(input, context).turn);
  }

  post(to: string, message: Posted["message"]): void {
    this.#post.push({ to, message });
  }

  /** Timers fire too early or too late, messages overtake each other. */
  run(): void {
    while (this.#post.length > 0) {
      const [{ to, message }] = this.#post.splice(Math.floor(this.#random() * this.#post.length), 1) as [Posted];
      const object = this.#objects.get(to);
      if (object === undefined) throw new Error(`nobody is ${to}`);
      const context = { address: addressOf(to), incarnation: "life" };
      const live = this.#engines.get(object.definition.name)?.restore(object.text, context);
      const turn = live?.handle(message, { ...context, revision: object.revision + 1 });
      if (turn !== undefined) this.#settle(to, object.definition, object.revision + 1, turn);
    }
  }

  #settle(
    address: string,
    definition: ObjectDefinition,
    revision: number,
    turn: ReturnType<ReturnType<typeof createEngine>["create"]>["turn"],
  ): void {
    if (turn.kind === "rejected") throw turn.error;
    if (turn.kind === "ignored" || !turn.handled) return;
    this.#objects.set(address, { definition, text: turn.snapshot, revision });
    for (const effect of turn.effects) {
      if (effect.kind === "send")
        this.post(`${effect.to.name}/${effect.to.key}`, { kind: "event", event: effect.event });
      if (effect.kind === "timer.set" && this.#random() < 0.3) {
        this.post(address, { kind: "timer", timer: effect.timer, generation: effect.generation });
      }
    }
  }

  snapshots(name: string): readonly {
    readonly status: string;
    readonly context: Record<string, unknown>;
    readonly output?: { status: string };
  }[] {
    const own = [...this.#objects].filter(([address]) => address.startsWith(`${name}/`));
    return own.map(([, { text }]) => (JSON.parse(text) as { snapshot: never }).snapshot);
  }
}
const addressOf = (text: string) => ({
  name: text.slice(0, text.indexOf("/")),
  key: text.slice(text.indexOf("/") + 1),
});

test("money is neither made nor lost, though messages overtake each other and answers time out", () => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const bank = new Bank(random);
  for (let i = 0; i < 10; i++) bank.create(accountObject, `a${i}`, { balance: 100 });
  for (let i = 0; i < 200; i++) {
    const amount = 1 + Math.floor(random() * 60);
    bank.create(transferObject, `t${i}`, {
      from: `a${Math.floor(random() * 10)}`,
      to: `a${Math.floor(random() * 10)}`,
      amount,
    });
    if (random() < 0.2) bank.post(`transfer/t${i}`, { kind: "event", event: { type: "CANCEL" } });
  }
  bank.run();
  const balances = bank.snapshots("account").map(({ context }) => context["balance"] as number);
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(1_000);
  const transfers = bank.snapshots("transfer");
  expect(transfers.filter(({ status }) => status !== "done")).toEqual([]);
  const ended = transfers.map(({ output }) => output?.status);
  expect(new Set(ended)).toEqual(new Set(["completed", "compensated"]));
});
