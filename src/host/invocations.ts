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
import { type ErrorData, errorData, isTerminal, TerminalError } from "../core/errors.ts";
import { contentHash, type Message, resultMessageId } from "../core/message.ts";
import type { HostOptions } from "../core/options.ts";
import { backoffMs } from "../core/retry.ts";
import type { Cancel, Clock, Random } from "../ports/clock.ts";
import type { PendingInvocation, Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Attempts, Park } from "./attempts.ts";
import { type Answer, type Delivery, delivery } from "./delivery.ts";
import { Heartbeat, type Pulse } from "./heartbeat.ts";
import { Limit } from "./limit.ts";
import { Sweep } from "./sweep.ts";

const PAGE = 200;
/** How long an invocation that is out of attempts waits for an operator before it is tried again by itself. */
const EXHAUSTED_MS = 20 * 86_400_000;

export interface InvocationsParts {
  readonly store: Store;
  readonly scope: () => Scope;
  readonly owns: (address: Address) => boolean;
  readonly implementation: (address: Address, actor: string) => ActorDefinition | undefined;
  readonly push: (delivery: Delivery) => void;
  readonly attempts: Attempts;
  readonly park: Park;
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
  /** What the last heartbeat said. */
  lastHeartbeat: unknown;
  /** Of the attempt that runs. */
  limit: Limit | undefined;
  wait: Cancel | undefined;
  /** What is to be done when the wait is over. */
  next: (() => void) | undefined;
}

type Result = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly value: ErrorData };

export class Invocations {
  readonly #parts: InvocationsParts;
  readonly #inHand = new Map<string, Running>();
  /** Ended since the last look began: its answer may still name them. */
  readonly #ended = new Set<string>();
  readonly #queue: Running[] = [];
  readonly #sweep: Sweep;
  #runningCount = 0;
  /** By object name and actor. */
  readonly #runningOf = new Map<string, number>();

