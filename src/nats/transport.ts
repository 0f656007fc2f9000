/**
 * The transport on core NATS: callback subscriptions, one inbox for all requests, no flush per message.
 *
 * It never gives a connection up: it reconnects for ever, holds a bounded amount of what is published meanwhile, and
 * leaves pending requests to their timeouts. A connection that the user hands in is used and never closed by us.
 */
import { createInbox } from "nats";
import { StatorError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import {
  assertFilter,
  assertHeaders,
  assertQueue,
  assertSubject,
  type Frame,
  HeaderIndex,
  HeldFrames,
  hand,
  type OnError,
  payloadOf,
  warn,
} from "../ports/frame.ts";
import type {
  DrainableSubscription,
  Headers,
  Incoming,
  PublishOptions,
  RequestOptions,
  Transport,
} from "../ports/transport.ts";
import {
  dial,
  type NatsClientStatus,
  type NatsConnectionLike,
  type NatsMessage,
  type NatsSubscription,
} from "./connection.ts";
import { natsError } from "./errors.ts";
import { decode, encodable, isNoResponders } from "./headers.ts";
import { Inbox } from "./inbox.ts";

export type NatsStatus =
  | { readonly kind: "connected"; readonly server: string }
  | { readonly kind: "disconnected"; readonly server: string }
  /** For good: by `close`, or by the owner of a connection that was handed in. */
  | { readonly kind: "closed" };

export interface NatsOptions {
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly clock: Clock;
  /** Answers come to `<inboxPrefix>.<random>.*`. `_INBOX` by default. */
  readonly inboxPrefix?: string;
  readonly onStatus?: (status: NatsStatus) => void;
  /** What handlers throw and what the server complains of. A process warning by default. */
  readonly onError?: OnError;
}

/** A drain that takes longer, with a broker that does not answer, is cut short. */
const MAX_DRAIN_MS = 5_000;

/** `servers` is a URL (see `dial`), or an open connection of `nats` 2 or `@nats-io/transport-node` 3. */
export async function connectNats(servers: string | NatsConnectionLike, options: NatsOptions): Promise<NatsTransport> {
  if (typeof servers !== "string") return new NatsTransport(servers, "theirs", options);
  return new NatsTransport(await dial(servers, options.name), "ours", options);
}

export class NatsTransport implements Transport {
  readonly #connection: NatsConnectionLike;
  readonly #ownership: "ours" | "theirs";
  readonly #clock: Clock;
  readonly #onStatus: (status: NatsStatus) => void;
  readonly #onError: OnError;
  readonly #subscriptions = new Set<NatsSubscription>();
  readonly #held = new HeldFrames();
  readonly #inbox: Inbox;
  #isConnected = true;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  /** Use `connectNats`. */
  constructor(connection: NatsConnectionLike, ownership: "ours" | "theirs", options: NatsOptions) {
    this.#connection = connection;
    this.#ownership = ownership;
    this.#clock = options.clock;
    this.#onStatus = options.onStatus ?? (() => undefined);
    this.#onError = options.onError ?? warn;
    this.#inbox = new Inbox(createInbox(options.inboxPrefix), options.clock);
    this.#listen(this.#inbox.filter, undefined, {
      message: (message) => this.#inbox.answer(message),
      noResponders: (subject) => this.#inbox.noResponders(subject),
    });
    void this.#watch();
    void connection.closed().then(() => this.#end());
  }

  publish(subject: string, data: string | Uint8Array, options: PublishOptions = {}): void {
    assertSubject(subject);
    if (options.reply !== undefined) assertSubject(options.reply);
    if (options.headers !== undefined) assertHeaders(options.headers);
    this.#send({ subject, data: payloadOf(subject, data), reply: options.reply, headers: options.headers });
  }

  subscribe(
    subject: string,
    handler: (message: Incoming) => void,
    options: { readonly queue?: string } = {},
  ): DrainableSubscription {
    assertFilter(subject);
    if (options.queue !== undefined) assertQueue(options.queue);
    if (this.#closing !== undefined) throw closed(subject);
    return this.#listen(subject, options.queue, {
      message: (message) => hand(message, handler, this.#onError),
      noResponders: () => undefined, // the answer to a publish of ours with a reply; `request` is for who wants to know
    });
  }

  request(subject: string, data: string | Uint8Array, options: RequestOptions): Promise<Incoming> {
    const { headers } = options;
    return this.#inbox.one(subject, options, (reply, to) =>
      this.publish(to, data, headers === undefined ? { reply } : { reply, headers }),
    );
  }

  async requestMany(
    subject: string,
    data: string | Uint8Array,
    timeoutMs: number,
    enough: (answers: readonly Incoming[]) => boolean = () => false,
  ): Promise<readonly Incoming[]> {
    return this.#inbox.many(subject, timeoutMs, enough, (reply, to) => this.publish(to, data, { reply }));
  }

  isConnected(): boolean {
    return this.#isConnected && !this.#isClosed && !this.#connection.isClosed();
  }

  async flush(): Promise<void> {
    if (!this.isConnected()) throw new StatorError("UNAVAILABLE", "NATS is not connected; what was published waits");
    try {
      await this.#connection.flush();
    } catch (cause) {
      throw natsError(cause, "flush");
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#drain();
    await this.#closing;
  }

  #send(frame: Frame): void {
    if (this.#isClosed || this.#connection.isClosed()) throw closed(frame.subject);
    if (!this.#isConnected) {
      this.#held.add(frame);
      return;
    }
    const { reply, headers } = frame;
    try {
      this.#connection.publish(frame.subject, frame.data, {
        ...(reply === undefined ? {} : { reply }),
        ...(headers === undefined ? {} : { headers: encodable(headers) }),
      });
    } catch (cause) {
      throw natsError(cause, frame.subject);
    }
  }

  #listen(
    filter: string,
    queue: string | undefined,
    to: { readonly message: (message: Incoming) => void; readonly noResponders: (subject: string) => void },
  ): DrainableSubscription {
    const callback = (error: unknown, message: NatsMessage): void => {
      if (error)
        this.#onError(natsError(error, filter), filter); // no permission: the subscription has ended
      else if (isNoResponders(message)) to.noResponders(message.subject);
      else to.message(new NatsIncoming(message));
    };
    let subscription: NatsSubscription;
    try {
      subscription = this.#connection.subscribe(filter, { ...(queue === undefined ? {} : { queue }), callback });
    } catch (cause) {
      throw natsError(cause, filter);
    }
    this.#subscriptions.add(subscription);
    const close = (): void => {
      this.#subscriptions.delete(subscription);
      subscription.unsubscribe();
    };
    return {
      close,
      drain: () => (this.isConnected() ? this.#within(subscription.drain()) : Promise.resolve()).then(close),
    };
  }

  /** Follows the connection's ups and downs. The client's status list ends with the connection. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (this.#isClosed) return;
      switch (status.type) {
        case "disconnect":
          this.#isConnected = false;
          this.#tell({ kind: "disconnected", server: this.#connection.getServer() });
          break;
        case "reconnect":
          this.#isConnected = true;
          this.#release();
          this.#tell({ kind: "connected", server: this.#connection.getServer() });
          break;
        case "error":
          this.#complain(status);
          break;
        default: // pings, cluster updates, attempts to reconnect
      }
    }
  }

  #tell(status: NatsStatus): void {
    try {
      this.#onStatus(status);
    } catch (cause) {
      this.#onError(cause, status.kind);
    }
  }

  /** Sends what was held, but for requests whose caller has given up. */
  #release(): void {
    for (const frame of this.#held.take()) {
      if (frame.reply !== undefined && this.#inbox.isStale(frame.reply)) continue;
      try {
        this.#send(frame);
      } catch (cause) {
        this.#onError(cause, frame.subject);
      }
    }
  }

  /** nats 2 gives the code as `data`, version 3 an `error`. Subscriptions hear of theirs by callback. */
  #complain(status: NatsClientStatus): void {
    const { operation, subject = "" } = (status.permissionContext ?? {}) as { operation?: string; subject?: string };
    if (operation === "subscription") return;
    const cause = status.error ?? { code: status.data, message: `the server says ${String(status.data)}` };
    this.#onError(natsError(cause, subject), subject);
  }

  async #drain(): Promise<void> {
    if (this.isConnected()) {
      const drained = this.#ownership === "ours" ? this.#connection.drain() : this.#drainOurs();
      await this.#within(drained);
    }
    if (this.#ownership === "ours" && !this.#connection.isClosed()) await this.#connection.close();
    this.#end();
  }

  /** Resolves when it has ended, well or not, or took too long. */
  #within(drained: Promise<unknown>): Promise<void> {
    return new Promise<void>((resolve) => {
      const cancel = this.#clock.after(MAX_DRAIN_MS, resolve);
      const done = (): void => {
        cancel();
        resolve();
      };
      drained.then(done, done);
    });
  }

  async #drainOurs(): Promise<void> {
    await Promise.allSettled([...this.#subscriptions].map((subscription) => subscription.drain()));
    await Promise.allSettled([this.#connection.flush()]);
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#connection.isClosed()) for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions.clear();
    this.#held.take();
    this.#inbox.close();
    this.#tell({ kind: "closed" });
  }
}

class NatsIncoming implements Incoming {
  readonly #message: NatsMessage;
  #index: HeaderIndex | undefined;

  constructor(message: NatsMessage) {
    this.#message = message;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get reply(): string | undefined {
    return this.#message.reply || undefined; // nats 2 says "" where there is none
  }

  header(name: string): string | undefined {
    return this.#headers().get(name);
  }

  headers(): Headers {
    return this.#headers().record;
  }

  #headers(): HeaderIndex {
    this.#index ??= new HeaderIndex(decode(this.#message));
    return this.#index;
  }
}

const closed = (subject: string): StatorError =>
  new StatorError("UNAVAILABLE", `the NATS connection is closed; ${subject} cannot be used any more`);
