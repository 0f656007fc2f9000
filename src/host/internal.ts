/**
 * Messages that only hosts may send: from one object to another, and an operator's orders. Partition subjects can be published to by typed
 * clients, so the subject proves nothing; an HMAC-SHA256 under the namespace's secret does.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Address } from "../core/address.ts";
import type { EventObject, MessageSource } from "../core/message.ts";
import type { Signature } from "../core/order.ts";
import { HEADER, type OperatorVerb } from "../core/wire.ts";
import type { Headers, Incoming } from "../ports/transport.ts";

interface Between {
  readonly to: Address;
  readonly source: MessageSource;
  readonly messageId: string;
}

/** What one object's outbox brings to another object. */
export type BetweenBody =
  | (Between & { readonly kind: "event" | "ask"; readonly event: EventObject })
  /** The source is the creator. */
  | (Between & { readonly kind: "create"; readonly input: unknown; readonly invocationId: string })
  | (Between & {
      readonly kind: "result";
      readonly invocationId: string;
      readonly ok: boolean;
      readonly value: unknown;
    })
  /** The source was killed: so is what it invoked. */
  | (Between & { readonly kind: "kill"; readonly invocationId: string } & Signature);

/** What an operator wants of an object. */
export interface OperatorBody extends Signature {
  readonly kind: "operator";
  readonly to: Address;
  readonly verb: OperatorVerb;
  readonly orderId: string;
  readonly messageId?: string | undefined;
  readonly step?: string | undefined;
  readonly preview?: boolean | undefined;
  /** The order comes from the object whose invocation this is: only what that made is meant. */
  readonly invocationId?: string | undefined;
}

export type InternalBody = BetweenBody | OperatorBody;

export class Seal {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  headers(body: string): Headers {
    return { [HEADER.mac]: this.#mac(body).toString("base64url") };
  }

  /** The body, where the message carries a valid mark; undefined where it does not. */
  open(incoming: Incoming): InternalBody | undefined {
    const given = Buffer.from(incoming.header(HEADER.mac) ?? "", "base64url");
    const body = Buffer.from(incoming.data).toString("utf8");
    const right = this.#mac(body);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    return JSON.parse(body) as InternalBody;
  }

  #mac(body: string): Buffer {
    return createHmac("sha256", this.#secret).update(body).digest();
  }
}
