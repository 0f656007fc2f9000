/** What a definition is refused for: every finding at once, each with its place. */
import { describe, expect, test } from "vitest";
import {
  enqueueActions,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  raise,
  spawnChild,
} from "xstate";
import { defineObject } from "../../src/core/define.ts";
import { createEngine } from "../../src/engine/create.ts";
import { lintDefinition } from "../../src/engine/lint.ts";
import { looseMachine } from "./kit.ts";

const p = fromPromise(async () => 1);
const mail = () => undefined;
const subscribable = () => ({ subscribe: () => ({ unsubscribe: () => undefined }) });

function findings(
  level: "error" | "warning",
  config: object,
  implementations: object = {},
  promises = ["p"],
): string[] {
  const machine = looseMachine(
    config,
    { ...implementations, actors: { p, ...Reflect.get(implementations, "actors") } },
    ["GO"],
  );
  const actors = Object.fromEntries(promises.map((name) => [name, { run: () => 1 }]));
  return lintDefinition(defineObject({ name: "m", machine, actors } as never))
    .filter((finding) => finding.level === level)
    .map(({ place, message }) => `${place}: ${message}`);
}

const ERRORS: readonly (readonly [string, object, object, string])[] = [
  [
    "an initial state that does not exist",
    { initial: "nope", states: { a: {} } },
    {},
    'm: Initial state node "nope" not found on parent state node #m',
  ],
  [
    "callback logic",
    {},
    { actors: { cb: fromCallback(() => undefined) } },
    "m.actors.cb: callback logic holds process-local state",
  ],
  [
    "observable logic",
    {},
    { actors: { o: fromObservable(subscribable as never) } },
    "m.actors.o: observable logic holds",
  ],
  [
    "event observable logic",
    {},
    { actors: { o: fromEventObservable(subscribable as never) } },
    "m.actors.o: observable logic holds",
  ],
  [
    "unknown logic with a start",
    {},
    { actors: { x: { transition: () => ({}), getInitialSnapshot: () => ({}), start: () => 1 } } },
    "m.actors.x: custom logic holds",
  ],
  [
    "a promise actor without implementation",
    {},
    { actors: { q: fromPromise(async () => 1) } },
    "m.actors.q: has no implementation",
  ],
  ["an inline entry action", { entry: () => undefined }, {}, "m.entry[0]: inline function"],
  [
    "an inline exit action",
    { initial: "a", states: { a: { exit: [() => undefined] } } },
    {},
    "m.a.exit[0]: inline function",
  ],
  [
    "an inline transition action",
    { on: { GO: { actions: mail } } },
    {},
    "m.on['GO'].actions[0]: inline function 'mail'",
  ],
  [
    "an inline initial action",
    { initial: { target: "a", actions: () => 1 }, states: { a: {} } },
    {},
    "m.initial.actions[0]: inline function",
  ],
  [
    "an action nobody provides",
    { entry: "nope" },
    {},
    "m.entry[0]: action 'nope' has no implementation; XState would ignore",
  ],
  [
    "a reserved action name",
    { entry: "xstate.mail" },
    {},
    "m.entry[0]: action name 'xstate.mail' has a reserved prefix",
  ],
  [
    "a guard nobody provides",
    { on: { GO: { guard: "nope" } } },
    { guards: { yes: () => true } },
    "m.on['GO'].guard: guard 'nope' is not provided; provided: yes",
  ],
  [
    "a delay nobody provides",
    { initial: "a", states: { a: { after: { nope: "a" } } } },
    {},
    "m.a.entry[0]: delay 'nope' is not provided",
  ],
  ["a negative delay", { entry: raise({ type: "GO" }, { delay: -1, id: "x" }) }, {}, "m.entry[0]: delay -1 must be"],
  [
    "spawnChild with inline logic",
    { entry: spawnChild(p, { id: "x" }) },
    {},
    "m.entry[0]: spawnChild with inline logic",
  ],
  [
    "spawnChild without an id",
    { entry: spawnChild("p" as never) },
    {},
    "m.entry[0]: spawnChild without an id lands in children['undefined']",
  ],
  [
    "spawnChild of nobody",
    { entry: spawnChild("x" as never, { id: "x" } as never) },
    {},
    "m.entry[0]: actor 'x' is not provided; provided: p",
  ],
  ["an invoke of nobody", { invoke: { src: "x", id: "x" } }, {}, "m.invoke[0]: actor 'x' is not provided; provided: p"],
  ["an invoke of inline logic", { invoke: { src: p, id: "x" } }, {}, "m.invoke[0]: inline logic cannot be stored"],
  [
    "an invoke without onError",
    { initial: "a", states: { a: { invoke: { src: "p", id: "p" } } } },
    {},
    "m.a.invoke[0]: has no reachable onError",
  ],
  [
    "an id used twice in one state",
    { invoke: [1, 2].map(() => ({ src: "p", id: "x", onError: {} })) },
    {},
    "m: child id 'x' is used twice",
  ],
  ["no machine id", { id: undefined }, {}, "(machine): needs an explicit id"],
  ["two machines with one id", {}, { actors: { other: looseMachine({ id: "m" }) } }, "m: two machines have this id"],
  ["a reserved descriptor", { on: { "stator.x": {} } }, {}, "m.on['stator.x']: the prefix is reserved"],
  ["a context that is not JSON", { context: { at: new Date(0) } }, {}, "m.context: at: a Date is not JSON"],
  [
    "a computed context that is not JSON",
    { context: () => ({ at: new Map() }) },
    {},
    "m.initial: m/lint: the turn of create failed: context.at: a Map",
  ],
  [
    "an error in a nested machine",
    {},
    { actors: { kid: looseMachine({ id: "kid", entry: "nope" }) } },
    "kid.entry[0]: action 'nope'",
  ],
];

