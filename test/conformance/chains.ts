/** Chains and turns for the tests of stores: everything has a default, a test names only what it is about. */
import { onTestFinished } from "vitest";
import { type Address, partitionOf } from "../../src/core/address.ts";
import { viewText } from "../../src/core/message.ts";
import type { Leases } from "../../src/ports/leases.ts";
import type { Chain, Scope, Store, StoredObject, TurnOutcome, TurnRecord } from "../../src/ports/store.ts";

/** A store with a namespace of its own. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly leases: Leases;
  /** The store as another host has it. */
  another(): Store;
  /** Lets time pass on the store's clock. */
  pass(ms: number): Promise<void>;
  /** Milliseconds since 1970 by the store's clock. */
  nowMs(): Promise<number>;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly horizonMs?: number;
}

export type OpenStore = (options?: StoreOptions) => Promise<StoreUnderTest>;

type TurnGiven = string | (Partial<TurnRecord> & { readonly messageId: string });
type ChainGiven = Partial<Omit<Chain, "turns" | "base">> & { readonly turns?: readonly TurnGiven[] };

/** What a chain is computed from. */
export type Base = Pick<StoredObject, "revision" | "tag"> & { readonly incarnation?: string };
export const UNBORN: Base = { revision: 0, tag: "0" };

let tags = 0;
export const freshTag = (): string => String(1_000_000 + ++tags);

export const at = (key: string, name = "order"): Address => ({ name, key });

export function turn(given: TurnGiven): TurnRecord {
  const { messageId, ...rest } = typeof given === "string" ? { messageId: given } : given;
  return {
    messageId,
    hash: `hash of ${messageId}`,
    sentAtMs: undefined,
    kind: "event",
    event: `{"type":"GO"}`,
    view: viewText({ status: "active", value: "open", tags: [], context: { last: messageId }, output: undefined }),
    history: `history after ${messageId}`,
    trail: `{"m":"1","h":"host"}`,
    source: undefined,
    outbox: [],
    ...rest,
  };
}

/** One namespace with partitions taken by host `h1`, all in epoch 1. */
export class Bench {
  readonly store: Store;
  readonly leases: Leases;
  readonly under: StoreUnderTest;

  private constructor(under: StoreUnderTest) {
    this.under = under;
    this.store = under.store;
    this.leases = under.leases;
  }

  static async open(open: OpenStore, options?: StoreOptions): Promise<Bench> {
    const under = await open(options);
    onTestFinished(() => under.close());
    const bench = new Bench(under);
    await bench.leases.take("h1", bench.scope().partitions, 600_000);
    return bench;
  }

  /** All partitions, and the names the tests use. */
  scope(...names: string[]): Scope {
    return {
      partitions: Array.from({ length: this.leases.partitions }, (_, i) => i),
      names: names.length === 0 ? ["order"] : names,
    };
  }

  partitionOf(address: Address): number {
    return partitionOf(address, this.leases.partitions);
  }

  chain(address: Address, base: Base, { turns = ["m1"], ...given }: ChainGiven = {}): Chain {
    return {
      partition: this.partitionOf(address),
      epoch: 1,
      address,
      base: { revision: base.revision, tag: base.tag },
      tag: freshTag(),
      incarnation: base.incarnation ?? "life-1",
      status: "active",
      value: `"open"`,
      isStateChanged: base.revision === 0,
      tags: [],
      machineVersion: "1",
      snapshot: `{"after":${base.revision + turns.length}}`,
      turns: turns.map(turn),
      timersSet: [],
      timersCleared: [],
      invocationsStarted: [],
      invocationsEnded: [],
      ...given,
    };
  }

  async commit(address: Address, base: Base, given: ChainGiven = {}): Promise<readonly TurnOutcome[]> {
    const [outcomes = []] = await this.store.commit([this.chain(address, base, given)]);
    return outcomes;
  }

  async load(address: Address): Promise<StoredObject | undefined> {
    const [found] = await this.store.load([address]);
    return found;
  }

  /** Commits on top of whatever is there; must commit. */
  async advance(address: Address, given: ChainGiven = {}): Promise<StoredObject> {
    const outcomes = await this.commit(address, (await this.load(address)) ?? UNBORN, given);
    if (outcomes.some((outcome) => outcome !== "committed")) throw new Error(`not committed: ${outcomes.join()}`);
    return this.must(address);
  }

  async must(address: Address): Promise<StoredObject> {
    const found = await this.load(address);
    if (found === undefined) throw new Error(`no object ${address.name}/${address.key}`);
    return found;
  }

  /** Another host takes the partition of the address: epoch 2. */
  async takeOver(address: Address): Promise<void> {
    const partition = this.partitionOf(address);
    await this.leases.release("h1", new Map([[partition, 1]]));
    await this.leases.take("h2", [partition], 600_000);
  }
}
