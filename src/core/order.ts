/**
 * What an operator wants of an object: a message like others, through its mailbox, with its row in the journal.
 *
 *   cancel   the machine's own CANCEL, once the objects that it invoked and that cancel too have ended
 *   kill     the end, at once: nothing is compensated, nothing of it runs on
 *   purge    of one that has ended nothing stays but its name and the ids of its messages
 *   retry, skip   RETRY or SKIP for what the machine itself has parked
 */
import type { EventObject } from "./event.ts";

interface Signed {
  readonly kind: "order";
  /** Who wants it, and why: kept in the journal. */
  readonly by: string;
  readonly reason: string;
}

export interface CancelOrder extends Signed {
  readonly verb: "cancel";
  readonly event: EventObject;
  /** Invocations of objects that were told to cancel: the machine gets the event when none of them runs any more. */
  readonly after: readonly string[];
  /** Of a cancel that waits already: only these are left to wait for, the others take none. */
  readonly isNarrowing?: boolean;
}

/** A cancel that waits for other objects to end. */
export type PendingCancel = Pick<CancelOrder, "event" | "after">;

export interface KillOrder extends Signed {
  readonly verb: "kill";
  /** Of an object that dies with the one that invoked it: only where this invocation made it. */
  readonly invocationId?: string;
}

export interface PurgeOrder extends Signed {
  readonly verb: "purge";
}

export interface ReleaseOrder extends Signed {
  readonly verb: "retry" | "skip";
  /** Which parked step; needed for `skip` where several are. */
  readonly step?: string;
}

export type Order = CancelOrder | KillOrder | PurgeOrder | ReleaseOrder;

/** Needs no state that the machine can run. */
export const isFinal = (order: Order): order is KillOrder | PurgeOrder =>
  order.verb === "kill" || order.verb === "purge";

export type Signature = Pick<Signed, "by" | "reason">;

/** What the journal keeps of an order. */
export function orderText(order: Order): object {
  const { by, reason } = order;
  switch (order.verb) {
    case "cancel":
      return { ...order.event, by, reason };
    case "kill":
    case "purge":
      return { by, reason };
    default:
      return { type: order.verb.toUpperCase(), ...(order.step === undefined ? {} : { step: order.step }), by, reason };
  }
}

export const JOURNAL_KIND = {
  cancel: "canceled",
  kill: "killed",
  purge: "purged",
  retry: "retried",
  skip: "skipped",
} as const;