describe("errors", () => {
  test.each(ERRORS)("%s", (_, config, implementations, message) => {
    const found = findings("error", config, implementations);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test("all of them stand in one error, which stops the engine", () => {
    const machine = looseMachine({ entry: ["nope", () => undefined], on: { GO: { guard: "no" } } }, {}, ["GO"]);
    const definition = defineObject({ name: "m", machine });
    expect(() => createEngine(definition)).toThrow(
      /^object 'm' cannot be hosted:\n {2}m\.entry\[0\]: .*\n {2}m\.entry\[1\]: .*\n {2}m\.on\['GO'\]\.guard: /,
    );
  });

  test("an onError, a wildcard or a handler further out is reachable", () => {
    const inner = (extra: object) => ({ initial: "a", states: { a: { invoke: { src: "p", id: "p" } } }, ...extra });
    for (const descriptor of ["xstate.error.actor.p", "xstate.error.actor.*", "xstate.error.*", "*"]) {
      expect(findings("error", inner({ on: { [descriptor]: {} } }))).toEqual([]);
    }
  });
});

const WARNINGS: readonly (readonly [string, object, string])[] = [
  [
    "an invoke without id",
    { invoke: { src: "p", onError: {} } },
    "m.invoke[0]: has no id: its result events are named by '0.m'",
  ],
  [
    "a delayed send without id",
    { entry: raise({ type: "GO" }, { delay: 1 }) },
    "m.entry[0]: a delayed send without an id",
  ],
  ["enqueueActions", { entry: enqueueActions(() => undefined) }, "m.entry[0]: enqueueActions is opaque"],
  ["a dead end", { initial: "a", states: { a: {} } }, "m.a: dead end"],
  [
    "onError to its own state",
    { initial: "a", states: { a: { invoke: { src: "p", id: "p", onError: "a" } } } },
    "m.a.invoke[0]: onError to its own state without reenter does not run the actor again",
  ],
];

describe("warnings do not stop a definition", () => {
  test.each(WARNINGS)("%s", (_, config, message) => {
    expect(findings("error", config)).toEqual([]);
    expect(findings("warning", config)).toEqual([expect.stringContaining(message)]);
  });
});
