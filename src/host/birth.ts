/** The first turn of an object: created by its input, or by the first message where its machine needs none. */
import type { Address } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { NO_STEPS } from "../core/trail.ts";
import { type Engine, type EngineTurn, type LiveObject, SnapshotError, type TurnContext } from "../engine/engine.ts";
import type { StoredObject } from "../ports/store.ts";
import type { Head } from "./chain.ts";
import { type Answer, type Delivery, engineMessage, isEnding, wantsVerdict } from "./delivery.ts";
import { eventNotAccepted, missing, notCreated, unchanged } from "./refusal.ts";
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

/** A stored object for the message that wants it. To be killed or purged it needs no state that its machine can run. */
export function revive(engine: Engine, row: StoredObject, first?: Delivery): LiveObject {
  const { address, incarnation, snapshot, status } = row;
  try {
    return engine.restore(snapshot, { address, incarnation });
  } catch (cause) {
    if (cause instanceof SnapshotError && isEnding(first)) return engine.unrestorable(snapshot, status);
    throw cause;
  }
}

/** A turn that leaves everything as it is. */
export function unchangedTurn({ view, snapshot }: LiveObject): Extract<EngineTurn, { kind: "settled" }> {
  return { kind: "settled", handled: false, effects: [], steps: NO_STEPS, view, snapshot };
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
  if (origin === "operator") return { kind: "refused", error: missing(address) };
  return origin === "object" ? unchanged({ address, head: undefined, live: undefined }) : { kind: "moved" };
}
