/**
 * One request of a caller, until it is answered or its time is over.
 *
 *   attempt ── answer ──────────────────────────────────────────────▶ done
 *      │  └─ none for 2 s ─▶ the same once more by the front door, for either answer
 *      │
 *      ├─ refused for good (not retryable) ─────────────────────────▶ that error
 *      ├─ nobody on the partition subject ─▶ at once by the front door
 *      └─ UNAVAILABLE, OVERLOADED, OUTCOME_UNKNOWN, nobody, no answer ─▶ wait (50 ms → 2 s, full jitter) ─▶ attempt
 *
 * Every attempt carries the same body and headers, so the same message id: what an earlier attempt did is found, not
 * done again. No answer means unknown, not no: once an attempt's fate was unknown, only an answer can settle the call.
 */
import { formatMs } from "../core/duration.ts";
import { StatorError } from "../core/errors.ts";
import { backoffMs, type RetryPolicy } from "../core/retry.ts";
import { formatTarget, type Target } from "../core/subjects.ts";
import { HEADER } from "../core/wire.ts";
import type { Clock, Random } from "../ports/clock.ts";
import { type Headers, type Incoming, NoRespondersError, type Transport } from "../ports/transport.ts";
import { RetryBudget } from "./budget.ts";
import { AGAIN_MS } from "./options.ts";
import { type Answer, readReply } from "./reply.ts";
import type { Topology } from "./topology.ts";

export interface Call {
  /** The front door, or an administrative subject. */
  subject(): string;
  /** Of a call to an object, which may go to its partition at once. */
  readonly target: Target | undefined;
  /** Made for each attempt from the time that is left. Must be constant for calls with a message id. */
  body(remainingMs: number): string;
  readonly headers: Headers;
  readonly timeoutMs: number;
  /** How long one attempt waits for its answer. */
  answerMs(remainingMs: number): number;
  /** Set on calls that change an object. Without one, an unknown outcome is only an unavailable service. */
  readonly messageId: string | undefined;
  /** The object or the question, for error messages. */
  what(): string;
}

/** What earlier attempts of a call left behind. */
interface History {
  isUnknown: boolean;
  last: unknown;
}

export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: RetryPolicy;
}

export class Caller {
  readonly #options: CallerOptions;
  readonly #topology: Topology;
  readonly #budget: RetryBudget;
  readonly #sleepers = new Set<() => void>();
  #isClosed = false;

  constructor(options: CallerOptions, topology: Topology) {
    this.#options = options;
    this.#topology = topology;
    this.#budget = new RetryBudget(options.clock);
  }

  /** Rejects with a `StatorError`. */
  async call(call: Call): Promise<Answer> {
    const { clock } = this.#options;
    const deadline = clock.monotonicMs() + call.timeoutMs;
    const history: History = { isUnknown: false, last: undefined };
    this.#budget.earn();
    let direct = call.target && this.#topology.subjectOf(call.target.address);
    let failures = 0;
    while (true) {
      const remainingMs = deadline - clock.monotonicMs();
      if (remainingMs <= 0 || this.#isClosed) throw verdict(call, history);
      let failure: unknown;
      try {
        const reply = readReply(await this.#attempt(call, direct, remainingMs, history));
        if (reply.kind === "answered") return reply.answer;
        failure = reply.error;
      } catch (cause) {
        failure = cause;
      }
      if (failure instanceof StatorError && !failure.retryable) throw failure;
      remember(history, failure);
      const isDirect = direct !== undefined;
      if (isDirect && !(failure instanceof StatorError)) void this.#topology.refresh();
      direct = undefined;
      if (isDirect && failure instanceof NoRespondersError) continue;
      const waitMs = this.#waitMs(++failures, failure);
      if (failures >= this.#options.retry.maxAttempts) throw verdict(call, history);
      if (this.#options.clock.monotonicMs() + waitMs >= deadline) throw verdict(call, history);
      await this.#sleep(waitMs);
    }
  }

  /** Wakes and ends every call that waits. */
  close(): void {
    this.#isClosed = true;
    for (const wake of this.#sleepers) wake();
  }

  #attempt(call: Call, direct: string | undefined, remainingMs: number, history: History): Promise<Incoming> {
    const { target } = call;
    const { transport } = this.#options;
    const isDirect = direct !== undefined && target !== undefined;
    const headers = isDirect ? { ...call.headers, [HEADER.to]: formatTarget(target) } : call.headers;
    const timeoutMs = Math.max(1, Math.ceil(Math.min(call.answerMs(remainingMs), remainingMs)));
    const isLong = target === undefined || target.verb === "wait"; // what takes its time is not asked twice for that
    const again = isLong ? {} : { again: { afterMs: AGAIN_MS, subject: () => this.#againTo(call, history) } };
    return transport.request(direct ?? call.subject(), call.body(remainingMs), { timeoutMs, headers, ...again });
  }

  /** By the front door: the owner may be gone. What is said of the second says nothing of the first. */
  #againTo(call: Call, history: History): string | undefined {
    if (!this.#options.transport.isConnected() || !this.#budget.spend()) return undefined;
    history.isUnknown = true;
    return call.subject();
  }

  /** Without budget a retry waits in the upper half of the longest backoff. A host's own wish is the least. */
  #waitMs(failures: number, cause: unknown): number {
    const { random, retry } = this.#options;
    const hasBudget = this.#budget.spend();
    const jitter = random.fraction();
    const waitMs = hasBudget ? backoffMs(retry, failures, jitter) : (retry.maxMs * (1 + jitter)) / 2;
    const { retryAfterMs: wished } = (cause instanceof StatorError ? cause.details : undefined) ?? {};
    return typeof wished === "number" && wished > 0 ? wished + waitMs : waitMs;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#sleepers.delete(wake);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, wake);
      this.#sleepers.add(wake);
    });
  }
}

/** Only a refusal and an empty subject prove that an attempt changed nothing. */
function remember(history: History, cause: unknown): void {
  const isProof = cause instanceof StatorError ? cause.code !== "OUTCOME_UNKNOWN" : cause instanceof NoRespondersError;
  history.isUnknown ||= !isProof;
  history.last = cause;
}

/** What the caller is told when there is no time or no attempt left. */
function verdict(call: Call, { isUnknown, last }: History): StatorError {
  const after = `within ${formatMs(call.timeoutMs)}`;
  if (isUnknown && call.messageId !== undefined) {
    return new StatorError(
      "OUTCOME_UNKNOWN",
      `no answer for ${call.what()} ${after}; it may or may not have been applied: send it again with the same message id ${call.messageId}`,
      { details: { messageId: call.messageId }, cause: last },
    );
  }
  if (!isUnknown && last instanceof StatorError) return last;
  return new StatorError("UNAVAILABLE", `no host answered for ${call.what()} ${after}`, { cause: last });
}
