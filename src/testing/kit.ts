/**
 * The test kit: objects on the real host and client, with the ports in memory and a clock that moves only when told to.
 *
 *   const kit = await createKit({ objects: [order] });
 *   kit.actors.fake(order, "charge", async () => ({ receipt: "r-1" }));
 *   const o1 = kit.object(order, "o-1");
 *   await o1.create({ total: 10 });
 *   await kit.advance("15m");
 *   expect(await o1.get()).toMatchObject({ value: "expired" });
 *
 * No network, no server, no real time: hours pass in milliseconds, and the same seed gives the same run. What runs is
 * what runs in production except for Postgres, NATS and the clock. Promise actors run for real unless they are faked;
 * one that waits for real time (a network, `setTimeout`) is waited for by `settle` only as long as it takes no time.
 */
import { type Client, createClient } from "../client/client.ts";
import type { CreateArguments, ObjectClient, ObjectTypes } from "../client/object.ts";
import type { AnyDefinition, TypesOf } from "../client/types-of.ts";
import type { ObjectDefinition } from "../core/definition.ts";
import { parseDelay } from "../core/duration.ts";
import { type HostOptions, hostOptions } from "../core/options.ts";
import type { OperatorVerb } from "../core/wire.ts";
import { HostRuntime } from "../host/host.ts";
import { settle, VirtualClock } from "../memory/clock.ts";
import { MemoryDatabase } from "../memory/database.ts";
import { MemoryLeases } from "../memory/leases.ts";
import { SeededRandom } from "../memory/random.ts";
import { MemoryStore } from "../memory/store.ts";
import { MemoryBroker, type MemoryTransport } from "../memory/transport.ts";
import type { JournalEntry, Store } from "../ports/store.ts";
import { Counters, type Logger, silentLogger } from "../ports/telemetry.ts";
import { Fakes } from "./fakes.ts";
import { MortalClock } from "./mortal.ts";

/** Rounds of the event loop that a call without time may take. */
const ROUNDS = 50;
/** How long a call may take in virtual time. */
const MAX_CALL_MS = 60_000;

export interface KitOptions {
  readonly objects: readonly ObjectDefinition[];
  /** Hosts that are started at once; 1 unless given. */
  readonly hosts?: number;
  readonly partitions?: number;
  /** Of all that is random. */
  readonly seed?: number;
  /** How long message ids are remembered, and tombstones; 7 days unless given. */
  readonly horizonMs?: number;
  readonly options?: Partial<HostOptions>;
  readonly log?: Logger;
}

export interface KitHostOptions {
  /** Puts something between the host and the store. */
  readonly store?: (inner: Store) => Store;
  /** By how much the clock on this host's wall is ahead of the store's. */
  readonly clockAheadMs?: number;
  readonly options?: Partial<HostOptions>;
}

export interface KitHost {
  readonly runtime: HostRuntime;
  readonly counters: Counters;
  readonly transport: MemoryTransport;
  /** As SIGKILL: nothing of it is heard any more, nothing is released. */
  kill(): void;
  /** As SIGTERM: it finishes what it has and gives its partitions away. */
  stop(): Promise<void>;
}

/** An object of the kit: the client's own calls, each of which moves the clock only as far as it must. */
export type KitObject<T extends ObjectTypes = ObjectTypes> = Pick<
  ObjectClient<T>,
  "address" | "create" | "send" | "get" | "waitFor" | "result" | "journal" | "on" | "changes" | OperatorVerb
>;

export class Kit {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly database: MemoryDatabase;
  readonly store: MemoryStore;
  readonly broker: MemoryBroker;
  readonly client: Client;
  /** Replaces promise actors and named actions. */
  readonly actors = new Fakes();
  readonly hosts: KitHost[] = [];
  readonly #options: KitOptions;
  readonly #partitions: number;

