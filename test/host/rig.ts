/** Hosts on the memory ports under a virtual clock: everything of the product but the real servers. */

import { type Client, createClient } from "stator/client";
import { defineMachine, defineObject, type ObjectDefinition, promiseActor, TerminalError } from "stator/define";
import { MemoryDatabase, MemoryLeases, MemoryStore, SeededRandom, VirtualClock } from "stator/testing";
import { assign } from "xstate";
import { z } from "zod";
import { type HostOptions, hostOptions } from "../../src/core/options.ts";
import { serviceName } from "../../src/core/wire.ts";
import { HostRuntime } from "../../src/host/host.ts";
import { MemoryBroker, type MemoryTransport } from "../../src/memory/transport.ts";
import { serveDiscovery } from "../../src/nats/micro.ts";
import type { Store } from "../../src/ports/store.ts";
import { Counters, type Logger, silentLogger } from "../../src/ports/telemetry.ts";

/** Counts, and refuses to count below zero. */
export const counter = defineObject({
  name: "counter",
  machine: defineMachine({
    context: z.object({ count: z.number() }),
    events: { ADD: z.object({ amount: z.number() }), FAIL: z.object({}), CLOSE: z.object({}) },
  })
    .setup({
      actions: {
        add: assign({ count: ({ context, event }) => context.count + (event.type === "ADD" ? event.amount : 0) }),
        fail: assign(() => {
          throw new Error("planted failure");
        }),
      },
    })
    .createMachine({
      id: "counter",
      context: { count: 0 },
      initial: "counting",
      states: {
        counting: { on: { ADD: { actions: "add" }, FAIL: { actions: "fail" }, CLOSE: "closed" } },
        closed: { type: "final" },
      },
    }),
});

export const runs: { key: string; attempt: number; amount: number }[] = [];

/** Pays by a promise actor; waits for the payment at most a minute. */
export const bill = defineObject({
  name: "bill",
  machine: defineMachine({
    context: z.object({ amount: z.number(), receipt: z.string().nullable(), error: z.string().nullable() }),
    input: z.object({ amount: z.number() }),
    output: z.object({ receipt: z.string().nullable() }),
    events: { PAY: z.object({}), GIVE_UP: z.object({}) },
    actors: {
      charge: promiseActor({ input: z.object({ amount: z.number() }), output: z.object({ receipt: z.string() }) }),
    },
  })
    .setup({ delays: { patience: 60_000 } })
    .createMachine({
      id: "bill",
      context: ({ input }) => ({ amount: input.amount, receipt: null, error: null }),
      output: ({ context }) => ({ receipt: context.receipt }),
      initial: "open",
      states: {
        open: { on: { PAY: "paying" }, after: { patience: "expired" } },
        paying: {
          on: { GIVE_UP: "expired" },
          invoke: {
            id: "charge",
            src: "charge",
            input: ({ context }) => ({ amount: context.amount }),
            onDone: { target: "paid", actions: assign({ receipt: ({ event }) => event.output.receipt }) },
            onError: {
              target: "open",
              actions: assign({ error: ({ event }) => (event.error as { message: string }).message }),
            },
          },
        },
        paid: { type: "final" },
        expired: { type: "final" },
      },
    }),
  actors: {
    charge: {
      retry: { maxAttempts: 3, initialMs: 100 },
      timeoutMs: 10_000,
      run: async ({ input, idempotencyKey, attempt }) => {
        runs.push({ key: idempotencyKey, attempt, amount: input.amount });
        if (input.amount === 13) throw new TerminalError("declined", { code: "DECLINED" });
        if (input.amount === 7 && attempt < 3) throw new Error("provider is busy");
        return { receipt: `r-${input.amount}` };
      },
    },
  },
});

export interface Rig {
  readonly clock: VirtualClock;
  readonly database: MemoryDatabase;
  readonly store: MemoryStore;
  readonly broker: MemoryBroker;
  readonly client: Client;
  host(given?: {
    readonly store?: (inner: Store) => Store;
    readonly options?: Partial<HostOptions>;
  }): Promise<TestHost>;
  /** Runs the clock until the promise settles, at most `ms`. */
  run<T>(work: Promise<T>, ms?: number): Promise<T>;
}

export interface TestHost {
  readonly runtime: HostRuntime;
  readonly counters: Counters;
  readonly transport: MemoryTransport;
  /** As SIGKILL: nothing of it is heard any more, nothing is released. */
  kill(): void;
}

export function rig(
  objects: readonly ObjectDefinition[] = [counter, bill],
  partitions = 8,
  log: Logger = silentLogger,
): Rig {
  const clock = new VirtualClock();
  const random = new SeededRandom(1, clock);
  const database = new MemoryDatabase({ clock, partitions });
  const store = new MemoryStore(database);
  const broker = new MemoryBroker({ clock });
  const client = createClient({ transport: broker.connect({ name: "client" }), clock, random, namespace: "default" });
  return {
    clock,
    database,
    store,
    broker,
    client,
    async host({ store: wrap = (inner: Store) => inner, options = {} } = {}) {
      const transport = broker.connect({ name: "host" });
      const counters = new Counters();
      const mortal = new MortalClock(clock);
      const runtime = new HostRuntime({
        objects,
        namespace: "default",
        group: "main",
        store: wrap(new MemoryStore(database)),
        leases: new MemoryLeases(database),
        transport,
        secret: Buffer.alloc(32, 7),
        label: "test",
        options: hostOptions(options),
        clock: mortal,
        random,
        log,
        counters,
      });
      const started = runtime.start();
      await drive(clock, started, 5_000);
      const names = objects.map((object) => object.name).join(",");
      const metadata = { namespace: "default", group: "main", partitions: String(partitions), objects: names };
      const service = {
        name: serviceName("default"),
        id: runtime.id,
        version: "0.0.1",
        description: "",
        metadata,
        startedAt: new Date(0),
      };
      serveDiscovery(transport, { ...service, endpoints: () => [] });
      return {
        runtime,
        counters,
        transport,
        kill: () => {
          mortal.kill();
          broker.disconnect(transport);
        },
      };
    },
    run: (work, ms = 60_000) => drive(clock, work, ms),
  };
}

/** A clock that runs nothing any more once its host is dead. */
class MortalClock {
  readonly #inner: VirtualClock;
  #isDead = false;

  constructor(inner: VirtualClock) {
    this.#inner = inner;
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs();
  }

  wallMs(): number {
    return this.#inner.wallMs();
  }

  after(ms: number, task: () => void): () => void {
    return this.#inner.after(ms, () => {
      if (!this.#isDead) task();
    });
  }

  kill(): void {
    this.#isDead = true;
  }
}

async function drive<T>(clock: VirtualClock, work: Promise<T>, ms: number): Promise<T> {
  let isSettled = false;
  const settled = work.finally(() => {
    isSettled = true;
  });
  settled.catch(() => undefined);
  for (let passed = 0; passed < ms && !isSettled; passed += 10) await clock.advance(10);
  if (!isSettled) throw new Error(`not settled after ${ms} virtual ms`);
  return settled;
}
