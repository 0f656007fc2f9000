/**
 * NATS in memory: the same subjects, queue groups, no-responders and losses, without a server and without real time.
 *
 * `test/conformance/transport.ts` judges it together with the real one: where it is kinder than NATS, that is a bug.
 * Messages are delivered in a microtask, in the order they were published. `onDeliver` is the seam through which a
 * simulator drops, repeats, delays and reorders them.
 */
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
import {
  type DrainableSubscription,
  type Headers,
  type Incoming,
  NoAnswerError,
  NoRespondersError,
  type PublishOptions,
  type RequestOptions,
  type Transport,
} from "../ports/transport.ts";
import { INBOX, isWild, Wildcards } from "./wildcards.ts";

/** Which two transports a delivery runs between, by name. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

/** Called for each delivery: call `deliver` now, later, more than once, or never. */
export type DeliverySeam = (subject: string, deliver: () => void, route: Route) => void;

export interface MemoryBrokerOptions {
  readonly clock: Clock;
  /** Picks the member of a queue group: at least 0 and below 1. A fixed sequence by default. */
  readonly fraction?: () => number;
}

export interface MemoryTransportOptions {
  /** For `Route`; a number by default. */
  readonly name?: string;
  /** What a handler threw. */
  readonly onError?: OnError;
}

interface Member {
  readonly filter: string;
  readonly tokens: readonly string[];
  readonly queue: string | undefined;
  readonly owner: MemoryTransport;
  readonly handler: (message: Incoming) => void;
  /** Set on inboxes of requests; NATS tells only the publisher that nobody is there. */
  readonly noResponders: (() => void) | undefined;
  isOpen: boolean;
}

export class MemoryBroker {
  readonly clock: Clock;
  /** The fault seam; undefined delivers everything once, in a microtask. */
  onDeliver: DeliverySeam | undefined;
  readonly #fraction: () => number;
  readonly #exact = new Map<string, Set<Member>>();
  readonly #wild = new Wildcards<Member>();
  #names = 0;
  #inboxes = 0;

  constructor(options: MemoryBrokerOptions) {
    this.clock = options.clock;
    this.#fraction = options.fraction ?? sequence();
  }

  connect(options: MemoryTransportOptions = {}): MemoryTransport {
    this.#names++;
    return new MemoryTransport(this, { name: `${this.#names}`, ...options });
  }

  /** Cuts a transport off: what is on its way to it is lost, what it publishes is held, its subscriptions stay. */
  disconnect(transport: MemoryTransport): void {
    transport.setConnected(false);
  }

  reconnect(transport: MemoryTransport): void {
    transport.setConnected(true);
  }

  /** A reply subject that no one else has. */
  inbox(): string {
    this.#inboxes++;
    return INBOX + this.#inboxes.toString(36);
  }

  /** The reply subject of a request that nobody waits for any more. */
  isStale(reply: string): boolean {
    return reply.startsWith(INBOX) && !this.#exact.has(reply);
  }

  join(member: Member): void {
    if (isWild(member)) {
      this.#wild.add(member);
      return;
    }
    const members = this.#exact.get(member.filter) ?? new Set();
    this.#exact.set(member.filter, members.add(member));
  }

  leave(member: Member): void {
    member.isOpen = false;
    this.retire(member);
  }

  /** Nothing new goes to it; what is on its way arrives. */
  retire(member: Member): void {
    this.#wild.delete(member);
    const members = this.#exact.get(member.filter);
    members?.delete(member);
    if (members?.size === 0) this.#exact.delete(member.filter);
  }

  route(from: MemoryTransport, frame: Frame): void {
    const receivers = this.#receivers(frame.subject);
    const message = new MemoryMessage(frame);
    for (const member of receivers) {
      this.#deliver(from, member, frame.subject, () => hand(message, member.handler, member.owner.onError));
    }
    if (receivers.length === 0 && frame.reply !== undefined) this.#tellNoResponders(from, frame.reply);
  }

  #receivers(subject: string): readonly Member[] {
    const receivers: Member[] = [];
    const groups = new Map<string, Member[]>();
    const consider = (member: Member): void => {
      if (!member.owner.isConnected()) return;
      if (member.queue === undefined) receivers.push(member);
      else groups.set(member.queue, [...(groups.get(member.queue) ?? []), member]);
    };
    this.#exact.get(subject)?.forEach(consider);
    this.#wild.of(subject).forEach(consider);
    for (const group of groups.values()) {
      const picked = group[Math.floor(this.#fraction() * group.length)];
      if (picked !== undefined) receivers.push(picked);
    }
    return receivers;
  }

  #tellNoResponders(from: MemoryTransport, reply: string): void {
    for (const member of this.#exact.get(reply) ?? []) {
      const { noResponders } = member;
      if (member.owner === from && noResponders !== undefined) this.#deliver(from, member, reply, noResponders);
    }
  }

  #deliver(from: MemoryTransport, member: Member, subject: string, task: () => void): void {
    const to = member.owner;
    const { connection } = to;
    const deliver = (): void => {
      if (member.isOpen && to.connection === connection) task();
    };
    if (this.onDeliver === undefined) queueMicrotask(deliver);
    else this.onDeliver(subject, deliver, { from: from.name, to: to.name });
  }
}