  constructor(options: KitOptions) {
    const { clock } = this;
    this.#options = options;
    this.#partitions = options.partitions ?? 8;
    this.random = new SeededRandom(options.seed ?? 1, clock);
    const { horizonMs } = options;
    this.database = new MemoryDatabase({ clock, partitions: this.#partitions, ...(horizonMs && { horizonMs }) });
    this.store = new MemoryStore(this.database);
    this.broker = new MemoryBroker({ clock });
    const transport = this.broker.connect({ name: "client" });
    this.client = createClient({ transport, clock, random: this.random, namespace: "default" });
  }

  /** Starts a host. With several, partitions move within one lease (`advance("3s")`). */
  async host({
    store = (inner: Store) => inner,
    options = {},
    clockAheadMs = 0,
  }: KitHostOptions = {}): Promise<KitHost> {
    const transport = this.broker.connect({ name: "host" });
    const counters = new Counters();
    const mortal = new MortalClock(this.clock, clockAheadMs);
    const runtime = new HostRuntime({
      objects: this.#options.objects.map((object) => this.actors.hosted(object)),
      namespace: "default",
      group: "main",
      store: store(new MemoryStore(this.database)),
      leases: new MemoryLeases(this.database),
      transport,
      secret: Buffer.alloc(32, 7),
      label: "test",
      options: hostOptions({ ...this.#options.options, ...options }),
      clock: mortal,
      random: this.random,
      log: this.#options.log ?? silentLogger,
      counters,
    });
    await this.run(runtime.start());
    const kill = (): void => {
      mortal.kill();
      this.broker.disconnect(transport);
    };
    const host = { runtime, counters, transport, kill, stop: () => this.run(runtime.stop()) };
    this.hosts.push(host);
    return host;
  }

  /** An object by its definition (typed) or by its name. */
  object<D extends AnyDefinition>(definition: D, key: string): KitObject<TypesOf<D>>;
  object(name: string, key: string): KitObject;
  object(of: AnyDefinition | string, key: string): unknown {
    const inner: ObjectClient = this.client.object(of as string, key);
    const object: KitObject = {
      address: inner.address,
      create: (...args: CreateArguments<ObjectTypes>) => this.run(inner.create(...args)),
      send: (...args) => this.run(inner.send(...args)),
      get: (...args) => this.run(inner.get(...args)),
      waitFor: (goal, options) => this.run(inner.waitFor(goal, options), options?.timeoutMs),
      result: (options) => this.run(inner.result(options), options?.timeoutMs),
      journal: (...args) => this.run(inner.journal(...args)),
      retry: (...args) => this.run(inner.retry(...args)),
      skip: (...args) => this.run(inner.skip(...args)),
      cancel: (...args) => this.run(inner.cancel(...args)),
      kill: (...args) => this.run(inner.kill(...args)),
      pause: (...args) => this.run(inner.pause(...args)),
      resume: (...args) => this.run(inner.resume(...args)),
      purge: (...args) => this.run(inner.purge(...args)),
      reveal: (...args) => this.run(inner.reveal(...args)),
      on: (...args) => inner.on(...args),
      changes: (...args) => inner.changes(...args),
    };
    return object;
  }

  /** The whole past of an object. */
  async journal(of: AnyDefinition | string, key: string): Promise<readonly JournalEntry[]> {
    const name = typeof of === "string" ? of : of.name;
    return this.store.journal({ name, key }, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Lets time pass: `advance("5m")`, `advance(250)`. What falls due runs in the order of its due time. */
  async advance(time: string | number): Promise<void> {
    await this.clock.advance(typeof time === "number" ? time : parseDelay(time, this.clock.wallMs()));
    await this.settle();
  }

  /** Lets everything happen that takes no time: turns, commits, messages between objects, promise actors. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) await this.clock.advance(0);
  }

  /** Runs the clock until the promise settles: not at all where it takes no time, at most `ms`. */
  async run<T>(work: Promise<T>, ms = MAX_CALL_MS): Promise<T> {
    let isSettled = false;
    const settled = work.finally(() => {
      isSettled = true;
    });
    settled.catch(() => undefined);
    for (let round = 0; round < ROUNDS && !isSettled; round++) await settle();
    for (let passed = 0; passed < ms && !isSettled; passed += 10) await this.clock.advance(10);
    if (!isSettled) throw new Error(`not settled after ${ms} virtual ms`);
    return settled;
  }

  /** Stops hosts and client. */
  async stop(): Promise<void> {
    await Promise.all(this.hosts.splice(0).map((host) => host.stop()));
    await this.client.close();
  }
}

/** A kit with its hosts started. */
export async function createKit(options: KitOptions): Promise<Kit> {
  const kit = new Kit(options);
  for (let i = 0; i < (options.hosts ?? 1); i++) await kit.host();
  return kit;
}
