/**
 * A checkout, written by hand: goods are reserved, then paid. A saga needs no builder, only the conventions that the
 * checker and the charts read: step `x` invokes actor `x`, its compensation invokes `undo:x`, states and their ends carry
 * the tags.
 *
 * A step that failed is undone itself, too: an error does not prove that nothing happened.
 */

import { defineMachine, promiseActor } from "stator/define";
import { compensation } from "stator/saga";
import { assign } from "xstate";
import { z } from "zod";

const failure = z.object({ step: z.string(), error: z.unknown() });
const skipped = z.object({ step: z.string(), reason: z.string(), by: z.string() });

export const reserveGoods = promiseActor({
  input: z.object({ sku: z.string(), stepKey: z.string() }),
  output: z.object({ reservationId: z.string() }),
});
export const chargeGoods = promiseActor({
  input: z.object({ amount: z.number(), stepKey: z.string() }),
  output: z.object({ chargeId: z.string() }),
});

type Done = { reservationId: string | null; chargeId: string | null };
/** Leaves an unknown result out, as a compensation expects it. */
const known = <K extends keyof Done>(done: Done, key: K) => {
  const value = done[key];
  return value === null ? {} : { result: { [key]: value } as Record<K, string> };
};

export const checkoutByHand = defineMachine({
  context: z.object({
    run: z.string(),
    sku: z.string(),
    amount: z.number(),
    reservationId: z.string().nullable(),
    chargeId: z.string().nullable(),
    failure: failure.nullable(),
    skipped: z.array(skipped),
  }),
  input: z.object({ sku: z.string().min(1), amount: z.number().positive() }),
  output: z.object({
    status: z.enum(["completed", "compensated"]),
    failure: failure.nullable(),
    skipped: z.array(skipped),
  }),
  events: {
    CANCEL: z.object({}),
    RETRY: z.object({ reason: z.string().optional(), by: z.string().optional() }),
    SKIP: z.object({ reason: z.string().min(1), by: z.string().min(1) }),
  },
  actors: {
    reserve: reserveGoods,
    charge: chargeGoods,
    "undo:reserve": compensation(reserveGoods),
    "undo:charge": compensation(chargeGoods),
  },
})
  .setup({
    actions: {
      noteReservation: assign({ reservationId: (_, params: { reservationId: string }) => params.reservationId }),
      noteCharge: assign({ chargeId: (_, params: { chargeId: string }) => params.chargeId }),
      fail: assign({ failure: ({ context }, params: { step: string; error: unknown }) => context.failure ?? params }),
      skip: assign({
        skipped: ({ context }, params: { step: string; reason: string; by: string }) => [...context.skipped, params],
      }),
    },
    delays: { reservation: 5_000 },
  })
  .createMachine({
    id: "checkout",
    context: ({ input, self }) => ({
      ...input,
      run: `${self.id}/${self.sessionId}`,
      reservationId: null,
      chargeId: null,
      failure: null,
      skipped: [],
    }),
    output: ({ context }) => ({
      status: context.failure === null ? "completed" : "compensated",
      failure: context.failure,
      skipped: context.skipped,
    }),
    initial: "do_reserve",
    states: {
      do_reserve: {
        tags: ["forward"],
        invoke: {
          src: "reserve",
          id: "reserve",
          input: ({ context }) => ({ sku: context.sku, stepKey: `${context.run}/reserve` }),
          onDone: { target: "do_charge", actions: { type: "noteReservation", params: ({ event }) => event.output } },
          onError: {
            target: "undo_reserve",
            actions: { type: "fail", params: ({ event }) => ({ step: "reserve", error: event.error }) },
          },
        },
        after: {
          reservation: {
            target: "undo_reserve",
            actions: { type: "fail", params: { step: "reserve", error: { message: "timeout" } } },
          },
        },
        on: {
          CANCEL: {
            target: "undo_reserve",
            actions: { type: "fail", params: { step: "reserve", error: { message: "canceled" } } },
          },
        },
      },
      do_charge: {
        tags: ["forward"],
        invoke: {
          src: "charge",
          id: "charge",
          input: ({ context }) => ({ amount: context.amount, stepKey: `${context.run}/charge` }),
          onDone: { target: "completed", actions: { type: "noteCharge", params: ({ event }) => event.output } },
          onError: {
            target: "undo_charge",
            actions: { type: "fail", params: ({ event }) => ({ step: "charge", error: event.error }) },
          },
        },
        on: {
          CANCEL: {
            target: "undo_charge",
            actions: { type: "fail", params: { step: "charge", error: { message: "canceled" } } },
          },
        },
      },
      undo_charge: {
        tags: ["compensation"],
        meta: { undoes: "charge" },
        initial: "running",
        states: {
          running: {
            invoke: {
              src: "undo:charge",
              id: "undo:charge",
              input: ({ context }) => ({
                asked: { amount: context.amount, stepKey: `${context.run}/charge` },
                ...known(context, "chargeId"),
                uncertain: context.chargeId === null,
                stepKey: `${context.run}/charge`,
              }),
              onDone: "done",
              onError: "parked",
            },
          },
          parked: {
            tags: ["parked"],
            on: {
              RETRY: "running",
              SKIP: {
                target: "done",
                actions: { type: "skip", params: ({ event }) => ({ ...event, step: "charge" }) },
              },
            },
          },
          done: { type: "final" },
        },
        onDone: "undo_reserve",
      },
      undo_reserve: {
        tags: ["compensation"],
        meta: { undoes: "reserve" },
        initial: "running",
        states: {
          running: {
            invoke: {
              src: "undo:reserve",
              id: "undo:reserve",
              input: ({ context }) => ({
                asked: { sku: context.sku, stepKey: `${context.run}/reserve` },
                ...known(context, "reservationId"),
                uncertain: context.reservationId === null,
                stepKey: `${context.run}/reserve`,
              }),
              onDone: "done",
              onError: "parked",
            },
          },
          parked: {
            tags: ["parked"],
            on: {
              RETRY: "running",
              SKIP: {
                target: "done",
                actions: { type: "skip", params: ({ event }) => ({ ...event, step: "reserve" }) },
              },
            },
          },
          done: { type: "final" },
        },
        onDone: "compensated",
      },
      completed: { type: "final", tags: ["success"] },
      compensated: { type: "final", tags: ["compensated"] },
    },
  });
