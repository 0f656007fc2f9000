/** What one caller does over and over. Each operation ends when the caller has its answer. */
import type { Client } from "../../src/client/client.ts";
import type { ObjectClient } from "../../src/client/object.ts";

export const OPERATIONS = ["fill", "add", "read", "book", "fail", "subscribe", "arm", "chain"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What the load process is told to do. JSON. */
export interface LoadOrder {
  readonly operation: OperationName;
  /** Operations at once. */
  readonly callers: number;
  /** How many objects the operation is spread over, where it uses objects again. */
  readonly keys: number;
  /** Ends after this time, or after so many operations. */
  readonly durationMs?: number;
  readonly operations?: number;
  /** Part of every fresh key: orders that differ in it do not meet. */
  readonly run: string;
  /** `arm`: the alarms ring evenly spread from `fromMs` to `fromMs + spreadMs` after the order. */
  readonly ring?: { readonly fromMs: number; readonly spreadMs: number };
}

/** The number of the operation in its order. */
export type Operation = (n: number) => Promise<unknown>;

/** Objects of a chain; a token passes all of them. */
export const CHAIN = 10;

export function operationOf(client: Client, order: LoadOrder): Operation {
  const { keys, run, ring } = order;
  const counters = new Map<number, ObjectClient>();
  const counter = (n = Math.floor(Math.random() * keys)): ObjectClient => {
    const known = counters.get(n) ?? client.object("counter", `c-${n}`);
    counters.set(n, known);
    return known;
  };
  const startedMs = performance.now();
  const operations: Readonly<Record<OperationName, Operation>> = {
    fill: (n) => counter(n % keys).send({ type: "ADD", amount: 1 }),
    add: () => counter().send({ type: "ADD", amount: 1 }),
    read: () => counter().get(),
    book: async (n) => book(client, `${run}-${n}`, false),
    fail: async (n) => book(client, `${run}-${n}`, true),
    subscribe: async (n) => subscribe(client, `${run}-${n}`),
    arm: (n) => {
      const { fromMs = 0, spreadMs = 0 } = ring ?? {};
      const dueMs = fromMs + (spreadMs * n) / (order.operations ?? 1);
      const delayMs = Math.max(1, Math.round(startedMs + dueMs - performance.now()));
      return client.object("alarm", `${run}-${n}`).create({ delayMs });
    },
    chain: async (n) => {
      const id = `${run}-${n}`;
      await client.object("runner", `${id}-${CHAIN - 1}`).send({ type: "PASS", run: id, hops: CHAIN - 1 });
      await client.object("runner", `${id}-0`).waitFor({ matches: "passed" });
    },
  };
  return operations[order.operation];
}

async function book(client: Client, key: string, fails: boolean): Promise<void> {
  const booking = client.object("booking", key);
  await booking.create({ fails });
  const { status } = (await booking.result()) as { status: string };
  if (status !== (fails ? "compensated" : "completed")) throw new Error(`booking ${key} ended ${status}`);
}

/** A first payment that is declined, a second that is not, a month that begins and is canceled. */
async function subscribe(client: Client, key: string): Promise<void> {
  const subscription = client.object("subscription", key);
  await subscription.create({ plan: "pro", pricePerMonth: 12, method: "declined" });
  await subscription.waitFor({ matches: "unpaid" });
  await subscription.send({ type: "PAY", method: "card" });
  await subscription.waitFor({ matches: "active" });
  await subscription.send({ type: "CANCEL" });
}
