/** Hosts on the memory ports under a virtual clock: everything of the product but the real servers. */

import type { Client } from "stator/client";
import { defineMachine, defineObject, type ObjectDefinition, promiseActor, TerminalError } from "stator/define";
import { assign } from "xstate";
import { z } from "zod";
import { serviceName } from "../../src/core/wire.ts";
import { serveDiscovery } from "../../src/nats/micro.ts";
import { type Logger, silentLogger } from "../../src/ports/telemetry.ts";
import {
  Kit,
  type KitHost,
  type KitHostOptions,
  type MemoryBroker,
  type MemoryDatabase,
  type MemoryStore,
  type VirtualClock,
} from "../../src/testing/index.ts";

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
  host(given?: KitHostOptions): Promise<KitHost>;
  /** Runs the clock until the promise settles, at most `ms`. */
  run<T>(work: Promise<T>, ms?: number): Promise<T>;
}

/** The test kit whose hosts are found by the services protocol as well, as clients find real ones. */
export function rig(
  objects: readonly ObjectDefinition[] = [counter, bill],
  partitions = 8,
  log: Logger = silentLogger,
): Rig {
  const kit = new Kit({ objects, partitions, log });
  const { clock, database, store, broker, client } = kit;
  return {
    clock,
    database,
    store,
    broker,
    client,
    async host(given) {
      const host = await kit.host(given);
      const names = objects.map((object) => object.name).join(",");
      const metadata = { namespace: "default", group: "main", partitions: String(partitions), objects: names };
      const service = {
        name: serviceName("default"),
        id: host.runtime.id,
        version: "0.0.1",
        description: "",
        metadata,
        startedAt: new Date(0),
      };
      serveDiscovery(host.transport, { ...service, endpoints: () => [] });
      return host;
    },
    run: (work, ms) => kit.run(work, ms),
  };
}
