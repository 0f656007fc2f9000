/**
 * A subscription is paid, active, and paid again each period, until it is canceled.
 *
 * A renewal that is refused is tried again after a pause, and with a new method at once; the customer keeps the service
 * meanwhile. When patience is over, the subscription lapses. It can be canceled at any time.
 */

import { defineMachine } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";
import { charge } from "./charge.ts";
import { failureText } from "./failure.ts";

const DAY_MS = 86_400_000;
const MAX_FAILURES = 3;

export const subscription = defineMachine({
  context: z.object({
    plan: z.string(),
    pricePerMonth: z.number(),
    method: z.string(),
    periodMs: z.number(),
    retryPauseMs: z.number(),
    payments: z.number(),
    /** Refused payments since the last one that succeeded. */
    failures: z.number(),
    lastError: z.string().nullable(),
  }),
  input: z.object({
    plan: z.string().min(1),
    pricePerMonth: z.number().positive(),
    method: z.string().min(1).optional(),
    periodMs: z.number().int().positive().optional(),
    retryPauseMs: z.number().int().positive().optional(),
  }),
  output: z.object({ plan: z.string(), payments: z.number() }),
  events: { PAY: z.object({ method: z.string().min(1) }), CANCEL: z.object({}) },
  actors: { charge },
})
  .setup({
    actions: {
      choosePayment: assign({
        method: ({ context, event }) => (event.type === "PAY" ? event.method : context.method),
      }),
      notePayment: assign({ payments: ({ context }) => context.payments + 1, failures: 0, lastError: null }),
      noteFailure: assign({
        failures: ({ context }) => context.failures + 1,
        lastError: (_, params: { error: unknown }) => failureText(params.error),
      }),
    },
    guards: { isLastFailure: ({ context }) => context.failures + 1 >= MAX_FAILURES },
    delays: {
      period: ({ context }) => context.periodMs,
      retryPause: ({ context }) => context.retryPauseMs,
    },
  })
  .createMachine({
    id: "subscription",
    context: ({ input }) => ({
      plan: input.plan,
      pricePerMonth: input.pricePerMonth,
      method: input.method ?? "card",
      periodMs: input.periodMs ?? 30 * DAY_MS,
      retryPauseMs: input.retryPauseMs ?? DAY_MS,
      payments: 0,
      failures: 0,
      lastError: null,
    }),
    output: ({ context }) => ({ plan: context.plan, payments: context.payments }),
    initial: "activating",
    on: { CANCEL: ".canceled" },
    states: {
      activating: {
        tags: ["busy"],
        invoke: {
          id: "firstCharge",
          src: "charge",
          input: ({ context }) => ({ amount: context.pricePerMonth, method: context.method }),
          onDone: { target: "active", actions: "notePayment" },
          onError: { target: "unpaid", actions: { type: "noteFailure", params: ({ event }) => event } },
        },
      },
      unpaid: { on: { PAY: { target: "activating", actions: "choosePayment" } } },
      active: {
        initial: "paid",
        states: {
          paid: { after: { period: "renewing" } },
          renewing: {
            tags: ["busy"],
            invoke: {
              id: "renewal",
              src: "charge",
              input: ({ context }) => ({ amount: context.pricePerMonth, method: context.method }),
              onDone: { target: "paid", actions: "notePayment" },
              onError: [
                {
                  guard: "isLastFailure",
                  target: "#subscription.lapsed",
                  actions: { type: "noteFailure", params: ({ event }) => event },
                },
                { target: "overdue", actions: { type: "noteFailure", params: ({ event }) => event } },
              ],
            },
          },
          overdue: {
            on: { PAY: { target: "renewing", actions: "choosePayment" } },
            after: { retryPause: "renewing" },
          },
        },
      },
      canceled: { type: "final" },
      lapsed: { type: "final" },
    },
  });
