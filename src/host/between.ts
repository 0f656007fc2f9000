/**
 * Messages between objects at the receiver, whichever way they came: checked like those from outside, then put into the
 * mailbox. One whose turn keeps failing parks the receiver; an ask or a create is answered instead, by its own sender.
 */
import { formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { contentHash, type Message, type MessageBody } from "../core/message.ts";
import { parseEvent, parseInput } from "../core/validate.ts";
import type { Clock } from "../ports/clock.ts";
import type { Attempts } from "./attempts.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import type { BetweenBody } from "./internal.ts";
import type { Hosted } from "./objects.ts";

export interface BetweenParts {
  readonly hosted: ReadonlyMap<string, Hosted>;
  readonly push: (delivery: Delivery) => void;
  readonly attempts: Attempts;
  readonly clock: Clock;
}

export class Between {
  readonly #parts: BetweenParts;

  constructor(parts: BetweenParts) {
    this.#parts = parts;
  }

  /** Throws what is refused at the door. */
  take(body: BetweenBody, answered: (answer: Answer) => void): void {
    const { hosted, push, attempts, clock } = this.#parts;
    const receiver = hosted.get(body.to.name);
    if (receiver === undefined) throw unknownObject(body.to.name, [...hosted.keys()]);
    const message = messageOf(body, receiver);
    const isAnswered = body.kind === "ask" || body.kind === "create";
    const answer = (given: Answer): void => {
      if (given.kind !== "refused") attempts.succeeded(message.id);
      else if (!isAnswered && isPoison(given.error)) attempts.failed(message.id, message, given.error);
      answered(given);
    };
    push(delivery(message, body.kind === "ask" ? "ask" : "object", clock.monotonicMs(), answer));
  }
}

/** The turn itself failed; a refusal of any other kind is the sender's matter. */
const isPoison = (error: StatorError): boolean => error.code === "TURN_FAILED" || error.code === "TOO_LARGE";

function messageOf(body: BetweenBody, { definition }: Hosted): Message {
  const content = contentOf(body, definition);
  const { messageId: id, to, source } = body;
  return { id, hash: contentHash(content), sentAtMs: undefined, to, body: content, source };
}

function contentOf(body: BetweenBody, definition: Hosted["definition"]): MessageBody {
  switch (body.kind) {
    case "event":
    case "ask":
      return { kind: "event", event: parseEvent(definition, body.event, "object") };
    case "create": {
      const creator = { address: body.source.address, invocationId: body.invocationId };
      return { kind: "create", input: parseInput(definition, body.input), creator };
    }
    case "kill":
      return { kind: "order", verb: "kill", by: body.by, reason: body.reason, invocationId: body.invocationId };
    case "result":
      return { kind: "result", invocationId: body.invocationId, ok: body.ok, value: body.value };
  }
}

export function unknownObject(name: string, known: readonly string[]): StatorError {
  const text = `no object is defined under the name ${name}; this host serves: ${known.join(", ")}`;
  return new StatorError("UNKNOWN_OBJECT", text, { details: { known } });
}

/** Answers of an object, as a promise: for the host's own messages. */
export function arrival(what: BetweenBody["to"], take: (answered: (answer: Answer) => void) => void): Promise<Arrived> {
  return new Promise((resolve, reject) => {
    take((answer) => {
      if (answer.kind === "refused") reject(answer.error);
      else if (answer.kind === "moved")
        reject(new StatorError("UNAVAILABLE", `${formatAddress(what)} moved to another host`));
      else resolve(answer);
    });
  });
}
export type Arrived = Exclude<Answer, { kind: "refused" | "moved" }>;
