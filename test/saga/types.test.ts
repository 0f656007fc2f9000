/** What the compiler must refuse of a saga, and what is refused when it is built. */
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { ask, defineObject, type EventOf, type InputOf, type OutputOf, promiseActor } from "../../src/core/define.ts";
import { compensation, none, saga } from "../../src/saga/index.ts";
import { action, booking, type checkout, named, plan } from "./examples.ts";
import { small } from "./small.ts";

const input = z.object({ userId: z.string() });
const begun = saga("typed", { input });
const pay = promiseActor({
  input: z.object({ userId: z.string(), stepKey: z.string() }),
  output: z.object({ paymentId: z.string() }),
});
const ping = promiseActor({ input: z.object({}), output: z.object({ at: z.number() }) });
const remove = promiseActor({ input: z.object({ paymentId: z.string().optional() }), output: z.unknown() });
const paid = begun.step("pay", {
  do: pay,
  input: ({ input }) => ({ userId: input.userId }),
  compensate: remove,
  compensateInput: ({ asked, result, uncertain, results }) => {
    expectTypeOf(asked).toEqualTypeOf<{ userId: string; stepKey: string }>();
    expectTypeOf(result).toEqualTypeOf<{ paymentId: string } | undefined>();
    expectTypeOf(uncertain).toBeBoolean();
    expectTypeOf(results).toEqualTypeOf<Record<never, never>>();
    return result === undefined ? {} : { paymentId: result.paymentId };
  },
});

test("input, results and output are typed through", () => {
  const machine = paid
    .step("ping", { do: ping, compensate: none("reads only") })
    .each("items", {
      items: ({ results }) => [results.pay.paymentId, "b"],
      do: pay,
      input: ({ item, index, results }) => {
        expectTypeOf(item).toBeString();
        expectTypeOf(index).toBeNumber();
        expectTypeOf(results.ping.at).toBeNumber();
        return { userId: item };
      },
      compensate: compensation(pay),
    })
    .machine({ output: ({ results }) => results.items.map(({ paymentId }) => paymentId) });
  const object = defineObject({
    name: "typed",
    machine,
    actors: {
      pay: {
        run: ({ input }) => {
          expectTypeOf(input).toEqualTypeOf<{ userId: string; stepKey: string }>();
          return { paymentId: input.stepKey };
        },
      },
      "undo:pay": { run: ({ input }) => input.paymentId },
      ping: { run: () => ({ at: 1 }) },
      items: { run: () => ({ paymentId: "" }) },
      "undo:items": { run: ({ input }) => input.asked.userId },
    },
  });
  type Typed = typeof object;
  expectTypeOf<InputOf<Typed>>().toEqualTypeOf<{ userId: string }>();
  expectTypeOf<Extract<OutputOf<Typed>, { status: "completed" }>["value"]>().toEqualTypeOf<string[]>();
  expectTypeOf<OutputOf<Typed>["status"]>().toEqualTypeOf<"completed" | "compensated">();
  expectTypeOf<EventOf<Typed>["type"]>().toEqualTypeOf<"CANCEL" | "RETRY" | "SKIP">();
  expect([...object.actors.keys()].sort()).toEqual(["items", "pay", "ping", "undo:items", "undo:pay"]);
});

test("a saga with a pivot or with reservations can end abandoned", () => {
  type Status<M> = OutputOf<{ machine: M extends typeof checkout ? M : never }>["status"];
  expectTypeOf<Status<typeof checkout>>().toEqualTypeOf<"completed" | "compensated" | "abandoned">();
  expect(Object.keys(booking.root.states)).toContain("abandoned");
  expect(Object.keys(plan.root.states)).not.toContain("abandoned");
});

test("another object can be a step: the key goes where the partner looks for it", () => {
  const debit = ask("account");
  const machine = begun
    .step("debit", {
      do: debit,
      input: ({ input, stepKey }) => ({ key: input.userId, event: { type: "DEBIT", amount: 1, stepKey } }),
      compensate: debit,
      compensateInput: ({ input, stepKey }) => ({ key: input.userId, event: { type: "UNDO_DEBIT", stepKey } }),
    })
    .machine({ output: ({ results }) => results.debit.revision });
  expect(Object.keys(machine.implementations.actors ?? {})).toEqual(["debit", "undo:debit"]);
});

