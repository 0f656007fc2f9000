/** What runs add up to: of one seed, of a slice of seeds, of all. A slice crosses a process border as JSON. */
import { FAULTS } from "./faults.ts";
import { addCounts } from "./rare.ts";
import type { Run } from "./world.ts";

/** What a failed seed leaves. */
export type Failed = Pick<Run, "seed" | "violations">;

export interface Part {
  readonly seeds: number;
  readonly calls: number;
  readonly faults: number;
  readonly events: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly Failed[];
}

export class Totals {
  readonly startedMs = performance.now();
  readonly counts = new Map<string, number>();
  readonly failed: Failed[] = [];
  seeds = 0;
  calls = 0;
  faults = 0;
  events = 0;

  add(run: Run): void {
    const { seed, violations } = run;
    this.merge({
      seeds: 1,
      calls: run.history.calls.length,
      faults: FAULTS.reduce((sum, kind) => sum + (run.counts.get(`fault.${kind}`) ?? 0), 0),
      events: run.events,
      counts: Object.fromEntries(run.counts),
      failed: violations.length > 0 ? [{ seed, violations }] : [],
    });
  }

  merge(part: Part): void {
    this.seeds += part.seeds;
    this.calls += part.calls;
    this.faults += part.faults;
    this.events += part.events;
    addCounts(this.counts, new Map(Object.entries(part.counts)));
    this.failed.push(...part.failed);
  }

  get part(): Part {
    const { seeds, calls, faults, events, counts, failed } = this;
    return { seeds, calls, faults, events, counts: Object.fromEntries(counts), failed };
  }

  get seconds(): number {
    return (performance.now() - this.startedMs) / 1_000;
  }

  get perMinute(): number {
    return (this.seeds * 60) / this.seconds;
  }
}
