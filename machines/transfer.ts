/**
 * Moves money between two accounts: debits one, credits the other, and gives the money back if that cannot be done.
 *
 * A saga written by hand, whose steps are messages to other objects and their answers. A debit or credit that was refused
 * did not happen; one that did not answer in time may have, and is undone. Its answer may still come: each state takes
 * only the answers of its own step, and messages between objects are applied once.
 */

import { defineMachine, objectRef } from "stator/define";
import { assign, sendTo } from "xstate";
import { z } from "zod";
import { account } from "./account.ts";

const accounts = { name: "account", machine: account };
const ANSWER_MS = 60_000;
const answers = { stepKey: z.string() };

type Side = "debit" | "credit";
interface Context {
  readonly key: string;
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}
const stepOf = (context: Context, side: Side) => ({ stepKey: `${context.run}/${side}`, transfer: context.key });
/** The address of an object is "name/key". */
const keyIn = (address: string): string => address.slice(address.indexOf("/") + 1);

export const transfer = defineMachine({
  context: z.object({
    /** This transfer's own key, for the answers. */
    key: z.string(),
    /** Different in each life of the object: prefix of the step keys. */
    run: z.string(),
    from: z.string(),
    to: z.string(),
    amount: z.number(),
    failure: z.string().nullable(),
  }),
  input: z.object({ from: z.string().min(1), to: z.string().min(1), amount: z.number().int().positive() }),
  output: z.object({ status: z.enum(["completed", "compensated"]), failure: z.string().nullable() }),
  events: {
    DEBITED: z.object(answers),
    CREDITED: z.object(answers),
    REFUSED: z.object(answers),
    DEBIT_UNDONE: z.object(answers),
    CREDIT_UNDONE: z.object(answers),
    CANCEL: z.object({}),
  },
})
  .setup({
    actions: {
      /** The first reason is the one that counts. */
      fail: assign({ failure: ({ context }, params: { reason: string }) => context.failure ?? params.reason }),
      debit: sendTo(
        ({ context, system }) => objectRef(accounts, context.from)({ system }),
        ({ context }) => ({ type: "DEBIT" as const, amount: context.amount, ...stepOf(context, "debit") }),
      ),
      credit: sendTo(
        ({ context, system }) => objectRef(accounts, context.to)({ system }),
        ({ context }) => ({ type: "CREDIT" as const, amount: context.amount, ...stepOf(context, "credit") }),
      ),
      undoDebit: sendTo(
        ({ context, system }) => objectRef(accounts, context.from)({ system }),
        ({ context }) => ({ type: "UNDO_DEBIT" as const, ...stepOf(context, "debit") }),
      ),
      undoCredit: sendTo(
        ({ context, system }) => objectRef(accounts, context.to)({ system }),
        ({ context }) => ({ type: "UNDO_CREDIT" as const, ...stepOf(context, "credit") }),
      ),
    },
    delays: { answer: ANSWER_MS },
  })
  .createMachine({
    id: "transfer",
    context: ({ input, self }) => ({
      ...input,
      key: keyIn(self.id),
      run: `${self.id}/${self.sessionId}`,
      failure: null,
    }),
    output: ({ context }) => ({
      status: context.failure === null ? "completed" : "compensated",
      failure: context.failure,
    }),
    initial: "do_debit",
    states: {
      do_debit: {
        tags: ["forward"],
        meta: { saga: { step: "debit", phase: "do", done: "DEBITED", failed: "REFUSED", cleanFailure: true } },
        entry: "debit",
        on: {
          DEBITED: { target: "do_credit" },
          REFUSED: { target: "compensated", actions: { type: "fail", params: { reason: "the debit was refused" } } },
          CANCEL: { target: "undo_debit", actions: { type: "fail", params: { reason: "canceled" } } },
        },
        after: {
          answer: { target: "undo_debit", actions: { type: "fail", params: { reason: "the debit was not answered" } } },
        },
      },
      do_credit: {
        tags: ["forward"],
        meta: { saga: { step: "credit", phase: "do", done: "CREDITED", failed: "REFUSED", cleanFailure: true } },
        entry: "credit",
        on: {
          CREDITED: { target: "completed" },
          REFUSED: {
            target: "undo_debit",
            actions: { type: "fail", params: { reason: "the credit was refused" } },
          },
          CANCEL: { target: "undo_credit", actions: { type: "fail", params: { reason: "canceled" } } },
        },
        after: {
          answer: {
            target: "undo_credit",
            actions: { type: "fail", params: { reason: "the credit was not answered" } },
          },
        },
      },
      undo_credit: {
        tags: ["compensation"],
        meta: { undoes: "credit", saga: { step: "credit", phase: "undo", done: "CREDIT_UNDONE" } },
        entry: "undoCredit",
        on: {
          CREDIT_UNDONE: {
            target: "undo_debit",
          },
        },
      },
      undo_debit: {
        tags: ["compensation"],
        meta: { undoes: "debit", saga: { step: "debit", phase: "undo", done: "DEBIT_UNDONE" } },
        entry: "undoDebit",
        on: {
          DEBIT_UNDONE: {
            target: "compensated",
          },
        },
      },
      completed: { type: "final", tags: ["success"] },
      compensated: { type: "final", tags: ["compensated"] },
    },
  });
