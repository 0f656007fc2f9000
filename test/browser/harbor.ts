/**
 * Objects for the journeys whose supplier does what the test says: it stands in files of a folder that the input names.
 * A cruise sails once there is `sailing` and can be given back once there is `refund`; a delivery arrives once there is
 * `open`, and is parked until then.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineMachine, defineObject, promiseActor } from "stator/define";
import { compensation, saga } from "stator/saga";
import { z } from "zod";

const FOR_EVER = { maxAttempts: Number.POSITIVE_INFINITY, initialMs: 20, maxMs: 100 };

function demand(folder: string, file: string, refusal: string): void {
  if (!existsSync(join(folder, file))) throw new Error(refusal);
}

const booking = { input: z.object({ folder: z.string(), stepKey: z.string() }), output: z.object({ id: z.string() }) };
const cabin = promiseActor(booking);
const cruise = promiseActor(booking);

const machine = saga("cruise", { input: z.object({ folder: z.string() }) })
  .step("cabin", { do: cabin, input: ({ input }) => input, compensate: compensation(cabin) })
  .step("cruise", { do: cruise, input: ({ input }) => input, compensate: compensation(cruise) })
  .machine({ output: ({ results }) => results.cruise });

const cruiseObject = defineObject({
  name: "cruise",
  machine,
  actors: {
    cabin: { run: () => ({ id: "cabin-7" }) },
    cruise: {
      retry: FOR_EVER,
      run: ({ input }) => {
        demand(input.folder, "sailing", "the ship is not there");
        return { id: "cruise-1" };
      },
    },
    "undo:cabin": {
      retry: FOR_EVER,
      run: ({ input }) => demand(input.asked.folder, "refund", "nobody is at the desk"),
    },
    "undo:cruise": { run: () => undefined },
  },
});

const delivery = defineMachine({
  context: z.object({ folder: z.string() }),
  input: z.object({ folder: z.string() }),
  events: {},
  actors: { deliver: promiseActor({ input: z.object({ folder: z.string() }), output: z.null() }) },
})
  .setup({})
  .createMachine({
    id: "delivery",
    context: ({ input }) => input,
    initial: "driving",
    states: {
      driving: {
        invoke: { src: "deliver", input: ({ context }) => context, onDone: "delivered", onError: "returned" },
      },
      delivered: { type: "final" },
      returned: { type: "final" },
    },
  });

const deliveryObject = defineObject({
  name: "delivery",
  machine: delivery,
  actors: {
    deliver: {
      retry: { maxAttempts: 1 },
      onExhausted: "park",
      run: ({ input }) => {
        demand(input.folder, "open", "the gate is closed");
        return null;
      },
    },
  },
});

// biome-ignore lint/style/noDefaultExport: the form of a module that a host loads
export default [cruiseObject, deliveryObject];
