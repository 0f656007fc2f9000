/** The ways from a simulated host to its database and to the bus, and what can happen on them. */

import type { Address } from "../../src/core/address.ts";
import type { DeliverySeam } from "../../src/memory/transport.ts";
import type { HostRecord, Leases, LeaseView } from "../../src/ports/leases.ts";
import { BatchRefusedError, type Chain, type Store } from "../../src/ports/store.ts";
import type { Agenda, ProcessClock } from "./agenda.ts";
import type { Chance, Faults } from "./faults.ts";

/** What an event must hold for the database to refuse its turn, each time, like text that it cannot store. */
export const POISON = "POISON";

export interface LinkParts {
  readonly agenda: Agenda;
  readonly faults: Faults;
  /** Latencies. */
  readonly chance: Chance;
  readonly clock: ProcessClock;
  readonly isDown: () => boolean;
  /** Reads are served, nothing is written. */
  readonly isFull: () => boolean;
  readonly trace: (text: string) => void;
  /** Keeps what the journal of a purged object says, for the judge. */
  readonly keep: (address: Address) => void;
}

type Fate = "ok" | "cut-after" | "cut-before" | "cut-late" | "refuse" | "fail";

/** One request and its answer, each with its own latency. A dead process's request may still arrive. */
class Line {
  readonly #parts: LinkParts;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  call<T>(what: string, fate: Fate, run: () => Promise<T>, isWrite: boolean): Promise<T> {
    const { agenda, faults, clock, isDown, isFull, trace } = this.#parts;
    if (clock.isDead) return new Promise(() => undefined);
    const slow = faults.strikes("store.slow") ? faults.lasts(faults.chance("store.slow").between(100, 4_000)) : 0;
    return new Promise<T>((resolve, reject) => {
      const answer = (finish: () => void): void => void agenda.after(this.#hop(), () => clock.enter(finish));
      const cut = (): void => answer(() => reject(new Error(`connection lost (${fate})`)));
      const apply = (): Promise<void> =>
        run().then(
          (value) => answer(() => resolve(value)),
          (cause: unknown) => answer(() => reject(cause)),
        );
      agenda.after(this.#hop() + slow, () => {
        if (fate !== "ok") trace(`${what}: ${fate}`);
        if (isWrite && isFull()) return answer(() => reject(new Error("could not extend file: no space left (53100)")));
        if (isDown() || fate === "fail") return answer(() => reject(new Error("the database is down")));
        if (fate === "refuse") return answer(() => reject(new BatchRefusedError("could not serialize", "40001")));
        if (fate === "ok") return void apply();
        cut();
        if (fate === "cut-after") run().catch(() => undefined);
        if (fate === "cut-late")
          agenda.after(faults.lasts(faults.chance("store.cut-late").between(1, 5_000)), () => {
            trace(`${what}: lands late`);
            run().catch(() => undefined);
          });
      });
    });
  }

  #hop(): number {
    return this.#parts.chance.between(1, 6);
  }
}

export class SimulatedStore implements Store {
  readonly #inner: Store;
  readonly #line: Line;
  readonly #faults: Faults;
  readonly #keep: LinkParts["keep"];

  constructor(inner: Store, parts: LinkParts) {
    this.#inner = inner;
    this.#line = new Line(parts);
    this.#faults = parts.faults;
    this.#keep = parts.keep;
  }

