/** `defineObject` reports everything that can be seen without running XState, all at once. */
import { describe, expect, test } from "vitest";
import { type AnyActorRef, createMachine, fromPromise, setup } from "xstate";
import { z } from "zod";
import { defineMachine, defineObject, objectRef, promiseActor } from "../../src/core/define.ts";
import { StartupError } from "../../src/core/errors.ts";
import { DEFAULT_RETRY } from "../../src/core/retry.ts";

const nothing = z.object({});
const run = () => ({ id: "c" });
const charge = promiseActor({ input: z.object({ amount: z.number() }), output: z.object({ id: z.string() }) });
const refund = promiseActor({
  input: nothing,
  output: nothing,
  retry: { maxAttempts: 9 },
  timeoutMs: 50,
  run: () => ({}),
});

const pay = defineMachine({ context: nothing, events: { GO: nothing }, actors: { charge, refund } })
  .setup({ actions: { notify: (_, _params: { text: string }) => undefined } })
  .createMachine({ id: "pay", context: {} });

function refused(options: object): string {
  try {
    defineObject({
      name: "pay",
      machine: pay,
      actors: { charge: { run } },
      actions: { notify: () => 1 },
      ...options,
    } as never);
  } catch (cause) {
    expect(cause).toBeInstanceOf(StartupError);
    expect((cause as StartupError).code).toBe("INVALID_DEFINITION");
    return (cause as Error).message;
  }
  return "";
}

describe("a definition", () => {
  test("is a frozen value with everything the host needs", () => {
    const definition = defineObject({
      name: "pay",
      machine: pay,
      actors: { charge: { retry: { maxAttempts: 2 }, timeoutMs: 10, run } },
      actions: { notify: () => undefined },
    });
    expect(Object.isFrozen(definition)).toBe(true);
    expect(definition).toMatchObject({ name: "pay", version: "1", unhandled: "reject", private: false, machine: pay });
    expect(definition.actors.get("charge")).toMatchObject({
      retry: { ...DEFAULT_RETRY, maxAttempts: 2 },
      timeoutMs: 10,
      run,
    });
    expect(definition.actors.get("charge")?.input).toBe(charge.definition.input);
    expect(definition.actors.get("refund")).toMatchObject({
      retry: { ...DEFAULT_RETRY, maxAttempts: 9 },
      timeoutMs: 50,
    });
    expect([...definition.actions.keys()]).toEqual(["notify"]);
  });

  test("carries the schemas of the machine", () => {
    expect(pay.schemas).toMatchObject({ events: { GO: nothing }, input: undefined });
  });

  test("implements a plain fromPromise, and actors of nested machines, by name", () => {
    const work = fromPromise<number, number>(async () => 1);
    const nested = setup({ actors: { work } }).createMachine({ id: "nested" });
    const machine = defineMachine({ context: nothing, events: {}, actors: { nested } })
      .setup()
      .createMachine({ id: "m", context: {} });
    const definition = defineObject({ name: "m", machine, actors: { work: { run: ({ input }) => input + 1 } } });
    expect(definition.actors.get("work")?.run({ input: 1 } as never)).toBe(2);
  });
});

describe("what is refused", () => {
  test.each([
    [{ name: "9lives" }, 'name "9lives" must be a letter'],
    [{ version: "" }, "version must be a text that is not empty"],
    [{ unhandled: "drop" }, "unhandled must be 'reject' or 'ignore'"],
    [{ actors: {} }, "actor 'charge' has no implementation: give run in promiseActor() or in defineObject({ actors })"],
    [
      { actors: { charge: { run }, nope: { run } } },
      "actors.nope: the machine declares no such actor; it declares: charge, refund",
    ],
    [{ actors: { charge: { run }, refund: { run } } }, "actors.refund: implemented twice"],
    [
      { actors: { charge: { run, retry: { maxAttempts: 0 } } } },
      "actors.charge.retry.maxAttempts must be a positive number",
    ],
    [{ actors: { charge: { run, timeoutMs: -1 } } }, "actors.charge.timeoutMs must be a positive number, got -1"],
    [{ actions: {} }, "action 'notify' has no implementation in defineObject({ actions })"],
    [{ actions: { notify: 5 } }, "actions.notify must be a function"],
    [{ actions: { notify: run, nope: run } }, "actions.nope: the machine declares no such action; it declares: notify"],
    [{ machine: createMachine({ id: "m" }) }, "machine has no event schemas: make it with defineMachine()"],
  ])("%j", (options, message) => {
    expect(refused(options)).toContain(message);
  });

  test("all findings stand in one error", () => {
    expect(refused({ name: "", version: "", actors: {}, actions: {} }).split("\n")).toHaveLength(5);
  });

  test.each([
    [{ "xstate.done": nothing }, "events.xstate.done: types that begin with xstate. or stator. are reserved"],
    [{ "stator.x": nothing }, "events.stator.x: types that begin"],
    [{ toString: nothing }, "events.toString: is the name of a member of every object"],
    [{ "": nothing }, 'events."": must not be empty'],
    [{ "a.*": nothing }, 'events."a.*": must not be empty and hold no *'],
    [{ GO: z.string() }, "events.GO: must be a z.object()"],
    [{ GO: z.object({ type: z.string() }) }, "events.GO.type: is set by Stator, leave it out"],
  ])("events %j", (events, message) => {
    const machine = createMachine({ id: "m", schemas: { events } } as never);
    expect(refused({ machine, actors: {}, actions: {} })).toContain(message);
  });

  test("two machines that mean different actors by one name", () => {
    const other = promiseActor({ input: nothing, output: nothing });
    const nested = setup({ actors: { charge: other } }).createMachine({ id: "nested" });
    const machine = defineMachine({ context: nothing, events: {}, actors: { nested, charge } })
      .setup()
      .createMachine({ id: "m", context: {} });
    expect(refused({ machine, actions: {} })).toContain(
      "actors.charge: two machines mean different actors by this name",
    );
  });
});

describe("objectRef", () => {
  const system = { get: (id: string) => id as unknown as AnyActorRef };

  test("names another object, by definition or by name", () => {
    expect(objectRef("account", "a/1")({ system } as never)).toBe("object:account/a/1");
    expect(objectRef({ name: "account", machine: pay }, "k")({ system } as never)).toBe("object:account/k");
  });

  test("refuses a name or a key that no object can have", () => {
    expect(() => objectRef("no name", "k")).toThrow('"no name" is not the name of an object');
    expect(() => objectRef("account", "")).toThrow("must not be empty");
  });
});

test("the body of a promise actor never runs inside a turn", async () => {
  const { config } = charge as unknown as { config: () => Promise<unknown> };
  await expect(config()).rejects.toThrow("a promise actor runs after the commit of its turn");
});
