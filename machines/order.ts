/**
 * An order is paid within a quarter of an hour, or it expires.
 *
 * The deadline counts from the order's birth and does not begin again when a payment is refused. It never ends a payment
 * that is under way: money may have moved. Such an order is paid late, or expires when the payment is refused.
 */

import { defineMachine } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";
import { charge } from "./charge.ts";
import { failureText } from "./failure.ts";

const QUARTER_HOUR_MS = 15 * 60_000;
const MAX_FAILURES = 3;

export const order = defineMachine({
  context: z.object({
    total: z.number(),
    deadlineMs: z.number(),
    /** Of the payment that is under way, or that succeeded. */
    method: z.string().nullable(),
    chargeId: z.string().nullable(),
    failures: z.number(),
    lastError: z.string().nullable(),
    isOverdue: z.boolean(),
  }),
  input: z.object({ total: z.number().positive(), deadlineMs: z.number().int().positive().optional() }),
  output: z.object({ total: z.number(), chargeId: z.string().nullable() }),
  events: { PAY: z.object({ method: z.string().min(1) }), CANCEL: z.object({}) },
  actors: { charge },
})
  .setup({
    actions: {
      choosePayment: assign({ method: ({ event }) => (event.type === "PAY" ? event.method : null) }),
      noteCharge: assign({ chargeId: (_, params: { chargeId: string }) => params.chargeId, lastError: null }),
      noteFailure: assign({
        method: null,
        failures: ({ context }) => context.failures + 1,
        lastError: (_, params: { error: unknown }) => failureText(params.error),
      }),
      noteOverdue: assign({ isOverdue: true }),
      notify: (_, _params: { text: string }) => undefined,
    },
    guards: {
      isPaying: ({ context }) => context.method !== null,
      isOverdue: ({ context }) => context.isOverdue,
      isLastFailure: ({ context }) => context.failures + 1 >= MAX_FAILURES,
    },
    delays: { deadline: ({ context }) => context.deadlineMs },
  })
  .createMachine({
    id: "order",
    context: ({ input }) => ({
      total: input.total,
      deadlineMs: input.deadlineMs ?? QUARTER_HOUR_MS,
      method: null,
      chargeId: null,
      failures: 0,
      lastError: null,
      isOverdue: false,
    }),
    output: ({ context }) => ({ total: context.total, chargeId: context.chargeId }),
    initial: "unpaid",
    states: {
      unpaid: {
        initial: "open",
        after: { deadline: [{ guard: "isPaying", actions: "noteOverdue" }, { target: "expired" }] },
        states: {
          open: {
            on: { PAY: { target: "paying", actions: "choosePayment" }, CANCEL: "#order.canceled" },
          },
          paying: {
            tags: ["busy"],
            invoke: {
              id: "charge",
              src: "charge",
              input: ({ context }) => ({ amount: context.total, method: context.method ?? "" }),
              onDone: {
                target: "#order.paid",
                actions: [
                  { type: "noteCharge", params: ({ event }) => event.output },
                  { type: "notify", params: ({ context }) => ({ text: `your order over ${context.total} is paid` }) },
                ],
              },
              onError: [
                {
                  guard: "isOverdue",
                  target: "#order.expired",
                  actions: { type: "noteFailure", params: ({ event }) => event },
                },
                {
                  guard: "isLastFailure",
                  target: "#order.failed",
                  actions: { type: "noteFailure", params: ({ event }) => event },
                },
                { target: "open", actions: { type: "noteFailure", params: ({ event }) => event } },
              ],
            },
          },
        },
      },
      paid: { type: "final" },
      expired: { type: "final" },
      failed: { type: "final" },
      canceled: { type: "final" },
    },
  });