  readonly load: Store["load"] = (addresses) => this.#read("load", () => this.#inner.load(addresses));
  readonly replies: Store["replies"] = (asked) => this.#read("replies", () => this.#inner.replies(asked));
  readonly journal: Store["journal"] = (...args) => this.#read("journal", () => this.#inner.journal(...args));
  readonly list: Store["list"] = (query) => this.#read("list", () => this.#inner.list(query));
  readonly dueTimers: Store["dueTimers"] = (...args) => this.#read("dueTimers", () => this.#inner.dueTimers(...args));
  readonly pendingSends: Store["pendingSends"] = (...args) =>
    this.#read("pendingSends", () => this.#inner.pendingSends(...args));
  readonly pendingInvocations: Store["pendingInvocations"] = (...args) =>
    this.#read("pendingInvocations", () => this.#inner.pendingInvocations(...args));
  readonly sent: Store["sent"] = (rows) => this.#write("sent", () => this.#inner.sent(rows));
  readonly attemptFailed: Store["attemptFailed"] = (...args) =>
    this.#write("attemptFailed", () => this.#inner.attemptFailed(...args));
  readonly parkSend: Store["parkSend"] = (...args) => this.#write("parkSend", () => this.#inner.parkSend(...args));
  readonly heartbeat: Store["heartbeat"] = (...args) => this.#write("heartbeat", () => this.#inner.heartbeat(...args));
  readonly pause: Store["pause"] = (...args) => this.#write("pause", () => this.#inner.pause(...args));
  readonly audit: Store["audit"] = (record) => this.#write("audit", () => this.#inner.audit(record));
  readonly audits: Store["audits"] = (query) => this.#read("audits", () => this.#inner.audits(query));
  readonly clear: Store["clear"] = (address) =>
    this.#write("clear", () => {
      this.#keep(address);
      return this.#inner.clear(address);
    });
  readonly prune: Store["prune"] = (...args) => this.#write("prune", () => this.#inner.prune(...args));
  readonly park: Store["park"] = (...args) => this.#write("park", () => this.#inner.park(...args));

  commit(batch: readonly Chain[]): ReturnType<Store["commit"]> {
    const what = `commit ${batch.map(({ address, base, turns }) => `${address.name}/${address.key}@${base.revision}+${turns.length}`).join(" ")}`;
    const commit: () => ReturnType<Store["commit"]> = async () => {
      if (batch.some(isPoisoned)) throw new BatchRefusedError("invalid byte sequence", "22021");
      return this.#inner.commit(batch);
    };
    return this.#line.call(what, this.#writeFate(), commit, true);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #read<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.#line.call(what, this.#faults.strikes("store.fail") ? "fail" : "ok", run, false);
  }

  #write<T>(what: string, run: () => Promise<T>): Promise<T> {
    const fate = this.#writeFate();
    return this.#line.call(what, fate === "refuse" ? "ok" : fate, run, true);
  }

  #writeFate(): Fate {
    if (this.#faults.strikes("store.cut-after")) return "cut-after";
    if (this.#faults.strikes("store.cut-before")) return "cut-before";
    if (this.#faults.strikes("store.cut-late")) return "cut-late";
    return this.#faults.strikes("store.refuse") ? "refuse" : "ok";
  }
}

const isPoisoned = (chain: Chain): boolean => chain.turns.some((turn) => turn.event.includes(POISON));

export class SimulatedLeases implements Leases {
  readonly #inner: Leases;
  readonly #line: Line;
  readonly #faults: Faults;

  constructor(inner: Leases, parts: LinkParts) {
    this.#inner = inner;
    this.#line = new Line(parts);
    this.#faults = parts.faults;
  }

  get partitions(): number {
    return this.#inner.partitions;
  }

  beat(host: HostRecord, held: ReadonlyMap<number, number>, leaseMs: number): Promise<LeaseView> {
    return this.#call("beat", () => this.#inner.beat(host, held, leaseMs));
  }

  take(hostId: string, partitions: readonly number[], leaseMs: number): Promise<ReadonlyMap<number, number>> {
    return this.#call("take", () => this.#inner.take(hostId, partitions, leaseMs));
  }

  release(hostId: string, held: ReadonlyMap<number, number>): Promise<void> {
    return this.#call("release", () => this.#inner.release(hostId, held));
  }

  leave(hostId: string): Promise<void> {
    return this.#call("leave", () => this.#inner.leave(hostId));
  }

  #call<T>(what: string, run: () => Promise<T>): Promise<T> {
    const fates = ["cut-after", "cut-before", "cut-late"] as const;
    const fate = this.#faults.strikes("lease.cut") ? this.#faults.chance("lease.cut").pick(fates) : "ok";
    return this.#line.call(`leases.${what}`, fate, run, true);
  }
}

/** The bus: loses, repeats, delays. What reaches a stopped process waits there; what a dead one sent is lost. */
export function faultyBus(parts: {
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly chance: Chance;
  readonly processOf: (transport: string) => ProcessClock | undefined;
  /** Transports that see everything, at once. */
  readonly isWitness: (transport: string) => boolean;
}): DeliverySeam {
  const { agenda, faults, chance, processOf, isWitness } = parts;
  return (subject, deliver, route) => {
    if (processOf(route.from)?.isDead === true) return;
    const to = processOf(route.to);
    const arrive = (): void => (to === undefined ? deliver() : to.enter(deliver));
    if (isWitness(route.to)) return arrive();
    const isAnswer = subject.startsWith("_INBOX");
    if (faults.strikes("bus.lose") || (isAnswer && faults.strikes("bus.lose-answer"))) return;
    const late = faults.strikes("bus.delay") ? faults.chance("bus.delay").between(10, 8_000) : 0;
    agenda.after(chance.between(1, 5) + late, arrive);
    if (faults.strikes("bus.repeat")) agenda.after(1 + faults.chance("bus.repeat").below(3_000), arrive);
  };
}
