/** What a nemesis can reach, and the time that it has. */
import { setTimeout as pause } from "node:timers/promises";
import type { Chance } from "../simulation/faults.ts";
import type { Audit } from "./audit.ts";
import type { Ledger } from "./ledger.ts";
import type { Member } from "./member.ts";
import type { Prober } from "./prober.ts";
import type { Line } from "./proxy/line.ts";
import type { Servers } from "./servers.ts";

export const LEASE_MS = 3_000;

export interface FieldParts {
  readonly servers: Servers;
  readonly members: readonly Member[];
  /** Between the clients and nats-server. */
  readonly clients: Line;
  readonly audit: Audit;
  readonly prober: Prober;
  readonly ledger: Ledger;
  readonly chance: Chance;
  /** A folder of the data disk that only this run fills; undefined where there is no such disk. */
  readonly diskFolder: string | undefined;
  /** Files that tell processes their time, where they can be told. */
  readonly clockFiles: { readonly hosts: readonly string[]; readonly postgres: string } | undefined;
}

export class Field {
  readonly parts: FieldParts;
  readonly #untilMs: number;

  constructor(parts: FieldParts, forMs: number) {
    this.parts = parts;
    this.#untilMs = performance.now() + forMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#untilMs - performance.now());
  }

  /** Between `least` and `most`, but not longer than there is time. */
  async wait(least: number, most: number): Promise<void> {
    await pause(Math.min(this.leftMs, this.parts.chance.between(least, most)));
  }

  note(kind: string, details: object = {}): void {
    this.parts.ledger.note(kind, details);
  }

  /** A host that serves and is not paused; undefined where there is none. */
  victim(): Member | undefined {
    const ready = this.parts.members.filter((member) => member.isReady && !member.isPaused);
    return ready.length === 0 ? undefined : this.parts.chance.pick(ready);
  }

  /** Up to three keys that the host owns. */
  async keysOf(member: Member): Promise<string[]> {
    const leases = await this.parts.audit.leases().catch(() => []);
    const owned = leases.filter(({ host }) => host === member.id).map(({ partition }) => partition);
    return owned.slice(0, 3).map((partition) => this.parts.prober.key(partition));
  }

  /** Does it and keeps how long the keys concerned were without an answer; does not wait for that. */
  async measured(after: string, keys: readonly string[], act: () => void | Promise<void>): Promise<void> {
    const { ledger, prober } = this.parts;
    if (keys.length === 0) return void (await act());
    let acted: () => void = () => undefined;
    const isDone = new Promise<void>((resolve) => {
      acted = resolve;
    });
    const gap = prober.gap(keys, async () => {
      try {
        await act();
      } finally {
        acted();
      }
    });
    void gap.then((gapMs) => ledger.recovered(after, gapMs)).catch(() => acted());
    await isDone;
  }
}
