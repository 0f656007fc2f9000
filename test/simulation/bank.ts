/** Accounts, and transfers between them that compensate what they are not sure of. */
import { defineMachine, defineObject, type ObjectDefinition, objectRef } from "stator/define";
import { assign, sendTo } from "xstate";
import { z } from "zod";

export const OPENING_BALANCE = 100;

const step = z.object({ transfer: z.string(), amount: z.number() });
export interface Account {
  readonly balance: number;
  /** What became of each step: `debited`, `refused`, `refunded`, `tombstone`; of a credit under `<transfer>:credit`. */
  readonly seen: Readonly<Record<string, string>>;
}

/** Each step is applied once, whatever comes twice or in the wrong order. Also the oracle's. */
export function debit(account: Account, { transfer, amount }: z.infer<typeof step>): Account {
  if (account.seen[transfer] !== undefined) return account;
  if (account.balance < amount) return { ...account, seen: { ...account.seen, [transfer]: "refused" } };
  return { balance: account.balance - amount, seen: { ...account.seen, [transfer]: "debited" } };
}

export function credit(account: Account, event: z.infer<typeof step> & { readonly refuse: boolean }): Account {
  const id = `${event.transfer}:credit`;
  if (account.seen[id] !== undefined) return account;
  if (event.refuse) return { ...account, seen: { ...account.seen, [id]: "refused" } };
  return { balance: account.balance + event.amount, seen: { ...account.seen, [id]: "credited" } };
}

/** A refund that comes before its debit leaves a tombstone, which refuses the debit. */
export function refund(account: Account, { transfer, amount }: z.infer<typeof step>): Account {
  const seen = account.seen[transfer];
  if (seen === "debited")
    return { balance: account.balance + amount, seen: { ...account.seen, [transfer]: "refunded" } };
  if (seen !== undefined) return account;
  return { ...account, seen: { ...account.seen, [transfer]: "tombstone" } };
}

const account = defineObject({
  name: "account",
  private: true,
  machine: defineMachine({
    context: z.object({ balance: z.number(), seen: z.record(z.string(), z.string()) }),
    events: {
      DEBIT: step,
      CREDIT: step.extend({ refuse: z.boolean() }),
      REFUND: step,
    },
  })
    .setup({
      actions: {
        debit: assign(({ context, event }) => debit(context, event)),
        credit: assign(({ context, event }) => (event.type === "CREDIT" ? credit(context, event) : context)),
        refund: assign(({ context, event }) => refund(context, event)),
      },
    })
    .createMachine({
      id: "account",
      context: { balance: OPENING_BALANCE, seen: {} },
      on: {
        DEBIT: {
          actions: [
            "debit",
            sendTo(
              (args) => objectRef("transfer", args.event.transfer)(args),
              ({ context, event }) => ({ type: context.seen[event.transfer] === "debited" ? "DEBITED" : "REFUSED" }),
            ),
          ],
        },
        CREDIT: {
          actions: [
            "credit",
            sendTo(
              (args) => objectRef("transfer", args.event.transfer)(args),
              ({ context, event }) => ({
                type: context.seen[`${event.transfer}:credit`] === "credited" ? "CREDITED" : "REFUSED",
              }),
            ),
          ],
        },
        REFUND: {
          actions: ["refund", sendTo((args) => objectRef("transfer", args.event.transfer)(args), { type: "REFUNDED" })],
        },
      },
    }),
});

const input = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  amount: z.number(),
  refuse: z.boolean(),
  patienceMs: z.number(),
});

/** Debits, credits; gives the money back where the credit is refused or nobody said in time that the debit was done. */
const transfer = defineObject({
  name: "transfer",
  machine: defineMachine({
    context: input,
    input,
    output: z.object({ outcome: z.string() }),
    events: { DEBITED: z.object({}), CREDITED: z.object({}), REFUSED: z.object({}), REFUNDED: z.object({}) },
  })
    .setup({ delays: { patience: ({ context }) => context.patienceMs } })
    .createMachine({
      id: "transfer",
      context: ({ input }) => input,
      initial: "debiting",
      states: {
        debiting: {
          entry: sendTo(
            (args) => objectRef("account", args.context.from)(args),
            ({ context }) => ({ type: "DEBIT", transfer: context.id, amount: context.amount }),
          ),
          on: { DEBITED: "crediting", REFUSED: "failed" },
          after: { patience: "compensating" },
        },
        crediting: {
          entry: sendTo(
            (args) => objectRef("account", args.context.to)(args),
            ({ context }) => ({ type: "CREDIT", transfer: context.id, amount: context.amount, refuse: context.refuse }),
          ),
          on: { CREDITED: "completed", REFUSED: "compensating" },
        },
        compensating: {
          entry: sendTo(
            (args) => objectRef("account", args.context.from)(args),
            ({ context }) => ({ type: "REFUND", transfer: context.id, amount: context.amount }),
          ),
          on: { REFUNDED: "compensated" },
        },
        failed: { type: "final" },
        completed: { type: "final" },
        compensated: { type: "final" },
      },
      output: ({ self }) => ({ outcome: String(self.getSnapshot().value) }),
    }),
});

export const bank: readonly ObjectDefinition[] = [account, transfer];
