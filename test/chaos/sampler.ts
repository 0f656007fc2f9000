/** Looks at the database while the run goes on: no snapshot may show half a turn, or money that came or went. */
import { setTimeout as pause } from "node:timers/promises";
import { OPENING_BALANCE } from "../simulation/bank.ts";
import type { Violation } from "../simulation/check.ts";
import type { Audit } from "./audit.ts";

const EVERY_MS = 1_000;

export interface AccountView {
  readonly key: string;
  readonly balance: number;
  readonly seen: Readonly<Record<string, string>>;
}

export interface TransferView {
  readonly key: string;
  readonly amount: number;
}

/** I16: what all accounts hold, and what is on its way between them, is what was paid in. */
export function moneyLost(accounts: readonly AccountView[], transfers: readonly TransferView[]): number {
  const seen = new Map(accounts.flatMap((account) => Object.entries(account.seen)));
  const amounts = new Map(transfers.map(({ key, amount }) => [key, amount]));
  let sum = 0;
  for (const { balance } of accounts) sum += balance - OPENING_BALANCE;
  for (const [step, what] of seen) {
    if (what === "debited" && seen.get(`${step}:credit`) !== "credited") sum += amounts.get(step) ?? 0;
  }
  return 0 - sum;
}

export class Sampler {
  readonly violations: Violation[] = [];
  samples = 0;
  readonly #audit: Audit;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(audit: Audit) {
    this.#audit = audit;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#look().catch(() => undefined); // Postgres is away: the next look will do
      await pause(EVERY_MS);
    }
  }

  /** One statement sees one snapshot. */
  async #look(): Promise<void> {
    const rows = await this.#audit.rows<{ name: string; key: string; view: string }>(
      `select o.name, o.key, j.view from $schema.objects o join $schema.journal j
           on (j.partition, j.name, j.key, j.revision) = (o.partition, o.name, o.key, o.revision)
        where o.name in ('account', 'transfer')`,
    );
    const [half] = await this.#audit.rows<{ n: number }>(
      `select count(*)::int as n from $schema.objects o where not exists (
         select from $schema.journal j where (j.partition, j.name, j.key, j.revision) = (o.partition, o.name, o.key, o.revision)
            and j.history = o.history)`,
    );
    this.samples++;
    const contexts = rows.map(({ name, key, view }) => {
      return { name, key, context: (JSON.parse(view) as { context: object }).context };
    });
    const accounts = contexts.filter(({ name }) => name === "account").map(({ key, context }) => ({ key, ...context }));
    const transfers = contexts
      .filter(({ name }) => name === "transfer")
      .map(({ key, context }) => ({ key, ...context }));
    const lost = moneyLost(accounts as AccountView[], transfers as TransferView[]);
    if (lost !== 0) this.#report("I16", "account/*", `${lost} were missing in a snapshot of sample ${this.samples}`);
    if (half?.n !== 0) this.#report("I8", "*", `${half?.n} objects were ahead of their journal`);
  }

  #report(invariant: string, object: string, text: string): void {
    this.violations.push({ invariant, object, text });
  }
}
