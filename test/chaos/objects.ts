/** What the hosts of a chaos run serve: the programs of the simulation, and some that touch the outside world. */
import { defineMachine, defineObject, type ObjectDefinition, type Run } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";
import { bank } from "../simulation/bank.ts";
import { clerks } from "../simulation/clerks.ts";
import { type AddByAction, programs } from "../simulation/programs.ts";
import { type Deliver, effector } from "./effector.ts";
import { stock } from "./stock.ts";

/** Asked by the run itself, to see whether a host answers. No checker looks at it. */
const probe = defineObject({
  name: "probe",
  machine: defineMachine({ context: z.object({ count: z.number() }), events: { PING: z.object({}) } })
    .setup({ actions: { count: assign({ count: ({ context }) => context.count + 1 }) } })
    .createMachine({ id: "probe", context: { count: 0 }, on: { PING: { actions: "count" } } }),
});

/** Made by clients, ends by itself or when it is told to. */
const visit = defineObject({
  name: "visit",
  machine: defineMachine({
    context: z.object({ delayMs: z.number() }),
    input: z.object({ delayMs: z.number() }),
    output: z.object({ tookMs: z.number() }),
    events: { HURRY: z.object({}) },
  })
    .setup({ delays: { due: ({ context }) => context.delayMs } })
    .createMachine({
      id: "visit",
      context: ({ input }) => ({ delayMs: input.delayMs }),
      output: ({ context }) => ({ tookMs: context.delayMs }),
      initial: "there",
      states: { there: { on: { HURRY: "gone" }, after: { due: "gone" } }, gone: { type: "final" } },
    }),
});

export interface World {
  readonly add: AddByAction;
  readonly deliver: Deliver;
  readonly work: Run<{ plan: string }, { receipt: string }>;
}

/** `version` is stored with every snapshot: hosts of two versions run side by side in a rolling upgrade. */
export function chaosObjects({ add, deliver, work }: World, version: string): readonly ObjectDefinition[] {
  const all = programs({ addByAction: add, work }, [...bank, ...clerks, stock, effector(deliver), visit, probe]);
  return all.map((definition) => ({ ...definition, version }));
}
