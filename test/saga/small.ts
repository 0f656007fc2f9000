/** A sound saga of three steps, written by hand as plain data, so that tests can break it in one place. */
import type { AnyStateMachine } from "xstate";
import { assign } from "xstate";
import { z } from "zod";
import { defineMachine, promiseActor } from "../../src/core/define.ts";

export type Node = { [property: string]: unknown };
export type States = { [name: string]: Node };

const actor = () => promiseActor({ input: z.unknown(), output: z.object({ id: z.string() }) });
const failed = (target: string): Node => ({ target, actions: "fail" });

export function step(name: string, next: string, back: string): Node {
  return {
    tags: ["forward"],
    meta: { saga: { step: name } },
    invoke: { src: name, id: name, onDone: next, onError: failed(back) },
    on: { CANCEL: failed(back) },
  };
}

export function undo(name: string, next: string): Node {
  return {
    tags: ["compensation"],
    meta: { undoes: name },
    initial: "running",
    states: {
      running: { invoke: { src: `undo:${name}`, id: `undo:${name}`, onDone: "done", onError: "parked" } },
      parked: { tags: ["parked"], on: { RETRY: "running", SKIP: { target: "done", actions: "skip" } } },
      done: { type: "final" },
    },
    onDone: next,
  };
}

export const soundStates = (): States => ({
  do_reserve: step("reserve", "do_ship", "undo_reserve"),
  do_ship: { ...step("ship", "do_charge", "undo_ship"), after: { 5000: failed("undo_ship") } },
  do_charge: step("charge", "completed", "undo_charge"),
  undo_charge: undo("charge", "undo_ship"),
  undo_ship: undo("ship", "undo_reserve"),
  undo_reserve: undo("reserve", "compensated"),
  completed: { type: "final", tags: ["success"] },
  compensated: { type: "final", tags: ["compensated"] },
});

interface Changes {
  readonly states?: (states: States) => States;
  readonly root?: Node;
  readonly context?: () => object;
  readonly without?: readonly string[];
}

export function small({ states = (given) => given, root = {}, context, without = [] }: Changes = {}): AnyStateMachine {
  const names = ["reserve", "ship", "charge", "undo:reserve", "undo:ship", "undo:charge"];
  const actors = Object.fromEntries(names.filter((name) => !without.includes(name)).map((name) => [name, actor()]));
  const defined = defineMachine({
    context: z.object({ failed: z.boolean(), skipped: z.array(z.string()) }),
    events: { CANCEL: z.object({}), RETRY: z.object({}), SKIP: z.object({ by: z.string() }), APPROVE: z.object({}) },
    actors,
  }).setup({
    actions: {
      fail: assign({ failed: true }),
      skip: assign({ skipped: ({ context: old, event }) => [...old.skipped, event.type === "SKIP" ? event.by : ""] }),
      explode: assign(() => {
        throw new Error("it explodes");
      }),
    },
    guards: { never: () => false },
  });
  const config = {
    id: "small",
    initial: "do_reserve",
    meta: { refuses: ["APPROVE"] },
    context: context ?? { failed: false, skipped: [] },
    states: states(soundStates()),
    ...root,
  };
  return defined.createMachine(config as never) as unknown as AnyStateMachine;
}
