/** What was done to the system, and how long it took to come back. */
import { appendFileSync } from "node:fs";

export interface Recovery {
  /** What was done: `kill host`, `stop host`, `kill nats`, `kill postgres`. */
  readonly after: string;
  /** Longest time without an answer of the keys concerned. */
  readonly gapMs: number;
}

export class Ledger {
  readonly faults = new Map<string, number>();
  readonly recoveries: Recovery[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  note(kind: string, details: object = {}): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.#write({ kind, ...details });
  }

  recovered(after: string, gapMs: number): void {
    const recovery = { after, gapMs: Math.round(gapMs) };
    this.recoveries.push(recovery);
    this.#write({ kind: "recovered", ...recovery });
  }

  #write(fields: object): void {
    appendFileSync(this.#file, `${JSON.stringify({ atMs: Math.round(performance.now()), ...fields })}\n`);
  }
}
