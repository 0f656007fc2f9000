/**
 * An operator who purges objects that have ended, while callers still send to them and answers of them are under way.
 * Straight to nats-server, like the prober. An order is repeated under its id until somebody says what came of it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { NatsConnection } from "nats";
import { orderMessageId } from "../../src/core/message.ts";
import type { Chance } from "../simulation/faults.ts";
import type { Order } from "../simulation/history.ts";
import type { Audit } from "./audit.ts";
import type { Ledger } from "./ledger.ts";

/** What of these is forgotten breaks no sum that the judge knows. */
const MORTAL = ["visit", "errand"];
const EVERY_MS = { least: 200, most: 1_000 };
const ANSWER_MS = 1_500;

export interface PurgerParts {
  readonly connection: NatsConnection;
  readonly namespace: string;
  readonly audit: Audit;
  readonly chance: Chance;
  readonly ledger: Ledger;
}

interface Answered {
  readonly ok: boolean;
  readonly changed?: boolean;
  readonly error?: { readonly code: string; readonly retryable: boolean };
}

export class Purger {
  readonly orders: Order[] = [];
  readonly #parts: PurgerParts;
  readonly #open = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #isStopped = false;
  #isAbandoned = false;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when every order has its answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await Promise.all(this.#open);
  }

  /** Asks no more. */
  abandon(): void {
    this.#isStopped = true;
    this.#isAbandoned = true;
  }

  async #run(): Promise<void> {
    const { chance } = this.#parts;
    while (!this.#isStopped) {
      await pause(chance.between(EVERY_MS.least, EVERY_MS.most));
      const ended = await this.#ended().catch(() => []); // Postgres is killed on purpose
      if (ended.length === 0) continue;
      const order = this.#order(chance.pick(ended)).finally(() => this.#open.delete(order));
      this.#open.add(order);
    }
  }

  #ended(): Promise<Order["address"][]> {
    return this.#parts.audit.rows(
      `select name, key from $schema.objects where name = any ($1) and status = 'done' order by updated_at desc limit 30`,
      [MORTAL],
    );
  }

  async #order(address: Order["address"]): Promise<void> {
    const orderId = `purge-${this.orders.length}`;
    const order: Order = { verb: "purge", address, messageId: orderMessageId(orderId), invokedMs: performance.now() };
    this.orders.push(order);
    const { name: object, key } = address;
    const request = JSON.stringify({ object, key, orderId, by: "chaos", reason: "by chance" });
    while (!this.#isAbandoned) {
      const answered = await this.#ask(request);
      if (answered === undefined || answered.error?.retryable === true) {
        await pause(EVERY_MS.least);
        continue;
      }
      if (answered.changed === true) this.#parts.ledger.note("purge", { object, key });
      const { changed, error } = answered;
      Object.assign(order, { doneMs: performance.now(), changed, code: error?.code });
      return;
    }
  }

  async #ask(request: string): Promise<Answered | undefined> {
    const { connection, namespace } = this.#parts;
    try {
      const reply = await connection.request(`stator.${namespace}.admin.purge`, request, { timeout: ANSWER_MS });
      return reply.json<Answered>();
    } catch {
      return undefined; // no answer: carried out or not
    }
  }
}