  constructor(parts: InvocationsParts) {
    this.#parts = parts;
    this.#sweep = new Sweep(
      parts.clock,
      parts.options.pollMs * 5,
      () => this.#look(),
      (cause) => parts.log.warn({ err: cause }, "looking for invocations failed"),
    );
  }

  /** Attempts that run in this process. */
  get running(): number {
    return this.#runningCount;
  }

  /** Called after the commit that recorded the invocation. */
  start(address: Address, id: string, actor: string, input: unknown): void {
    this.#takeInHand(running(address, id, actor, input), 0);
  }

  /** The machine left the state that invoked it: tell the running code. */
  abort(id: string): void {
    this.#ended.add(id);
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
    this.#ended.clear();
    const pending = await this.#parts.store.pendingInvocations(scope, PAGE + this.#inHand.size);
    for (const row of pending) if (!this.#inHand.has(row.id) && !this.#ended.has(row.id)) this.#resume(row);
    return undefined;
  }

  #resume(row: PendingInvocation): void {
    this.#parts.counters.add("invocation.resumed");
    const { address, id, actor, attempts, heartbeat } = row;
    const lastHeartbeat: unknown = heartbeat === undefined ? undefined : JSON.parse(heartbeat);
    const resumed = running(address, id, actor, JSON.parse(row.input) as unknown);
    // the wait is by the database's clock: one that was set back must not hold an attempt for as long as the jump
    const implementation = this.#parts.implementation(address, actor);
    const longestBackoffMs = attempts === 0 ? 0 : (implementation?.retry.maxMs ?? 0);
    const longestMs = Math.max(longestBackoffMs, implementation?.heartbeatMs ?? 0);
    this.#takeInHand({ ...resumed, failedAttempts: attempts, lastHeartbeat }, Math.min(row.waitMs, longestMs));
  }

  /** Ids of those of the object that have failed and wait for their next attempt. */
  retrying(address: Address): readonly string[] {
    const of = formatAddress(address);
    return [...this.#inHand.values()]
      .filter((each) => each.wait !== undefined && each.failedAttempts > 0 && formatAddress(each.address) === of)
      .map(({ id }) => id);
  }

  /** An operator released the object: what waits is done at once. */
  released(address: Address): void {
    const of = formatAddress(address);
    for (const each of this.#inHand.values()) {
      if (each.wait === undefined || formatAddress(each.address) !== of) continue;
      each.wait();
      each.wait = undefined;
      each.next?.();
    }
  }

  /** An operator gives up what ran out of attempts: the machine gets the last error. */
  giveUp(invocationId: string, error: ErrorData, by: string, reason: string): void {
    const given = this.#inHand.get(invocationId);
    if (given === undefined) return;
    given.wait?.();
    given.wait = undefined;
    const data = { skippedBy: by, reason, ...(error.data === undefined ? {} : { cause: error.data }) };
    this.#deliver(given, { ok: false, value: { ...error, data } });
  }

  /** Whether it was not let go meanwhile. */
  #has(running: Running): boolean {
    return this.#inHand.get(running.id) === running;
  }

  holds(invocationId: string): boolean {
    return this.#inHand.has(invocationId);
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
    else this.#wait(running, waitMs, enqueue);
  }

  #wait(running: Running, waitMs: number, next: () => void): void {
    running.next = next;
    running.wait = this.#parts.clock.after(waitMs, next);
  }

  #letGo(id: string, why: string): void {
    const running = this.#inHand.get(id);
    if (running === undefined) return;
    this.#inHand.delete(id);
    running.wait?.();
    running.limit?.end(new Error(why));
  }

  #startNext(): void {
    while (this.#runningCount < this.#parts.options.maxRunning) {
      const at = this.#queue.findIndex((queued) => !this.#has(queued) || this.#hasRoom(queued));
      const [running] = at < 0 ? [] : this.#queue.splice(at, 1);
      if (running === undefined) return;
      if (!this.#has(running)) continue;
      this.#count(running, 1);
      void this.#attempt(running).finally(() => {
        this.#count(running, -1);
        this.#startNext();
      });
    }
  }

  #hasRoom({ address, actor }: Running): boolean {
    const limit = this.#parts.implementation(address, actor)?.maxConcurrent;
    return limit === undefined || (this.#runningOf.get(`${address.name} ${actor}`) ?? 0) < limit;
  }

  #count({ address, actor }: Running, by: number): void {
    const name = `${address.name} ${actor}`;
    this.#runningCount += by;
    this.#runningOf.set(name, (this.#runningOf.get(name) ?? 0) + by);
  }

  async #attempt(running: Running): Promise<void> {
    const { address, actor } = running;
    const implementation = this.#parts.implementation(address, actor);
    if (implementation === undefined) {
      const message = `${formatAddress(address)}: promise actor '${actor}' has no implementation in this host's definition`;
      return this.#deliver(running, { ok: false, value: { name: "UnknownActor", message } });
    }
    this.#parts.counters.add("invocation.attempts");
    try {
      const output = await this.#run(running, implementation);
      this.#deliver(running, { ok: true, value: output });
    } catch (cause) {
      if (this.#has(running)) await this.#failed(running, implementation, cause);
    }
  }

  /** One attempt, bounded by the actor's time limit and its heartbeat. The output is checked against the actor's schema. */
  async #run(running: Running, implementation: ActorDefinition): Promise<unknown> {
    const limit = new Limit();
    running.limit = limit;
    const { timeoutMs } = implementation;
    const end = (why: string): void => limit.end(new Error(`promise actor '${running.actor}' ${why}`));
    const cancel =
      timeoutMs === undefined
        ? undefined
        : this.#parts.clock.after(timeoutMs, () => end(`took longer than ${timeoutMs} ms`));
    const pulse = this.#pulse(running, implementation, end);
    try {
      const { input, id: idempotencyKey, lastHeartbeat } = running;
      const attempt = running.failedAttempts + 1;
      const { heartbeat } = pulse;
      const args = {
        input,
        idempotencyKey,
        attempt,
        heartbeat,
        lastHeartbeat,
        get signal() {
          return limit.signal;
        },
      };
      const output = implementation.output.safeParse(await limit.race(() => implementation.run(args)));
      if (output.success) return output.data;
      throw new TerminalError(
        `promise actor '${running.actor}' returned what its output schema refuses: ${output.error.message}`,
        { code: "INVALID_OUTPUT" },
      );
    } finally {
      running.limit = undefined;
      cancel?.();
      pulse.stop();
    }
  }

  #pulse(running: Running, { heartbeatMs }: ActorDefinition, end: (why: string) => void): Pulse {
    const { clock, store, log } = this.#parts;
    const record = (details: unknown): void => {
      running.lastHeartbeat = details ?? running.lastHeartbeat;
      store
        .heartbeat(running.address, running.id, heartbeatMs ?? 0, JSON.stringify(details))
        .catch((cause: unknown) => log.warn({ err: cause, invocation: running.id }, "recording a heartbeat failed"));
    };
    if (heartbeatMs === undefined) return { heartbeat: record, stop: () => undefined };
    return new Heartbeat(clock, heartbeatMs, record, () => end(`gave no heartbeat for ${heartbeatMs} ms`));
  }

  async #failed(running: Running, implementation: ActorDefinition, cause: unknown): Promise<void> {
    running.failedAttempts++;
    this.#parts.counters.add("invocation.failures");
    const isLast = isTerminal(cause) || running.failedAttempts >= implementation.retry.maxAttempts;
    if (isLast) {
      const isParked = implementation.onExhausted === "park" && !isTerminal(cause);
      return isParked
        ? this.#exhausted(running, cause)
        : this.#deliver(running, { ok: false, value: errorData(cause) });
    }
    const waitMs = backoffMs(implementation.retry, running.failedAttempts, this.#parts.random.fraction());
    const error = JSON.stringify(errorData(cause));
    await this.#parts.store
      .attemptFailed(running.address, running.id, running.failedAttempts, waitMs, error)
      .catch((failure: unknown) => {
        this.#parts.log.warn({ err: failure, invocation: running.id }, "recording a failed attempt failed");
      });
    if (this.#has(running)) this.#enqueueAfter(running, waitMs);
  }

  /** Out of attempts: the object waits for an operator, the row for as long as a clock can be set. */
  #exhausted(running: Running, cause: unknown): Promise<void> {
    const { clock, store, log, park } = this.#parts;
    const { address, id, actor, failedAttempts: attempts } = running;
    const error = errorData(cause);
    const reason = `promise actor '${actor}' failed ${attempts} times: ${error.message}`;
    const since = new Date(clock.wallMs()).toISOString();
    park(address, { reason, since, messageId: resultMessageId(id), kind: "invocation", event: error, attempts });
    running.failedAttempts = 0;
    this.#enqueueAfter(running, EXHAUSTED_MS);
    return store.attemptFailed(address, id, 0, EXHAUSTED_MS, JSON.stringify(error)).catch((failure: unknown) => {
      log.warn({ err: failure, invocation: id }, "recording a failed attempt failed");
    });
  }

  #deliver(running: Running, result: Result): void {
    if (!this.#has(running)) return;
    const body = { kind: "result", invocationId: running.id, ok: result.ok, value: result.value ?? null } as const;
    const id = resultMessageId(running.id);
    const message: Message = { id, hash: contentHash(body), sentAtMs: undefined, to: running.address, body };
    this.#parts.push(
      delivery(message, "self", this.#parts.clock.monotonicMs(), (answer) =>
        this.#answered(running, result, message, answer),
      ),
    );
  }

  #answered(running: Running, result: Result, message: Message, answer: Answer): void {
    if (answer.kind !== "refused") {
      this.#parts.attempts.succeeded(message.id);
      if (answer.kind !== "moved") this.#ended.add(running.id);
      if (this.#has(running)) this.#inHand.delete(running.id);
      return;
    }
    // another result of the same invocation was taken first: that one counts
    const isTaken = answer.error.code === "IDEMPOTENCY_MISMATCH";
    if (isTaken) {
      this.#ended.add(running.id);
      return void this.#inHand.delete(running.id);
    }
    const waitMs = this.#parts.attempts.failed(message.id, message, answer.error);
    this.#wait(running, waitMs, () => this.#deliver(running, result));
  }
}

function running(address: Address, id: string, actor: string, input: unknown): Running {
  const nothing = { limit: undefined, wait: undefined, next: undefined, lastHeartbeat: undefined };
  return { address, id, actor, input, failedAttempts: 0, ...nothing };
}
