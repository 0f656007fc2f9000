/**
 * A trip: flight, hotel and car are held, paid for while the tickets are written, and only then confirmed.
 *
 * A hold that does not answer within its time counts as held, and is given back. The trip can be canceled until it is
 * confirmed; the traveler's letter comes after, so it can only be late.
 */

import { promiseActor } from "stator/define";
import { compensation, none, saga } from "stator/saga";
import { z } from "zod";

const HOLD_MS = 30_000;
const booking = { input: z.object({ traveler: z.string(), to: z.string(), stepKey: z.string() }) };
const held = { output: z.object({ holdId: z.string(), price: z.number() }) };
const confirmation = { input: z.object({ holdId: z.string() }), output: z.object({ confirmed: z.boolean() }) };

export const holdFlight = promiseActor({ ...booking, ...held });
export const holdHotel = promiseActor({ ...booking, ...held });
export const holdCar = promiseActor({ ...booking, ...held });
export const confirmHold = promiseActor(confirmation);
export const payTrip = promiseActor({
  input: z.object({ traveler: z.string(), amount: z.number(), stepKey: z.string() }),
  output: z.object({ chargeId: z.string() }),
});
export const writeTickets = promiseActor({
  input: z.object({ holdIds: z.array(z.string()), stepKey: z.string() }),
  output: z.object({ ticketId: z.string() }),
});
export const checkVisa = promiseActor({
  input: z.object({ to: z.string() }),
  output: z.object({ isNeeded: z.boolean() }),
});

export const trip = saga("trip", { input: z.object({ traveler: z.string().min(1), to: z.string().min(1) }) })
  .step("visa", { do: checkVisa, input: ({ input }) => ({ to: input.to }), compensate: none("reads only") })
  .reserve("flight", {
    reserve: holdFlight,
    input: ({ input }) => input,
    confirm: confirmHold,
    cancel: compensation(holdFlight),
    timeoutMs: HOLD_MS,
  })
  .reserve("hotel", {
    reserve: holdHotel,
    input: ({ input }) => input,
    confirm: confirmHold,
    cancel: compensation(holdHotel),
    timeoutMs: HOLD_MS,
  })
  .step("car", {
    do: holdCar,
    input: ({ input }) => input,
    compensate: compensation(holdCar),
    timeoutMs: HOLD_MS,
  })
  .parallel("checkout", {
    payment: {
      do: payTrip,
      input: ({ input, results }) => ({
        traveler: input.traveler,
        amount: results.flight.price + results.hotel.price + results.car.price,
      }),
      compensate: compensation(payTrip),
      timeoutMs: 60_000,
    },
    tickets: {
      do: writeTickets,
      input: ({ results }) => ({ holdIds: [results.flight.holdId, results.hotel.holdId, results.car.holdId] }),
      compensate: compensation(writeTickets),
    },
  })
  .machine({ output: ({ results }) => ({ chargeId: results.payment.chargeId, ticketId: results.tickets.ticketId }) });
