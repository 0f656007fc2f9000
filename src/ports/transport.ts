/**
 * How messages travel. `test/conformance/transport.ts` is the specification; every transport passes it.
 *
 * A doorbell, not a mailbox: a transport may lose, repeat or reorder anything at any time. Whoever cares retries under
 * one message id. Subjects are dot-separated tokens; a subscription may use `*` for one token and `>` for the rest.
 */

export type Headers = Readonly<Record<string, string>>;

export interface Incoming {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Where an answer goes; undefined where none is wanted. */
  readonly reply: string | undefined;
  /** A header by name, case-insensitive; undefined where it is not set. */
  header(name: string): string | undefined;
  /** All headers, for passing a message on. */
  headers(): Headers;
}

export interface PublishOptions {
  readonly reply?: string;
  readonly headers?: Headers;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: Headers;
  readonly again?: Again;
}

/** Sends the request once more, for the case that whoever had it is dead. The answer to either of them is the answer. */
export interface Again {
  /** Without an answer for so long. */
  readonly afterMs: number;
  /** Asked then: where to; undefined where it should not be sent again. */
  readonly subject: () => string | undefined;
}

export interface Subscription {
  /** No more messages after this returns; what is on its way is lost. */
  close(): void;
}

export interface DrainableSubscription extends Subscription {
  /** Takes what is on its way, then closes. Resolves in any case, and soon. */
  drain(): Promise<void>;
}

/** The request found nobody subscribed to its subject. */
export class NoRespondersError extends Error {
  constructor(subject: string) {
    super(`nobody answers on ${subject}`);
    this.name = "NoRespondersError";
  }
}

/** No answer came in time; whether the request had an effect is unknown. */
export class NoAnswerError extends Error {
  constructor(subject: string, timeoutMs: number) {
    super(`no answer on ${subject} within ${timeoutMs} ms`);
    this.name = "NoAnswerError";
  }
}

/** The largest payload of any transport, in bytes. Larger ones are refused before they are published. */
export const MAX_PAYLOAD_BYTES = 900 * 1024;

export interface Transport {
  /** Fire and forget; buffered while the connection is down, lost if it stays down. */
  publish(subject: string, data: string | Uint8Array, options?: PublishOptions): void;

  /** Each message goes to one member of a `queue`, and to every subscriber without one. */
  subscribe(
    subject: string,
    handler: (message: Incoming) => void,
    options?: { readonly queue?: string },
  ): DrainableSubscription;

  /** Resolves with the first answer. Rejects with `NoRespondersError` or `NoAnswerError`. */
  request(subject: string, data: string | Uint8Array, options: RequestOptions): Promise<Incoming>;

  /** All answers that come within `timeoutMs`. */
  requestMany(
    subject: string,
    data: string | Uint8Array,
    timeoutMs: number,
    enough?: (answers: readonly Incoming[]) => boolean,
  ): Promise<readonly Incoming[]>;

  isConnected(): boolean;
  /** Resolves when everything published so far has reached the broker. */
  flush(): Promise<void>;
  /** Delivers what is on its way, then closes. */
  close(): Promise<void>;
}
