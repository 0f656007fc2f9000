/**
 * A load of ADDs by raw requesters that retry under the same id until each is acknowledged, and the proof that each was
 * applied once: exact sums, gapless journals, every acknowledged id in the journal exactly once and nothing else.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { NatsConnection } from "nats";
import { expect } from "vitest";
import { ask, type Database } from "./raw.ts";

export interface LoadPlan {
  readonly namespace: string;
  readonly operations: number;
  readonly requesters: number;
  readonly keys: number;
  /** One attempt's wait for its answer. */
  readonly timeoutMs?: number;
  /** Every so many operations, the acknowledged one is sent again under its id by another requester. */
  readonly repeatEvery?: number;
}

export interface LoadReport {
  readonly acknowledged: ReadonlyMap<string, { readonly key: string; readonly amount: number }>;
  readonly sums: ReadonlyMap<string, number>;
  /** Attempts after the first, by why. */
  readonly retries: Readonly<Record<string, number>>;
  /** Retries that found their message applied already: its answer had been lost. */
  readonly lostAnswers: number;
  /** Repeats on purpose, each answered with its first receipt. */
  readonly repeats: number;
  /** Longest time one operation took, in milliseconds. */
  readonly longestMs: number;
  readonly tookMs: number;
}

export class Load {
  readonly #connection: NatsConnection;
  readonly #plan: LoadPlan;
  readonly #acknowledged = new Map<string, { key: string; amount: number }>();
  readonly #sums = new Map<string, number>();
  readonly #retries: Record<string, number> = {};
  readonly #milestones: { readonly at: number; readonly reached: () => void }[] = [];
  #fail: (cause: unknown) => void = () => undefined;
  readonly #failed = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });
  #next = 0;
  #lostAnswers = 0;
  #repeats = 0;
  #longestMs = 0;

  constructor(connection: NatsConnection, plan: LoadPlan) {
    this.#connection = connection;
    this.#plan = plan;
    this.#failed.catch(() => undefined); // `run` tells as well
  }

  /** Resolves when so many operations are acknowledged; rejects when the load has failed. */
  reached(count: number): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#milestones.push({ at: count, reached: resolve });
    });
    return Promise.race([reached, this.#failed]);
  }

  run(): Promise<LoadReport> {
    const report = this.#run();
    report.catch(this.#fail);
    return report;
  }

  async #run(): Promise<LoadReport> {
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: this.#plan.requesters }, () => this.#requester()));
    return {
      acknowledged: this.#acknowledged,
      sums: this.#sums,
      retries: this.#retries,
      lostAnswers: this.#lostAnswers,
      repeats: this.#repeats,
      longestMs: Math.round(this.#longestMs),
      tookMs: Math.round(performance.now() - startedMs),
    };
  }

  async #requester(): Promise<void> {
    while (this.#next < this.#plan.operations) {
      const i = this.#next++;
      const id = uuidv7();
      const key = `k${i % this.#plan.keys}`;
      const amount = 1 + (i % 7);
      const startedMs = performance.now();
      const first = await this.#send(id, key, amount);
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedMs);
      this.#acknowledged.set(id, { key, amount });
      this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
      for (const { at, reached } of this.#milestones) if (this.#acknowledged.size >= at) reached();
      if (this.#plan.repeatEvery !== undefined && i % this.#plan.repeatEvery === 0) {
        await this.#repeat(id, key, amount, first);
      }
    }
  }

  async #repeat(id: string, key: string, amount: number, first: string): Promise<void> {
    const again = await this.#send(id, key, amount);
    expect(again).toBe(first.replace('"duplicate":false', '"duplicate":true'));
    this.#repeats++;
  }

  /** Until it is acknowledged; the text of the receipt. */
  async #send(id: string, key: string, amount: number): Promise<string> {
    const { namespace, timeoutMs = 2_000 } = this.#plan;
    for (let attempt = 1; ; attempt++) {
      try {
        const subject = `stator.${namespace}.send.counter.${key}`;
        const reply = await ask(
          this.#connection,
          subject,
          { type: "ADD", amount },
          { "Stator-Message-Id": id },
          timeoutMs,
        );
        if (reply.json.ok) {
          if (reply.json.duplicate && attempt > 1) this.#lostAnswers++;
          return reply.text;
        }
        if (!reply.json.error.retryable) throw new Error(`refused for good: ${reply.text}`);
        this.#count(reply.json.error.code);
      } catch (cause) {
        const { code } = cause as { code?: string };
        if (code === undefined) throw cause;
        this.#count(code === "503" ? "no responders" : code);
      }
      await pause(Math.min(50 * attempt, 250) * (0.5 + Math.random()));
    }
  }

  #count(why: string): void {
    this.#retries[why] = (this.#retries[why] ?? 0) + 1;
  }
}

export const sum = (counts: Readonly<Record<string, number>> | readonly number[]): number =>
  Object.values<number>(counts).reduce((total, count) => total + count, 0);

/** Every acknowledged ADD was applied exactly once, and nothing else was. */
export async function expectAppliedOnce(
  connection: NatsConnection,
  database: Database,
  namespace: string,
  report: LoadReport,
): Promise<void> {
  const views = await Promise.all(
    [...report.sums.keys()].map(async (key) => {
      const { json } = await ask(connection, `stator.${namespace}.get.counter.${key}`);
      return [key, json.context?.count] as const;
    }),
  );
  expect(Object.fromEntries(views)).toEqual(Object.fromEntries(report.sums));

  const gaps = await database.rows(
    `select key, count(*)::int as turns, min(revision)::int as first, max(revision)::int as last,
            (select revision from $schema.objects o where o.name = 'counter' and o.key = j.key)::int as revision
       from $schema.journal j where name = 'counter' group by key
     having min(revision) <> 1 or max(revision) <> count(*) or max(revision) <>
            (select revision from $schema.objects o where o.name = 'counter' and o.key = j.key)`,
  );
  expect(gaps).toEqual([]);

  const ids = await database.rows<{ key: string; message_id: string }>(
    "select key, message_id from $schema.journal where name = 'counter'",
  );
  expect(ids.length).toBe(report.acknowledged.size);
  expect(ids.filter(({ key, message_id }) => report.acknowledged.get(message_id)?.key !== key)).toEqual([]);
  expect(new Set(ids.map(({ message_id }) => message_id)).size).toBe(report.acknowledged.size);
}

/** Epochs may only rise along the revisions of an object: no old owner wrote after a new one. */
export async function expectEpochsRise(database: Database): Promise<void> {
  const falls = await database.rows(
    `select * from (select name, key, revision, epoch, lag(epoch) over (partition by name, key order by revision) as before
                      from $schema.journal) j where epoch < before`,
  );
  expect(falls).toEqual([]);
}

/** Written here a second time: the tests are a caller in another language. */
export function uuidv7(atMs = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(atMs, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** One line on the terminal, for people. */
export function say(test: string, figures: object): void {
  process.stderr.write(`e2e ${test}: ${JSON.stringify(figures)}\n`);
}
