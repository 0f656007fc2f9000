/** Branches that are rare and dangerous: a range of seeds in which one never occurred has proven nothing. */
import { FAULTS } from "./faults.ts";

export const RARE: readonly string[] = [
  "chain.several",
  "commit.fallback",
  "commit.unknown",
  "account.refunded",
  "heartbeat.handed-on",
  "heartbeat.missed",
  "invocation.resumed",
  "killed.with-its-creator",
  "lease.failed",
  "lease.fenced",
  "lease.moved",
  "message.held",
  "message.passed-on",
  "message.returned",
  "object.parked",
  "operator.cancel",
  "operator.kill",
  "operator.pause",
  "operator.purge",
  "operator.resume",
  "operator.retry",
  "operator.skip",
  "refused.EVENT_NOT_ACCEPTED",
  "refused.EXPIRED_ID",
  "refused.GONE",
  "refused.IDEMPOTENCY_MISMATCH",
  "refused.OBJECT_PAUSED",
  "refused.OVERLOADED",
  "refused.TURN_FAILED",
  "refused.UNAVAILABLE",
  "relay.action",
  "relay.emit",
  "relay.parked",
  "relay.repeated",
  "relay.waited",
  "shed",
  "speculation.dropped",
  "store.failed",
  "timer.second-owner",
  "transfer.compensated",
  "transfer.completed",
  "transfer.failed",
  "turn.conflict",
  "turn.duplicate",
  "turn.expired",
  "turn.gone",
  "turn.late-result",
  "turn.late-timer",
  "turn.object-done",
  "wait.TIMEOUT",
  "wait.reached",
  "work.repeated",
  ...FAULTS.map((kind) => `fault.${kind}`),
];

export type Counts = ReadonlyMap<string, number>;

export function addCounts(to: Map<string, number>, counts: Counts): void {
  for (const [name, count] of counts) to.set(name, (to.get(name) ?? 0) + count);
}

/** Those that never occurred. */
export const unseen = (counts: Counts): string[] => RARE.filter((name) => (counts.get(name) ?? 0) === 0);
