/** A child is named by its path: an id is taken while its actor lives, and may hold any character. */
import { expect, test } from "vitest";
import { assign, fromTransition, sendTo, spawnChild, stopChild } from "xstate";
import { looseMachine, objectOf } from "./kit.ts";
import { child } from "./machines.ts";

const EVENTS = ["SPAWN", "STOP", "AGAIN", "SLASH", "PING", "END", "INLINE", "TAKEN", "PONG"];
const spawn = (id: string) => spawnChild("child" as never, { id, input: { n: 0 } } as never);
const machine = looseMachine(
  {
    context: { pongs: 0 },
    on: {
      SPAWN: { actions: spawn("k") },
      STOP: { actions: stopChild("k") },
      AGAIN: { actions: [stopChild("k"), spawn("k")] },
      SLASH: { actions: [spawn("a/b"), spawn("a"), spawn(""), spawn("%2F"), spawn("object:x/y"), spawn("a#1")] },
      PING: { actions: [sendTo("a/b", { type: "PING" }), sendTo("%2F", { type: "PING" })] },
      END: { actions: sendTo("k", { type: "END" }) },
      INLINE: {
        actions: assign(({ spawn: make }) => ({
          r: make(
            fromTransition((s) => s, {}),
            { id: "inline" },
          ),
        })),
      },
      TAKEN: {
        actions: ["1", "2"].map((id) => spawnChild("child" as never, { id, systemId: "s", input: { n: 0 } } as never)),
      },
      PONG: { actions: assign({ pongs: ({ context }: { context: { pongs: number } }) => context.pongs + 1 }) },
    },
  },
  { actors: { child } },
  EVENTS,
);

function created() {
  const object = objectOf(machine);
  object.create();
  return object;
}

test("an id that is alive is refused, also after a restore", () => {
  const object = created();
  object.send("SPAWN");
  expect(object.rejected("SPAWN").message).toContain("child id 'k' is still alive");
  expect(object.reload().rejected("SPAWN").message).toContain("child id 'k' is still alive");
});

test("an id is free again once its actor was stopped or has ended, also after a restore", () => {
  const object = created();
  object.send("SPAWN");
  object.send("STOP");
  object.send("SPAWN");
  object.send("END");
  expect(JSON.parse(object.text).snapshot.children.k.snapshot.status).toBe("done");
  object.reload().send("SPAWN");
  object.send("AGAIN");
  expect(JSON.parse(object.text).snapshot.children.k.snapshot.status).toBe("active");
});

test("ids with slashes and escapes are kept apart and found again", () => {
  const object = created();
  object.send("SLASH");
  const { sessions } = JSON.parse(object.text) as { sessions: Record<string, string> };
  expect(new Set(Object.values(sessions)).size).toBe(7);
  expect(Object.keys(sessions)).toEqual(
    expect.arrayContaining(["", "a%2Fb", "a", "%", "%252F", "object%3Ax%2Fy", "a%231"]),
  );
  expect(object.reload().send("PING").view.context).toEqual({ pongs: 2 });
});

test("a system id that another live actor has is refused", () => {
  expect(created().rejected("TAKEN").message).toContain("system id 's' is taken");
});

test("logic given inline is refused: it could not be stored", () => {
  expect(created().rejected("INLINE").message).toContain("inline logic of actor 'inline' cannot be stored");
});

test("session ids are never drawn twice, over turns and restores", () => {
  const object = created();
  const seen = new Set<string>();
  for (let i = 0; i < 4; i++) {
    object.reload().send(i === 0 ? "SPAWN" : "AGAIN");
    seen.add(JSON.parse(object.text).sessions.k);
  }
  expect(seen.size).toBe(4);
});

test("a child that its parent has lost rejects the turn: it would not come back", () => {
  const stale = looseMachine(
    {
      context: ({ spawn: make }: { spawn: (src: string, options: object) => object }) => ({
        old: make("child", { id: "k", input: { n: 0 } }),
      }),
      on: {
        AGAIN: { actions: [stopChild("k"), spawn("k")] },
        STOP: { actions: stopChild(({ context }) => (context as { old: never }).old) },
      },
    },
    { actors: { child } },
    EVENTS,
  );
  for (const isCold of [false, true]) {
    const object = objectOf(stale);
    object.create();
    object.send("AGAIN");
    if (isCold) object.reload();
    expect(object.rejected("STOP").message).toContain("actor 'k' runs, but its parent has lost it");
  }
});
