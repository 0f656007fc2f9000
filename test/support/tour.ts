/**
 * A saga with another one inside of it, and a reservation: all is given back in the end, since there is no guide. Its
 * outside world is the witness file of the example sagas.
 */
import { defineObject, type RunArguments, TerminalError } from "stator";
import { promiseActor } from "stator/define";
import { compensation, saga } from "stator/saga";
import { z } from "zod";
import type { Witnessed } from "../../actors/sagas.ts";
import { testify } from "../../actors/witness.ts";

const booked = promiseActor({ input: z.object({ stepKey: z.string() }), output: z.object({ holdId: z.string() }) });
const confirmed = promiseActor({ input: z.object({ holdId: z.string() }), output: z.object({}) });
const input = () => ({});

const stay = saga("stay", { input: z.object({}) })
  .step("room", { do: booked, input, compensate: compensation(booked) })
  .step("breakfast", { do: booked, input, compensate: compensation(booked) })
  .machine({ output: input });

const tour = saga("tour", { input: z.object({ to: z.string() }) })
  .reserve("bus", { reserve: booked, input, confirm: confirmed, cancel: compensation(booked) })
  .nested("stay", { saga: stay, input })
  .step("guide", { do: booked, input, compensate: compensation(booked) })
  .machine({ output: input });

type Given = RunArguments<{ readonly stepKey: string }>;

/** The key of a nested saga does not name the object: the run must be told apart. */
function witness(kind: Witnessed["kind"], step: string, { input: { stepKey }, idempotencyKey }: Given): void {
  const [name, key] = idempotencyKey.split("/");
  testify(process.env["SAGA_WITNESS"], { kind, step, stepKey: `${name}/${key}/${stepKey}` });
}

const act = (step: string) => ({
  run: (args: Given): { holdId: string } => {
    witness("do", step, args);
    if (step === "guide") throw new TerminalError("there is no guide", { code: "SOLD_OUT" });
    return { holdId: step };
  },
});
const undo = (step: string) => ({ run: (args: Given): void => witness("undo", step, args) });

export const tourObject = defineObject({
  name: "tour",
  machine: tour,
  actors: {
    bus: act("bus"),
    "undo:bus": undo("bus"),
    "confirm:bus": { run: () => ({}) },
    room: act("room"),
    "undo:room": undo("room"),
    breakfast: act("breakfast"),
    "undo:breakfast": undo("breakfast"),
    guide: act("guide"),
    "undo:guide": undo("guide"),
  },
});
