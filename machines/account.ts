/**
 * A bank account. Transfers debit and credit it by messages; each is applied once, answered, and can be undone.
 *
 * The undoing may come before what it undoes. It leaves a tombstone, so the late debit or credit is refused, and money is
 * neither made nor lost.
 */

import { defineMachine, objectRef } from "stator/define";
import { effectOf, stepDone, stepState, stepsSchema, stepUndone } from "stator/saga";
import { assign, sendTo } from "xstate";
import { z } from "zod";

/** What a transfer tells an account: which of its steps this is, and which transfer to answer. */
const step = { stepKey: z.string(), transfer: z.string() };
const amount = z.number().int().positive();

interface Answer {
  readonly transfer: string;
  readonly stepKey: string;
  readonly answer: "DEBITED" | "CREDITED" | "REFUSED" | "DEBIT_UNDONE" | "CREDIT_UNDONE";
}

export const account = defineMachine({
  context: z.object({
    balance: z.number().int(),
    /** What each step changed the balance by. */
    steps: stepsSchema(z.number().int()),
  }),
  input: z.object({ balance: z.number().int().nonnegative() }),
  events: {
    DEPOSIT: z.object({ amount }),
    DEBIT: z.object({ ...step, amount }),
    CREDIT: z.object({ ...step, amount }),
    UNDO_DEBIT: z.object(step),
    UNDO_CREDIT: z.object(step),
  },
})
  .setup({
    actions: {
      deposit: assign({ balance: ({ context }, params: { amount: number }) => context.balance + params.amount }),
      move: assign(({ context }, params: { stepKey: string; by: number }) => ({
        balance: context.balance + params.by,
        steps: stepDone(context.steps, params.stepKey, params.by),
      })),
      undo: assign(({ context }, params: { stepKey: string }) => ({
        balance: context.balance - (effectOf(context.steps, params.stepKey) ?? 0),
        steps: stepUndone(context.steps, params.stepKey),
      })),
      /** By name, so that account and transfer do not import each other. */
      answer: sendTo(
        ({ system }, params: Answer) => objectRef("transfer", params.transfer)({ system }),
        (_, params: Answer) => ({ type: params.answer, stepKey: params.stepKey }),
      ),
    },
    guards: {
      isDone: ({ context }, params: { stepKey: string }) => stepState(context.steps, params.stepKey) === "done",
      isUndone: ({ context }, params: { stepKey: string }) => stepState(context.steps, params.stepKey) === "undone",
      isCovered: ({ context }, params: { amount: number }) => context.balance >= params.amount,
    },
  })
  .createMachine({
    id: "account",
    context: ({ input }) => ({ balance: input.balance, steps: {} }),
    initial: "open",
    states: {
      open: {
        on: {
          DEPOSIT: { actions: { type: "deposit", params: ({ event }) => event } },
          DEBIT: [
            {
              guard: { type: "isUndone", params: ({ event }) => event },
              actions: { type: "answer", params: ({ event }) => ({ ...event, answer: "REFUSED" }) },
            },
            {
              guard: { type: "isDone", params: ({ event }) => event },
              actions: { type: "answer", params: ({ event }) => ({ ...event, answer: "DEBITED" }) },
            },
            {
              guard: { type: "isCovered", params: ({ event }) => event },
              actions: [
                { type: "move", params: ({ event }) => ({ stepKey: event.stepKey, by: -event.amount }) },
                { type: "answer", params: ({ event }) => ({ ...event, answer: "DEBITED" }) },
              ],
            },
            { actions: { type: "answer", params: ({ event }) => ({ ...event, answer: "REFUSED" }) } },
          ],
          CREDIT: [
            {
              guard: { type: "isUndone", params: ({ event }) => event },
              actions: { type: "answer", params: ({ event }) => ({ ...event, answer: "REFUSED" }) },
            },
            {
              guard: { type: "isDone", params: ({ event }) => event },
              actions: { type: "answer", params: ({ event }) => ({ ...event, answer: "CREDITED" }) },
            },
            {
              actions: [
                { type: "move", params: ({ event }) => ({ stepKey: event.stepKey, by: event.amount }) },
                { type: "answer", params: ({ event }) => ({ ...event, answer: "CREDITED" }) },
              ],
            },
          ],
          UNDO_DEBIT: {
            actions: [
              { type: "undo", params: ({ event }) => event },
              { type: "answer", params: ({ event }) => ({ ...event, answer: "DEBIT_UNDONE" }) },
            ],
          },
          UNDO_CREDIT: {
            actions: [
              { type: "undo", params: ({ event }) => event },
              { type: "answer", params: ({ event }) => ({ ...event, answer: "CREDIT_UNDONE" }) },
            ],
          },
        },
      },
    },
  });