test("what does not fit is refused by the compiler", () => {
  const refused = [
    // @ts-expect-error no compensation before the pivot
    () => begun.step("pay", { do: pay, input: () => ({ userId: "" }) }),
    // @ts-expect-error no input for an action that needs one
    () => begun.step("pay", { do: pay, compensate: compensation(pay) }),
    // @ts-expect-error wrong input
    () => begun.step("pay", { do: pay, input: () => ({ userId: 1 }), compensate: compensation(pay) }),
    // @ts-expect-error the compensation needs an input of its own
    () => begun.step("pay", { do: pay, input: () => ({ userId: "" }), compensate: pay }),
    // @ts-expect-error the result of a step that comes later
    () => begun.step("ping", { do: pay, input: ({ results }) => ({ userId: results.pay }), compensate: none("x") }),
    // @ts-expect-error a pivot without compensation or cleanFailure
    () => begun.pivot("ping", { do: ping }),
    // @ts-expect-error a compensation after the pivot
    () => begun.pivot("p", { do: ping, cleanFailure: true }).step("q", { do: ping, compensate: none("x") }),
    // @ts-expect-error a reservation after the pivot
    () => begun.pivot("p", { do: ping, cleanFailure: true }).reserve("q", {}),
    // @ts-expect-error no compensation in a branch
    () => begun.parallel("both", { a: { do: ping } }),
    // @ts-expect-error wrong input in a branch
    () => begun.parallel("both", { a: { do: pay, input: () => ({ userId: 1 }), compensate: none("x") } }),
    // @ts-expect-error an item of the wrong type
    () => begun.each("i", { items: () => [1], do: pay, input: (a) => ({ userId: a.item }), compensate: none("x") }),
    // @ts-expect-error wrong input of a nested saga
    () => begun.nested("plan", { saga: plan, input: () => ({ items: [1] }) }),
    // @ts-expect-error confirm does not take what the reservation gives
    () => begun.reserve("r", { reserve: ping, confirm: remove, cancel: compensation(pay) }),
    // @ts-expect-error a step that the output does not have
    () => paid.machine({ output: ({ results }) => results.nope }),
  ];
  expect(refused).toHaveLength(14);
});

test("what makes no sense is refused when the saga is built", () => {
  const step = { do: ping, compensate: none("reads only") };
  const late = { do: ping, compensate: compensation(ping) };
  const built = (make: () => { machine: (options: { output: () => null }) => unknown }) => () =>
    make().machine({ output: () => null });
  expect(built(() => begun)).toThrow("has no steps");
  expect(built(() => begun.step("a", step).step("a", step))).toThrow("duplicate step 'a'");
  expect(built(() => begun.parallel("a", { b: step }).step("b", step))).toThrow("duplicate step 'b'");
  expect(built(() => begun.step("a b", step))).toThrow("must be a letter");
  expect(built(() => begun.step("a", { ...step, timeoutMs: 0 }))).toThrow("timeoutMs must be a positive number");
  expect(built(() => begun.pivot("a", { do: ping } as never))).toThrow("needs a compensation or cleanFailure");
  const pivot = begun.pivot("a", { do: ping, cleanFailure: true });
  expect(built(() => pivot.step("b", late as never))).toThrow("after the pivot and must not have a compensation");
  const twice = pivot as unknown as typeof begun;
  expect(built(() => twice.pivot("b", { do: ping, cleanFailure: true }))).toThrow("two points of no return: a, b");
  const foreign = small() as unknown as typeof plan;
  expect(() => begun.nested("a", { saga: foreign, input: () => ({ items: [] }) })).toThrow(
    "a machine that saga() made",
  );
  expect(() => none(" ")).toThrow("needs the reason");
});

test("a builder is a value, and a step's retry policy leaves the actor alone", () => {
  const one = action();
  const options = { do: one, input: named("x"), compensate: none("x"), retry: { maxAttempts: 2 } };
  const machine = begun.step("a", options).machine({ output: () => null });
  begun.step("b", options);
  expect(Object.keys(machine.implementations.actors ?? {})).toEqual(["a"]);
  const run = () => ({ id: "" });
  const policy = (actor: typeof machine) =>
    defineObject({ name: "x", machine: actor, actors: { a: { run } } }).actors.get("a")?.retry;
  expect(policy(machine)).toMatchObject({ maxAttempts: 2 });
  expect(one.definition.retry).toBeUndefined();
});
