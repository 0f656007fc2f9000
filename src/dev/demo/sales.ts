/** The objects of the demo that pay and wait: orders and a subscription, over the same kill. */
import { readFileSync } from "node:fs";
import type { Client } from "../../client/client.ts";

/** Paid by a card whose provider takes its time: some of these are under way when the host dies. */
const SLOW_ORDERS = ["slow-1", "slow-2", "slow-3", "slow-4"] as const;

export interface SalesOutcome {
  readonly slowOrders: number;
  readonly attempts: number;
  /** Idempotency keys under which more than one attempt was made. */
  readonly again: number;
  readonly chargeKeys: number;
  readonly renewals: number;
}

export class Sales {
  readonly #client: Client;
  readonly #paymentLog: string;

  constructor(client: Client, paymentLog: string) {
    this.#client = client;
    this.#paymentLog = paymentLog;
  }

  /** A subscription that renews every second, an order that nobody pays, one with a card that fails twice. */
  async begin(): Promise<void> {
    const client = this.#client;
    await client.object("subscription", "alice").create({ plan: "pro", pricePerMonth: 12, periodMs: 1_000 });
    await client.object("order", "forgotten").create({ total: 5, deadlineMs: 6_000 });
    await client.object("order", "flaky").create({ total: 20 });
    await client.object("order", "flaky").send({ type: "PAY", method: "flaky" });
  }

  async paySlowly(): Promise<void> {
    for (const key of SLOW_ORDERS) {
      await this.#client.object("order", key).create({ total: 50 });
      await this.#client.object("order", key).send({ type: "PAY", method: "slow" });
    }
  }

  /** Rejects where one of them did not come to its end. */
  async end(): Promise<SalesOutcome> {
    const client = this.#client;
    const paid = ["flaky", ...SLOW_ORDERS];
    await Promise.all(paid.map((key) => client.object("order", key).waitFor({ matches: "paid" }, WAIT)));
    await client.object("order", "forgotten").waitFor({ matches: "expired" }, WAIT);
    const alice = client.object("subscription", "alice");
    await alice.waitFor({ matches: "active" }, WAIT);
    await alice.send({ type: "CANCEL" });
    const { payments } = (await alice.result(WAIT)) as { payments: number };
    const attempts = this.#attempts();
    const byKey = new Map<string, number>();
    for (const { idempotencyKey } of attempts) byKey.set(idempotencyKey, (byKey.get(idempotencyKey) ?? 0) + 1);
    const slow = [...byKey].filter(([key]) => SLOW_ORDERS.some((order) => key.startsWith(`order/${order}/`)));
    return {
      slowOrders: SLOW_ORDERS.length,
      attempts: slow.reduce((sum, [, count]) => sum + count, 0),
      again: slow.filter(([, count]) => count > 1).length,
      chargeKeys: slow.length,
      renewals: payments - 1,
    };
  }

  /** What the payment provider itself wrote down (`actors/payment.ts`). */
  #attempts(): readonly { readonly idempotencyKey: string }[] {
    const lines = readFileSync(this.#paymentLog, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line));
  }
}

const WAIT = { timeoutMs: 30_000 };
