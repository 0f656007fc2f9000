/**
 * Runs promise actors: after the commit that recorded them, at least once, under an idempotency key that never changes.
 *
 * The invocation id is that key, on each attempt and each host. A failed attempt is recorded in the row and tried again
 * by the actor's policy; the last failure, a terminal error or the output becomes a message with the id
 * `result/<invocation id>`, which the turn accepts only while the snapshot still has that invocation. Its commit removes
 * the row, so a host that dies at any moment before leaves the invocation to the next owner.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { ActorDefinition } from "../core/define.ts";
import { type ErrorData, errorData, TerminalError } from "../core/errors.ts";
import { contentHash, resultMessageId } from "../core/message.ts";
import type { HostOptions } from "../core/options.ts";
import { backoffMs } from "../core/retry.ts";
import type { Cancel, Clock, Random } from "../ports/clock.ts";
import type { PendingInvocation, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Attempts } from "./attempts.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import { Sweep } from "./sweep.ts";

const PAGE = 200;

export interface InvocationsParts {
  readonly store: Store;
  readonly scope: () => Scope;
  readonly owns: (address: Address) => boolean;
  readonly implementation: (address: Address, actor: string) => ActorDefinition | undefined;
  readonly push: (delivery: Delivery) => void;
  readonly attempts: Attempts;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
}

/** One invocation that this host has in hand. */
interface Running {
  readonly address: Address;
  readonly id: string;
  readonly actor: string;
  readonly input: unknown;
  failedAttempts: number;
  readonly abort: AbortController;
  wait: Cancel | undefined;
}

type Result = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly value: ErrorData };

export class Invocations {
  readonly #parts: InvocationsParts;
  readonly #inHand = new Map<string, Running>();
  readonly #queue: Running[] = [];
  readonly #sweep: Sweep;
  #runningCount = 0;

