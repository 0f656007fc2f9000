/**
 * A scripted host: it answers on the subjects of the contract with what a test tells it to, and notes every attempt.
 * Real hosts are judged elsewhere; here the caller is.
 */

import { SeededRandom, VirtualClock } from "stator/testing";
import { createClient } from "../../src/client/index.ts";
import { type ErrorCode, type ErrorDetails, StatorError } from "../../src/core/errors.ts";
import { receiptText, snapshotText, viewText } from "../../src/core/message.ts";
import type { RetryPolicy } from "../../src/core/retry.ts";
import { Subjects, VERBS } from "../../src/core/subjects.ts";
import { errorHeaders, errorText, HEADER, serviceName } from "../../src/core/wire.ts";
import { MemoryBroker } from "../../src/memory/transport.ts";
import type { Incoming, Transport } from "../../src/ports/transport.ts";

export const view = viewText({ status: "active", value: "open", tags: [], context: { n: 1 }, output: null });
export const snapshot = snapshotText({ name: "order", key: "o-1" }, 1, view);
export const receipt = (messageId = "m-1", duplicate = false): string =>
  receiptText({ name: "order", key: "o-1" }, messageId, 1, duplicate, view);

/** What the host does with one attempt: text is the answer, an error is refused, `silence` is no answer at all. */
export type Answer = string | StatorError | "silence";
export const refusal = (code: ErrorCode, details?: ErrorDetails): StatorError =>
  new StatorError(code, `refused with ${code}`, details === undefined ? {} : { details });

export interface Attempt {
  readonly subject: string;
  readonly body: string;
  readonly messageId: string | undefined;
  readonly to: string | undefined;
  readonly reply: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly atMs: number;
}

export class FakeHost {
  readonly attempts: Attempt[] = [];
  readonly transport: Transport;
  readonly #clock: VirtualClock;
  /** Answers in turn; the last one stays. */
  script: ((attempt: Attempt) => Answer)[] = [(attempt) => receipt(attempt.messageId)];

  constructor(transport: Transport, clock: VirtualClock) {
    this.transport = transport;
    this.#clock = clock;
  }

  answers(...script: (Answer | ((attempt: Attempt) => Answer))[]): void {
    this.script = script.map((answer) => (typeof answer === "function" ? answer : () => answer));
  }

  /** Takes the front door of `order`; returns how to leave it. */
  open(): () => void {
    const open = VERBS.map((verb) => this.serve(`stator.default.${verb}.order.*`));
    return () => {
      for (const close of open) close();
    };
  }

  serve(subject: string): () => void {
    const subscription = this.transport.subscribe(subject, (message) => this.#take(message), { queue: "order" });
    return () => subscription.close();
  }

  /** Answers the services protocol like a host of this group. */
  announce(group: string, partitions: number, objects = "order"): () => void {
    const subject = `$SRV.INFO.${serviceName("default")}`;
    const info = { type: "io.nats.micro.v1.info_response", name: serviceName("default"), id: "h1", version: "0.1.0" };
    const metadata = { namespace: "default", group, partitions: String(partitions), objects };
    const subscription = this.transport.subscribe(subject, (message) => {
      if (message.reply) this.transport.publish(message.reply, JSON.stringify({ ...info, metadata }));
    });
    return () => subscription.close();
  }

  #take(message: Incoming): void {
    const attempt: Attempt = {
      subject: message.subject,
      body: Buffer.from(message.data).toString("utf8"),
      messageId: message.header(HEADER.messageId),
      to: message.header(HEADER.to),
      headers: message.headers(),
      reply: message.reply,
      atMs: this.#clock.monotonicMs(),
    };
    this.attempts.push(attempt);
    const next = this.script.length > 1 ? this.script.shift() : this.script[0];
    const answer = next?.(attempt) ?? "silence";
    if (answer === "silence" || message.reply === undefined) return;
    if (typeof answer === "string") this.transport.publish(message.reply, answer);
    else this.transport.publish(message.reply, errorText(answer), { headers: errorHeaders(answer) });
  }
}

export function setting(retry: Partial<RetryPolicy> = {}) {
  const clock = new VirtualClock();
  const broker = new MemoryBroker({ clock, fraction: () => 0 });
  const host = new FakeHost(broker.connect({ name: "host" }), clock);
  const transport = broker.connect({ name: "client" });
  const client = createClient({ transport, clock, random: new SeededRandom(7, clock), retry });
  return { clock, broker, host, client, transport, subjects: new Subjects("default") };
}

/** The call's outcome after virtual time has passed: its value, or the `StatorError` it ended with. */
export async function after<T>(clock: VirtualClock, ms: number, call: Promise<T>): Promise<T | StatorError> {
  const outcome = call.catch((cause: unknown) => {
    if (cause instanceof StatorError) return cause;
    throw cause;
  });
  await clock.advance(ms);
  return await Promise.race([outcome, clock.advance(0).then(() => Promise.reject(new Error("still waiting")))]);
}