export class MemoryTransport implements Transport {
  readonly name: string;
  /** Grows with each cut; what was sent to an earlier connection is lost. */
  connection = 0;
  readonly onError: OnError;
  readonly #broker: MemoryBroker;
  readonly #members = new Set<Member>();
  /** Ends a request that waits. */
  readonly #waiting = new Set<() => void>();
  readonly #held = new HeldFrames();
  #isConnected = true;
  #isClosed = false;

  /** Made by `MemoryBroker.connect`. */
  constructor(broker: MemoryBroker, options: MemoryTransportOptions & { readonly name: string }) {
    this.#broker = broker;
    this.name = options.name;
    this.onError = options.onError ?? warn;
  }

  publish(subject: string, data: string | Uint8Array, options: PublishOptions = {}): void {
    assertSubject(subject);
    if (options.reply !== undefined) assertSubject(options.reply);
    if (options.headers !== undefined) assertHeaders(options.headers);
    this.#assertOpen();
    const bytes = new Uint8Array(payloadOf(subject, data)); // a copy: a receiver never shares memory with the sender
    this.#send({ subject, data: bytes, reply: options.reply, headers: trimmed(options.headers) });
  }

  subscribe(
    subject: string,
    handler: (message: Incoming) => void,
    options: { readonly queue?: string } = {},
  ): DrainableSubscription {
    assertFilter(subject);
    if (options.queue !== undefined) assertQueue(options.queue);
    this.#assertOpen();
    return this.#join(subject, handler, options.queue);
  }

  async request(subject: string, data: string | Uint8Array, options: RequestOptions): Promise<Incoming> {
    const answers = await this.#ask(subject, data, options, () => true);
    if (answers === "no responders") throw new NoRespondersError(subject);
    const [first] = answers;
    if (first === undefined) throw new NoAnswerError(subject, options.timeoutMs);
    return first;
  }

  async requestMany(
    subject: string,
    data: string | Uint8Array,
    timeoutMs: number,
    enough: (answers: readonly Incoming[]) => boolean = () => false,
  ): Promise<readonly Incoming[]> {
    const answers = await this.#ask(subject, data, { timeoutMs }, enough);
    return answers === "no responders" ? [] : answers;
  }

  isConnected(): boolean {
    return this.#isConnected && !this.#isClosed;
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    if (!this.#isConnected) throw new StatorError("UNAVAILABLE", `memory transport ${this.name} is disconnected`);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await Promise.resolve(); // what was published before is delivered before
    this.#isClosed = true;
    for (const end of [...this.#waiting]) end();
    for (const member of [...this.#members]) this.#leave(member);
  }

  /** For the broker alone. */
  setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    if (!isConnected) this.connection++;
    else this.#release();
  }

  /** Sends what was held, but for requests whose caller has given up. */
  #release(): void {
    for (const frame of this.#held.take()) {
      if (frame.reply === undefined || !this.#broker.isStale(frame.reply)) this.#send(frame);
    }
  }

  #send(frame: Frame): void {
    if (this.#isConnected) this.#broker.route(this, frame);
    else this.#held.add(frame);
  }

  #ask(
    subject: string,
    data: string | Uint8Array,
    { timeoutMs, headers, again }: RequestOptions,
    enough: (answers: readonly Incoming[]) => boolean,
  ): Promise<readonly Incoming[] | "no responders"> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const reply = this.#broker.inbox();
      const answers: Incoming[] = [];
      const end = (answer: readonly Incoming[] | "no responders" = answers): void => {
        this.#waiting.delete(end);
        cancel();
        cancelAgain?.();
        inbox.close();
        resolve(answer);
      };
      const gather = (message: Incoming): void => {
        answers.push(message);
        if (enough(answers)) end();
      };
      const inbox = this.#join(reply, gather, undefined, () => end("no responders"));
      const send = (to: string): void => this.publish(to, data, headers === undefined ? { reply } : { reply, headers });
      const cancel = this.#broker.clock.after(timeoutMs, () => end());
      const sendAgain = (): void => {
        const to = again?.subject();
        if (to !== undefined) send(to);
      };
      const cancelAgain = again && this.#broker.clock.after(again.afterMs, sendAgain);
      this.#waiting.add(end);
      try {
        send(subject);
      } catch (cause) {
        reject(cause);
        end();
      }
    });
  }

  #join(
    filter: string,
    handler: (message: Incoming) => void,
    queue: string | undefined,
    noResponders?: () => void,
  ): DrainableSubscription {
    const member = { filter, tokens: filter.split("."), queue, owner: this, handler, noResponders, isOpen: true };
    this.#members.add(member);
    this.#broker.join(member);
    const close = (): void => this.#leave(member);
    const drain = async (): Promise<void> => {
      this.#broker.retire(member);
      await Promise.resolve(); // deliveries are microtasks, too: those before this one come first
      close();
    };
    return { close, drain };
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    this.#broker.leave(member);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StatorError("UNAVAILABLE", `memory transport ${this.name} is closed`);
  }
}

class MemoryMessage implements Incoming {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string | undefined;
  readonly #headers: HeaderIndex;

  constructor(frame: Frame) {
    this.subject = frame.subject;
    this.data = frame.data;
    this.reply = frame.reply;
    this.#headers = new HeaderIndex(Object.entries(frame.headers ?? {}));
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  headers(): Headers {
    return this.#headers.record;
  }
}

/** The same fractions in each run (a linear congruential generator). */
function sequence(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function trimmed(headers: Headers | undefined): Headers | undefined {
  if (headers === undefined) return undefined;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}
