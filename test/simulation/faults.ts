/** Which faults a run meets, and how often: each rate is drawn per seed, and all end with the schedule's faulty part. */
import { SeededRandom } from "../../src/memory/random.ts";
import type { Agenda } from "./agenda.ts";
import { START_MS } from "./agenda.ts";

/** What a shrinker may leave out of a schedule. */
export const FAULTS = [
  "bus.lose",
  "bus.repeat",
  "bus.delay",
  "bus.lose-answer",
  "store.cut-after",
  "store.cut-before",
  "store.cut-late",
  "store.refuse",
  "store.slow",
  "store.fail",
  "store.down",
  "store.full",
  "lease.cut",
  "host.kill",
  "host.pause",
  "host.stall",
  "host.stop",
  "host.join",
  "host.clock",
  "database.clock",
  "actor.trouble",
  "operator.pause",
  "operator.release",
  "operator.cancel",
  "operator.kill",
  "operator.purge",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** The highest rate of each fault that strikes by chance; the others are struck by the nemesis, now and then. */
const MOST: Partial<Record<FaultKind, number>> = {
  "bus.lose": 0.15,
  "bus.repeat": 0.15,
  "bus.delay": 0.05,
  "bus.lose-answer": 0.1,
  "store.cut-after": 0.05,
  "store.cut-before": 0.02,
  "store.cut-late": 0.05,
  "store.refuse": 0.03,
  "store.slow": 0.04,
  "store.fail": 0.04,
  "lease.cut": 0.06,
  "actor.trouble": 0.8,
};

/** Given instead of drawn. */
export type Rates = Partial<Readonly<Record<FaultKind, number>>>;

/** A random source of its own for each purpose, so that leaving one fault out moves the others as little as possible. */
export class Chance extends SeededRandom {
  constructor(seed: number, purpose: string) {
    super(seedOf(seed, purpose), { wallMs: () => START_MS });
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
}

/** FNV-1a over the purpose, mixed with the seed. */
export function seedOf(seed: number, purpose: string): number {
  let hash = (2_166_136_261 ^ Math.imul(seed, 2_654_435_761)) >>> 0;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 16_777_619) >>> 0;
  return hash >>> 0;
}

export class Faults {
  readonly counts = new Map<FaultKind, number>();
  /** The last moment at which a fault was still at work. */
  lastMs = 0;
  readonly #agenda: Agenda;
  readonly #endMs: number;
  readonly #rates = new Map<FaultKind, number>();
  readonly #chances = new Map<FaultKind, Chance>();
  readonly #without: ReadonlySet<FaultKind>;

  constructor(agenda: Agenda, seed: number, endMs: number, without: ReadonlySet<FaultKind>, rates: Rates = {}) {
    this.#agenda = agenda;
    this.#endMs = endMs;
    this.#without = without;
    const draw = new Chance(seed, "rates");
    for (const kind of FAULTS) {
      // a fifth of the faults is absent from a schedule, so that the others meet a world that works
      const drawn = draw.fraction() < 0.2 ? 0 : draw.fraction() * (MOST[kind] ?? 1);
      this.#rates.set(kind, rates[kind] ?? drawn);
      this.#chances.set(kind, new Chance(seed, kind));
    }
  }

  get isOver(): boolean {
    return this.#agenda.nowMs >= this.#endMs;
  }

  chance(kind: FaultKind): Chance {
    return this.#chances.get(kind) as Chance;
  }

  /** Whether the fault strikes now; counts it. */
  strikes(kind: FaultKind): boolean {
    if (this.isOver || this.#without.has(kind)) return false;
    if (this.chance(kind).fraction() >= (this.#rates.get(kind) ?? 0)) return false;
    return this.note(kind);
  }

  /** For the nemesis: the fault is on in this schedule. */
  isOn(kind: FaultKind): boolean {
    return !this.isOver && !this.#without.has(kind) && (this.#rates.get(kind) ?? 0) > 0;
  }

  note(kind: FaultKind): true {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    return true;
  }

  /** A fault stays at work for `ms`. */
  lasts(ms: number): number {
    this.lastMs = Math.max(this.lastMs, this.#agenda.nowMs + ms);
    return ms;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