  constructor(parts: InvocationsParts) {
    this.#parts = parts;
    this.#sweep = new Sweep(
      parts.clock,
      parts.options.pollMs * 5,
      () => this.#look(),
      (cause) => parts.log.warn({ err: cause }, "looking for invocations failed"),
    );
  }

  /** Called after the commit that recorded the invocation. */
  start(address: Address, id: string, actor: string, input: unknown): void {
    this.#takeInHand(
      { address, id, actor, input, failedAttempts: 0, abort: new AbortController(), wait: undefined },
      0,
    );
  }

  /** The machine left the state that invoked it: tell the running code. */
  abort(id: string): void {
    this.#letGo(id, "the machine left the state that invoked this actor");
  }

  /** Looks for recorded invocations that nobody has in hand: after a take-over, and after a commit whose answer was lost. */
  wake(): void {
    this.#sweep.wake();
  }

  /** These objects belong to another host now, which starts what is recorded. */
  abandon(): void {
    for (const running of [...this.#inHand.values()]) {
      if (!this.#parts.owns(running.address)) this.#letGo(running.id, "the object moved to another host");
    }
  }

  stop(): void {
    this.#sweep.stop();
    for (const id of [...this.#inHand.keys()]) this.#letGo(id, "the host stops");
  }

  async #look(): Promise<number | undefined> {
    const scope = this.#parts.scope();
    if (scope.partitions.length === 0) return undefined;
    const pending = await this.#parts.store.pendingInvocations(scope, PAGE + this.#inHand.size);
    for (const row of pending) if (!this.#inHand.has(row.id)) this.#resume(row);
    return undefined;
  }

  #resume(row: PendingInvocation): void {
    this.#parts.counters.add("invocation.resumed");
    const { address, id, actor } = row;
    const input: unknown = JSON.parse(row.input);
    this.#takeInHand(
      { address, id, actor, input, failedAttempts: row.attempts, abort: new AbortController(), wait: undefined },
      row.waitMs,
    );
  }

  #takeInHand(running: Running, waitMs: number): void {
    if (this.#inHand.has(running.id)) return;
    this.#inHand.set(running.id, running);
    this.#enqueueAfter(running, waitMs);
  }

  #enqueueAfter(running: Running, waitMs: number): void {
    const enqueue = (): void => {
      running.wait = undefined;
      this.#queue.push(running);
      this.#startNext();
    };
    if (waitMs <= 0) enqueue();
    else running.wait = this.#parts.clock.after(waitMs, enqueue);
  }

  #letGo(id: string, why: string): void {
    const running = this.#inHand.get(id);
    if (running === undefined) return;
    this.#inHand.delete(id);
    running.wait?.();
    running.abort.abort(new Error(why));
  }

  #startNext(): void {
    while (this.#runningCount < this.#parts.options.maxRunning) {
      const running = this.#queue.shift();
      if (running === undefined) return;
      if (running.abort.signal.aborted) continue;
      this.#runningCount++;
      void this.#attempt(running).finally(() => {
        this.#runningCount--;
        this.#startNext();
      });
    }
  }

  async #attempt(running: Running): Promise<void> {
    const { address, id, actor } = running;
    const implementation = this.#parts.implementation(address, actor);
    if (implementation === undefined) {
      const message = `${formatAddress(address)}: promise actor '${actor}' is not implemented by this host's definition`;
      return this.#deliver(running, { ok: false, value: { name: "UnknownActor", message } });
    }
    this.#parts.counters.add("invocation.attempts");
    try {
      const output = await this.#run(running, implementation);
      if (!running.abort.signal.aborted) this.#deliver(running, { ok: true, value: output });
    } catch (cause) {
      if (this.#inHand.get(id) === running) await this.#failed(running, implementation, cause);
    }
  }

  /** One attempt, bounded by the actor's time limit. The output is checked against the actor's schema. */
  async #run(running: Running, implementation: ActorDefinition): Promise<unknown> {
    const { timeoutMs } = implementation;
    const limit = new AbortController();
    const signal = AbortSignal.any([running.abort.signal, limit.signal]);
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (timeoutMs === undefined) return;
      cancel = this.#parts.clock.after(timeoutMs, () =>
        limit.abort(new Error(`promise actor '${running.actor}' took longer than ${timeoutMs} ms`)),
      );
    });
    late.catch(() => undefined);
    try {
      const attempt = running.failedAttempts + 1;
      const work = implementation.run({ input: running.input, idempotencyKey: running.id, attempt, signal });
      const output = implementation.output.safeParse(await Promise.race([work, late]));
      if (output.success) return output.data;
      throw new TerminalError(
        `promise actor '${running.actor}' returned what its output schema refuses: ${output.error.message}`,
        { code: "INVALID_OUTPUT" },
      );
    } finally {
      cancel();
    }
  }

  async #failed(running: Running, implementation: ActorDefinition, cause: unknown): Promise<void> {
    running.failedAttempts++;
    this.#parts.counters.add("invocation.failures");
    const isLast = cause instanceof TerminalError || running.failedAttempts >= implementation.retry.maxAttempts;
    if (isLast) return this.#deliver(running, { ok: false, value: errorData(cause) });
    const waitMs = backoffMs(implementation.retry, running.failedAttempts, this.#parts.random.fraction());
    const error = JSON.stringify(errorData(cause));
    await this.#parts.store
      .attemptFailed(running.address, running.id, running.failedAttempts, waitMs, error)
      .catch((failure: unknown) => {
        this.#parts.log.warn({ err: failure, invocation: running.id }, "recording a failed attempt failed");
      });
    if (this.#inHand.get(running.id) === running) this.#enqueueAfter(running, waitMs);
  }

  #deliver(running: Running, result: Result): void {
    if (this.#inHand.get(running.id) !== running) return;
    const body = { kind: "result", invocationId: running.id, ok: result.ok, value: result.value ?? null } as const;
    const id = resultMessageId(running.id);
    const message = { id, hash: contentHash(body), sentAtMs: undefined, to: running.address, body };
    this.#parts.push(
      delivery(message, "self", this.#parts.clock.monotonicMs(), (answer) =>
        this.#answered(running, result, id, answer),
      ),
    );
  }

  #answered(running: Running, result: Result, messageId: string, answer: Answer): void {
    if (answer.kind !== "refused") {
      this.#parts.attempts.succeeded(messageId);
      if (this.#inHand.get(running.id) === running) this.#inHand.delete(running.id);
      return;
    }
    // another result of the same invocation was taken first: that one counts
    const isTaken = answer.error.code === "IDEMPOTENCY_MISMATCH";
    if (isTaken) return void this.#inHand.delete(running.id);
    const waitMs = this.#parts.attempts.failed(messageId, running.address, answer.error);
    running.wait = this.#parts.clock.after(waitMs, () => this.#deliver(running, result));
  }
}
