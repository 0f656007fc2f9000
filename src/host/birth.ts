/** The first turn of an object: created by its input, or by the first message where its machine needs none. */
import type { Address } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Engine, EngineTurn, LiveObject, TurnContext } from "../engine/engine.ts";
import type { Head } from "./chain.ts";
import { type Answer, type Delivery, engineMessage, wantsVerdict } from "./delivery.ts";
import { eventNotAccepted, notCreated, unchanged } from "./refusal.ts";
import type { ObjectServices } from "./services.ts";

export type Birth =
  | { readonly object: LiveObject; readonly turn: EngineTurn }
  /** There is no such object, and this message does not make one. */
  | { readonly answer: Answer };

export function bear(
  engine: Engine,
  services: ObjectServices,
  delivery: Delivery,
  head: Head,
  context: TurnContext,
): Birth {
  const { address } = context;
  const { body } = delivery.message;
  if (body.kind === "create") return living(engine.create(body.input, context, undefined, body.creator));
  if (body.kind !== "event" && body.kind !== "delayed") return { answer: answerOfNobody(delivery, address) };
  if (services.needsInput(address.name)) return { answer: { kind: "refused", error: notCreated(address) } };
  const born = living(engine.create(undefined, context, engineMessage(delivery)));
  if ("answer" in born || born.turn.kind !== "settled" || born.turn.handled || !wantsVerdict(delivery)) return born;
  if (services.ignoresUnhandled(address.name)) return { answer: unchanged({ address, head, live: born.object }) };
  return { answer: { kind: "refused", error: eventNotAccepted(address, born.object, delivery.message) } };
}

/** A turn that leaves everything as it is. */
export function unchangedTurn({ view, snapshot }: LiveObject): Extract<EngineTurn, { kind: "settled" }> {
  return { kind: "settled", handled: false, effects: [], view, snapshot };
}

function living(born: Extract<Birth, { readonly turn: EngineTurn }>): Birth {
  if (born.turn.kind !== "rejected") return born;
  const { code, message, details, cause } = born.turn.error;
  // there is nothing that could be parked: the sender must know
  const error = new StatorError(code, message, { details: { ...details, created: false }, cause });
  return { answer: { kind: "refused", error } };
}

/** A timer or a result of an object that is not there. What another object reports to nobody has arrived. */
function answerOfNobody({ origin }: Delivery, address: Address): Answer {
  return origin === "object" ? unchanged({ address, head: undefined, live: undefined }) : { kind: "moved" };
}
