/**
 * A message on its way through the host, and what becomes of it. Every delivery is answered once; where the answer
 * goes (a reply subject, the relay of another object, the timer loop) is its bringer's business.
 */
import type { StatorError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import { isFinal } from "../core/order.ts";
import type { EngineMessage } from "../engine/engine.ts";

export type Answer =
  /** Its turn is committed. */
  | { readonly kind: "committed"; readonly revision: number; readonly view: string }
  /** It was committed before, under `messageId`. */
  | { readonly kind: "duplicate"; readonly revision: number; readonly view: string; readonly messageId: string }
  /** The present state does not take it and the definition says to ignore that: nothing changed. */
  | { readonly kind: "unchanged"; readonly revision: number; readonly view: string }
  | { readonly kind: "refused"; readonly error: StatorError }
  /** This host does not own the partition any more: the message belongs to another host. */
  | { readonly kind: "moved" };

export interface Delivery {
  readonly message: Message;
  /**
   * `caller`: from outside. `operator`: an order. `object`: another object; `ask` where it wants an answer. `self`: own
   * timer or result.
   */
  readonly origin: "caller" | "operator" | "object" | "ask" | "self";
  /** By the host's monotonic clock. */
  readonly arrivedMs: number;
  readonly answer: (answer: Answer) => void;
  /** Its commit may or may not have happened at least once. */
  inDoubt: boolean;
  /** It was run once as the birth of its object, without a look for one. */
  wasGuessed: boolean;
  /** Turns of it that were rejected so far. */
  rejections: number;
}

export function delivery(
  message: Message,
  origin: Delivery["origin"],
  arrivedMs: number,
  answer: Delivery["answer"],
): Delivery {
  return { message, origin, arrivedMs, answer, inDoubt: false, wasGuessed: false, rejections: 0 };
}

/** A kill or a purge. */
export function isEnding(delivery: Delivery | undefined): boolean {
  const body = delivery?.message.body;
  return body?.kind === "order" && isFinal(body);
}

/** Somebody waits for the answer. */
export const isOutside = ({ origin }: Delivery): boolean => origin === "caller" || origin === "operator";

/** Who sends it is told where the present state does not take it. */
export const wantsVerdict = ({ origin }: Delivery): boolean => origin === "caller" || origin === "ask";

/** What the engine is given of a message. */
export function engineMessage({ message: { id, body, source } }: Delivery): EngineMessage {
  switch (body.kind) {
    case "event":
      return { kind: "event", event: body.event, ...(source === undefined ? {} : { from: source.address }) };
    case "skip": {
      const { kind, timer, invocationId } = body;
      return {
        kind,
        ...(timer === undefined ? {} : { timer }),
        ...(invocationId === undefined ? {} : { invocationId }),
      };
    }
    case "delayed":
      return { kind: "delayed", event: body.event, delayMs: body.delayMs, id };
    case "order":
      return body;
    case "timer":
      return { kind: "timer", timer: body.timer, generation: body.generation };
    case "result":
      return { kind: "result", invocationId: body.invocationId, ok: body.ok, value: body.value };
    case "create":
      throw new TypeError("create is the first turn and no message to a live machine");
  }
}
