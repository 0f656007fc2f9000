/** A stored object that its machine cannot run is refused with the place, never restored in part. */
import { describe, expect, test } from "vitest";
import { fromPromise, fromTransition, spawnChild } from "xstate";
import { defineObject } from "../../src/core/define.ts";
import { createEngine } from "../../src/engine/create.ts";
import { SnapshotError } from "../../src/engine/engine.ts";
import { looseMachine, objectOf } from "./kit.ts";

const kid = (states: object = { on: { after: { 10: "off" } }, off: {} }) =>
  looseMachine({ id: "kid", initial: "on", states });
const p = fromPromise(async () => 1);
const config = {
  type: "parallel",
  states: {
    one: {
      initial: "a",
      states: { a: { on: { GO: "b" } }, b: { initial: "c", states: { c: {}, h: { type: "history" } } } },
    },
    two: {
      invoke: { src: "kid", id: "kid" },
      initial: "w",
      states: { w: { invoke: { src: "p", id: "p", onError: "v" } }, v: {} },
    },
  },
  entry: spawnChild("count" as never, { id: "n" } as never),
};
const actors = { kid: kid(), p, count: fromTransition((n: number) => n, 0) };

const stored = (): string => {
  const object = objectOf(looseMachine(config, { actors }, ["GO"]), [], ["p"]);
  object.create();
  return object.send("GO").snapshot;
};

function restoring(text: string, machine = looseMachine(config, { actors }, ["GO"]), promises = ["p"]): unknown {
  const given = Object.fromEntries(promises.map((name) => [name, { run: () => undefined }]));
  const engine = createEngine(defineObject({ name: "m", machine, actors: given } as never));
  try {
    engine.restore(text, { address: { name: "m", key: "k" }, incarnation: "i1" });
    return undefined;
  } catch (cause) {
    expect(cause).toBeInstanceOf(SnapshotError);
    return (cause as Error).message;
  }
}

/** The stored text with one place changed: the path, and its new value (undefined removes it). */
function changed(path: string, value: unknown): string {
  const envelope = JSON.parse(stored()) as Record<string, unknown>;
  const keys = path.split("/");
  const last = keys.pop() ?? "";
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, envelope);
  holder[last] = value;
  return JSON.stringify(envelope);
}

describe("a text that is not what was stored", () => {
  test("as it was stored, it is restored", () => {
    expect(restoring(stored())).toBeUndefined();
  });

  test.each([
    ["v", 2, "m/k: the snapshot has format 2, this engine reads format 1"],
    ["machine/id", "other", "m/k: the snapshot is of machine 'other', the object has 'm'"],
    ["timers", undefined, "m/k: the snapshot lacks one of"],
    ["snapshot/status", "odd", "m/k: the object cannot be restored: it has the unknown status 'odd'"],
    ["snapshot/value", "one", "it is in 'one' of 'm', which has regions now"],
    ["snapshot/value/one", "gone", "it is in state 'gone' of 'm.one', which has only: a, b"],
    ["snapshot/value/one", "b", "it is in 'm.one.b', which has states inside now"],
    ["snapshot/value/one", { b: "h" }, "it is in state 'h' of 'm.one.b'"],
    ["snapshot/value/one", { b: { c: "x" } }, "inside 'm.one.b.c', which has no states"],
    ["snapshot/value/two", undefined, "it is in no state of region 'm.two', which is new"],
    ["snapshot/historyValue", { "m.one.b.h": [{ id: "m.gone" }] }, "it remembers state 'm.gone'"],
    [
      "snapshot/children/kid/src",
      "gone",
      "actor 'kid' cannot be restored: it runs actor 'gone', which machine 'm' does not",
    ],
    ["snapshot/children/kid/src", "toString", "it runs actor 'toString'"],
    ["snapshot/children/kid/snapshot", undefined, "actor 'kid' cannot be restored: it has no snapshot"],
    ["snapshot/children/kid/snapshot/value", "gone", "actor 'kid' cannot be restored: it is in state 'gone' of 'kid'"],
    ["snapshot/children/n/src", "p", "actor 'n' cannot be restored: it was another kind of actor"],
    ["timers", [{}], "m/k: a timer of the snapshot lacks one of: timer, source, target, sendId"],
    ["invocations/two", 5, "m/k: an invocation of the snapshot lacks one of: id, actor"],
    ["sessions/kid", undefined, "cannot be restored: has no session in the snapshot"],
    ["sessions", {}, "cannot be restored: has no session in the snapshot"],
    ["invocations", {}, "restoring asked for 1 effects: invoke"],
  ])("%s = %j", (path, value, message) => {
    expect(restoring(changed(path, value))).toContain(message);
  });

  test.each(["", "{", "null", "[]", '"text"'])("%j is refused", (text) => {
    expect(restoring(text)).toMatch(/^m\/k: the snapshot is not/);
  });
});

describe("a machine that has changed", () => {
  const states = config.states;

  test("a state that is gone", () => {
    const one = { initial: "a", states: { a: {} } };
    expect(restoring(stored(), looseMachine({ ...config, states: { ...states, one } }, { actors }, ["GO"]))).toContain(
      "it is in state 'b' of 'm.one', which has only: a",
    );
  });

  test("a region that is new", () => {
    const machine = looseMachine({ ...config, states: { ...states, three: {} } }, { actors }, ["GO"]);
    expect(restoring(stored(), machine)).toContain("it is in no state of region 'm.three', which is new");
  });

  test("a nested machine whose state got states inside", () => {
    const inner = kid({ on: { initial: "x", states: { x: {} } }, off: {} });
    expect(restoring(stored(), looseMachine(config, { actors: { ...actors, kid: inner } }, ["GO"]))).toContain(
      "actor 'kid' cannot be restored: it is in 'kid.on', which has states inside now",
    );
  });

  test("a promise actor that became a machine", () => {
    const machine = looseMachine(config, { actors: { ...actors, p: looseMachine({ id: "p" }) } }, ["GO"]);
    expect(restoring(stored(), machine, [])).toContain(
      "actor 'p' cannot be restored: it is not the snapshot of a machine",
    );
  });

  test("another version is no reason to refuse, as long as the state fits; the next turn stores its number", () => {
    const machine = looseMachine(config, { actors }, ["GO"]);
    const engine = createEngine(
      defineObject({ name: "m", version: "7", machine, actors: { p: { run: () => 1 } } } as never),
    );
    const context = { address: { name: "m", key: "k" }, incarnation: "i1", revision: 3 };
    const object = engine.restore(stored(), context);
    const turn = object.handle({ kind: "delayed", event: { type: "GO" }, delayMs: 1, id: "x" }, context);
    expect(turn.kind === "settled" && JSON.parse(turn.snapshot).machine).toEqual({ id: "m", version: "7" });
  });
});
