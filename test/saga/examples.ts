/** Sagas for the tests that `machines/` does not have: a pivot, branches, and sagas inside sagas. */
import { z } from "zod";
import { promiseActor } from "../../src/core/define.ts";
import { compensation, none, saga } from "../../src/saga/index.ts";

/** An action that gets a name and a step key and gives an id. */
export const action = () =>
  promiseActor({ input: z.object({ name: z.string(), stepKey: z.string() }), output: z.object({ id: z.string() }) });

export const named = (name: string) => () => ({ name });

/** Changes nothing outside, so it needs no key. */
const quote = promiseActor({ input: z.object({ name: z.string() }), output: z.object({ id: z.string() }) });

const reserve = action();
const ship = action();
const charge = action();
export const checkout = saga("checkout", { input: z.object({ orderId: z.string(), amount: z.number() }) })
  .step("reserve", {
    do: reserve,
    input: ({ input }) => ({ name: input.orderId }),
    compensate: compensation(reserve),
    timeoutMs: 50,
  })
  .parallel("quotes", {
    ship: {
      do: ship,
      input: ({ results }) => ({ name: results.reserve.id }),
      compensate: compensation(ship),
      timeoutMs: 50,
    },
    tax: { do: quote, input: named("tax"), compensate: none("reads only") },
  })
  .step("charge", {
    do: charge,
    input: named("charge"),
    compensate: compensation(charge),
    retry: { maxAttempts: 9 },
    timeoutMs: 50,
    cleanFailure: true,
  })
  .pivot("commit", { do: action(), input: named("commit"), cleanFailure: true })
  .parallel("tell", {
    mail: { do: action(), input: named("mail") },
    stock: { do: action(), input: named("stock") },
  })
  .machine({ output: ({ results }) => ({ chargeId: results.charge.id, mailId: results.mail.id }) });

const pay = action();
const add = action();
export const plan = saga("plan", { input: z.object({ items: z.array(z.string()) }) })
  .step("pay", { do: pay, input: named("pay"), compensate: compensation(pay), timeoutMs: 50 })
  .each("add", {
    items: ({ input }) => input.items,
    do: add,
    input: ({ item, index }) => ({ name: `${item}${index}` }),
    compensate: compensation(add),
    timeoutMs: 60,
  })
  .machine({ output: ({ results }) => results.add.map(({ id }) => id) });

const credit = action();
const archive = action();
export const order = saga("order", { input: z.object({ items: z.array(z.string()) }) })
  .step("credit", { do: credit, input: named("credit"), compensate: compensation(credit) })
  .nested("plan", { saga: plan, input: ({ input }) => ({ items: input.items }) })
  .step("archive", { do: archive, input: named("archive"), compensate: compensation(archive), timeoutMs: 50 })
  .machine({ output: ({ results }) => results.plan.value.length });

const holdFlight = action();
const holdHotel = action();
const confirm = () => promiseActor({ input: z.object({ id: z.string() }), output: z.object({}) });
export const booking = saga("booking", { input: z.object({ to: z.string() }) })
  .reserve("flight", {
    reserve: holdFlight,
    input: ({ input }) => ({ name: input.to }),
    confirm: confirm(),
    cancel: compensation(holdFlight),
    timeoutMs: 50,
  })
  .reserve("hotel", {
    reserve: holdHotel,
    input: ({ input }) => ({ name: input.to }),
    confirm: confirm(),
    cancel: compensation(holdHotel),
    timeoutMs: 60,
  })
  .machine({ output: ({ results }) => [results.flight.id, results.hotel.id] });

const leave = action();
/** Its second step confirms, so it is the point of no return of the whole. */
export const holiday = saga("holiday", { input: z.object({ to: z.string() }) })
  .step("leave", { do: leave, input: named("leave"), compensate: compensation(leave) })
  .nested("booking", { saga: booking, input: ({ input }) => input })
  .parallel("post", {
    card: { do: action(), input: named("card") },
    gift: { do: action(), input: named("gift") },
  })
  .machine({ output: ({ results }) => results.card.id });
