import { expect, test } from "vitest";
import { createMachine, forwardTo } from "xstate";
import { z } from "zod";
import { defineMachine, defineObject } from "../../src/core/define.ts";
import { type MachineInternals, machineInternals, type StateNodeInternals } from "../../src/engine/internals.ts";
import { StepsTaken } from "../../src/engine/steps.ts";
import { chartOf } from "../../src/inspector/chart/index.ts";
import { examples } from "../inspector/examples.ts";
import { OneObject } from "./kit.ts";

const door = defineObject({
  name: "door",
  machine: defineMachine({
    context: z.object({ isOiled: z.boolean() }),
    events: { OPEN: z.object({}), OIL: z.object({}), SLAM: z.object({}) },
  })
    .setup({ guards: { isOiled: ({ context }) => context.isOiled, isStorm: () => false } })
    .createMachine({
      id: "door",
      context: { isOiled: false },
      initial: "closed",
      states: {
        closed: {
          on: {
            OPEN: [{ guard: "isStorm", target: "stuck" }, { guard: "isOiled", target: "ajar" }, { target: "stuck" }],
          },
        },
        ajar: { always: { target: "open" } },
        stuck: {},
        open: {},
      },
    }),
});

test("a turn tells the guards asked, with their answers, and the transition taken, as the chart numbers them", () => {
  const one = new OneObject(door);
  expect(one.create().steps).toEqual({ taken: [], guards: [] });
  const { steps } = one.send("OPEN");
  expect(steps.guards).toEqual([
    ["isStorm", false],
    ["isOiled", false],
  ]);
  const { transitions } = chartOf(door.machine);
  expect(steps.taken.map((number) => transitions[Number(number)]?.targets)).toEqual([["door.stuck"]]);
});

test("asking what a state accepts notes nothing, and a turn's notes do not leak into the next", () => {
  const one = new OneObject(door);
  one.create();
  one.live?.accepts();
  const first = one.send("OPEN").steps;
  const second = new OneObject(door);
  second.create();
  expect(second.send("OPEN").steps).toEqual(first);
});

const chick = createMachine({
  id: "chick",
  initial: "egg",
  states: { egg: { on: { GO: "out" } }, out: { type: "final" } },
});
const nest = defineObject({
  name: "nest",
  machine: defineMachine({ context: z.object({}), events: { GO: z.object({}) }, actors: { chick } })
    .setup({})
    .createMachine({
      id: "nest",
      context: {},
      initial: "full",
      states: {
        full: { invoke: { id: "c", src: "chick", onDone: "empty" }, on: { GO: { actions: forwardTo("c") } } },
        empty: {},
      },
    }),
});

test("a child's transitions carry its path", () => {
  const one = new OneObject(nest);
  one.create();
  const { taken } = one.send("GO").steps;
  expect(taken.map(String)).toEqual([expect.stringMatching(/^\d+$/), "c#0", expect.stringMatching(/^\d+$/)]);
});

/** Every transition, found by walking the machine in another way than the code under test does. */
const everyTransition = (machine: MachineInternals) => {
  const nodes = [...machine.idMap.values()] as StateNodeInternals[];
  return nodes.flatMap((node) => [...node.transitions.values(), node.always ?? []].flat());
};

for (const { name, machine } of examples) {
  test(`${name}: every transition has the number it has on the chart`, () => {
    const { transitions } = chartOf(machine);
    const all = everyTransition(machineInternals(machine));
    expect(all.length).toBe(transitions.length);
    for (const transition of all) {
      const steps = new StepsTaken();
      steps.take([transition], undefined);
      const shown = transitions[Number(steps.taken[0])];
      expect(shown?.source).toBe(transition.source.id);
      expect(shown?.targets).toEqual((transition.target ?? []).map(({ id }) => id));
    }
  });
}
