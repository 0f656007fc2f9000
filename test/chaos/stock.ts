/** Goods that are reserved, confirmed, released, and given back by a timer when nobody confirms them in time. */
import { defineMachine, defineObject } from "stator/define";
import { assign, enqueueActions } from "xstate";
import { z } from "zod";

export const OPENING_STOCK = 40;

const contextSchema = z.object({
  free: z.number(),
  sold: z.number(),
  held: z.record(z.string(), z.number()),
  /** How each reservation ended. */
  ended: z.record(z.string(), z.string()),
});
export type Stock = z.infer<typeof contextSchema>;

const one = z.object({ id: z.string() });

export function reserve(stock: Stock, { id, qty }: { readonly id: string; readonly qty: number }): Stock {
  if (stock.held[id] !== undefined || stock.ended[id] !== undefined) return stock;
  if (stock.free < qty) return { ...stock, ended: { ...stock.ended, [id]: "refused" } };
  return { ...stock, free: stock.free - qty, held: { ...stock.held, [id]: qty } };
}

/** A reservation that is not held any more stays as it ended. */
export function finish(stock: Stock, id: string, how: "confirmed" | "released" | "expired"): Stock {
  const { [id]: qty, ...held } = stock.held;
  if (qty === undefined) return stock;
  const ended = { ...stock.ended, [id]: how };
  if (how === "confirmed") return { ...stock, held, ended, sold: stock.sold + qty };
  return { ...stock, held, ended, free: stock.free + qty };
}

export const emptyStock: Stock = { free: OPENING_STOCK, sold: 0, held: {}, ended: {} };

export const stock = defineObject({
  name: "stock",
  machine: defineMachine({
    context: contextSchema,
    events: { RESERVE: one.extend({ qty: z.number(), delayMs: z.number() }), CONFIRM: one, RELEASE: one },
    internal: { EXPIRE: one },
  })
    .setup()
    .createMachine({
      id: "stock",
      context: emptyStock,
      on: {
        RESERVE: {
          actions: [
            enqueueActions(({ context, event, enqueue }) => {
              const after = reserve(context, event);
              if (after.held[event.id] !== undefined && context.held[event.id] === undefined)
                enqueue.raise({ type: "EXPIRE", id: event.id }, { id: event.id, delay: event.delayMs });
              enqueue.assign(after);
            }),
          ],
        },
        CONFIRM: {
          actions: enqueueActions(({ context, event, enqueue }) => {
            if (context.held[event.id] !== undefined) enqueue.cancel(event.id);
            enqueue.assign(finish(context, event.id, "confirmed"));
          }),
        },
        RELEASE: {
          actions: enqueueActions(({ context, event, enqueue }) => {
            if (context.held[event.id] !== undefined) enqueue.cancel(event.id);
            enqueue.assign(finish(context, event.id, "released"));
          }),
        },
        EXPIRE: { actions: assign(({ context, event }) => finish(context, event.id, "expired")) },
      },
    }),
});
