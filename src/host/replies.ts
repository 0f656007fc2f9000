/** Answers to callers, as bytes on the wire. */
import type { Address } from "../core/address.ts";
import type { StatorError } from "../core/errors.ts";
import { receiptText } from "../core/message.ts";
import { errorHeaders, errorText } from "../core/wire.ts";
import type { Transport } from "../ports/transport.ts";
import type { Answer } from "./delivery.ts";

export class Replies {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  text(reply: string | undefined, text: string): void {
    if (reply !== undefined) this.#transport.publish(reply, text);
  }

  error(reply: string | undefined, error: StatorError): void {
    if (reply !== undefined) this.#transport.publish(reply, errorText(error), { headers: errorHeaders(error) });
  }

  /** The receipt of a message, or why it was refused. A message that moved is not answered: it is passed on. */
  answer(reply: string | undefined, to: Address, messageId: string, answer: Exclude<Answer, { kind: "moved" }>): void {
    if (reply === undefined) return;
    switch (answer.kind) {
      case "committed":
      case "unchanged":
        return this.text(reply, receiptText(to, messageId, answer.revision, false, answer.view));
      case "duplicate":
        return this.text(reply, receiptText(to, answer.messageId, answer.revision, true, answer.view));
      case "refused":
        return this.error(reply, answer.error);
    }
  }
}
