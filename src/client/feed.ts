/**
 * Live feeds: what hosts publish after a commit. A doorbell: a message may be lost or come twice; whoever needs every
 * change reads the journal from the last revision it knows.
 */
import type { Address } from "../core/address.ts";
import type { EventObject } from "../core/message.ts";
import type { Subjects } from "../core/subjects.ts";
import { type Change, HEADER } from "../core/wire.ts";
import type { Incoming, Subscription, Transport } from "../ports/transport.ts";
import { isRecord } from "./reply.ts";

/** Where an emitted event comes from. */
export interface EmittedFrom {
  /** The same whenever the same event is delivered again; undefined from a sender that is not ours. */
  readonly effectId: string | undefined;
}

export class Feeds {
  readonly #transport: Transport;
  readonly #subjects: Subjects;
  readonly #open = new Set<Subscription>();

  constructor(transport: Transport, subjects: Subjects) {
    this.#transport = transport;
    this.#subjects = subjects;
  }

  /** Of one object, of all objects of a name, or of everything. */
  changes(of: { readonly name?: string; readonly key?: string }, handler: (change: Change) => void): Subscription {
    return this.#subscribe(this.#subjects.changes(of.name, of.key), (message) => {
      const change = parse(message);
      if (isChange(change)) handler(change);
    });
  }

  emitted(address: Address, type: string, handler: (event: EventObject, from: EmittedFrom) => void): Subscription {
    return this.#subscribe(this.#subjects.emitted(address, type), (message) => {
      const event = parse(message);
      if (isEvent(event)) handler(event, { effectId: message.header(HEADER.effectId) });
    });
  }

  close(): void {
    for (const subscription of [...this.#open]) subscription.close();
  }

  #subscribe(subject: string, handler: (message: Incoming) => void): Subscription {
    const inner = this.#transport.subscribe(subject, handler);
    const outer: Subscription = {
      close: () => {
        this.#open.delete(outer);
        inner.close();
      },
    };
    this.#open.add(outer);
    return outer;
  }
}

/** The value of a message; undefined where it is not JSON, which no host publishes. */
function parse(message: Incoming): unknown {
  try {
    return JSON.parse(Buffer.from(message.data).toString("utf8"));
  } catch {
    return undefined;
  }
}

function isChange(value: unknown): value is Change {
  if (!isRecord(value)) return false;
  const { object, key, revision, messageId } = value;
  return (
    typeof object === "string" && typeof key === "string" && Number.isInteger(revision) && typeof messageId === "string"
  );
}

function isEvent(value: unknown): value is EventObject {
  const { type } = isRecord(value) ? value : {};
  return typeof type === "string";
}
