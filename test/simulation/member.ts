/** One simulated host process: the product's runtime on simulated ports. It can be killed, stopped and started anew. */

import { createClient } from "stator/client";
import { type ObjectDefinition, type RunArguments, TerminalError } from "stator/define";
import type { Address } from "../../src/core/address.ts";
import { hostOptions } from "../../src/core/options.ts";
import { serviceName } from "../../src/core/wire.ts";
import { HostRuntime } from "../../src/host/host.ts";
import { MemoryLeases } from "../../src/memory/leases.ts";
import type { MemoryTransport } from "../../src/memory/transport.ts";
import { serveDiscovery } from "../../src/nats/micro.ts";
import { Counters, silentLogger } from "../../src/ports/telemetry.ts";
import { ProcessClock } from "./agenda.ts";
import { bank } from "./bank.ts";
import { clerks } from "./clerks.ts";
import { Chance } from "./faults.ts";
import { SimulatedLeases, SimulatedStore } from "./links.ts";
import { counter, type Plan, programs } from "./programs.ts";
import type { World } from "./world.ts";

export const NAMESPACE = "default";

/** Between two signs of life of a promise actor. */
const BEAT_MS = 300;

/** Small bounds, so that they are met. */
export const OPTIONS = hostOptions({ maxMailbox: 12, maxInternalAttempts: 3, maxBatch: 24, maxActivations: 12 });

export class Member {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly counters = new Counters();
  readonly #world: World;
  readonly #transport: MemoryTransport;
  readonly #runtime: HostRuntime;
  #isLeaving = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.clock = new ProcessClock(world.agenda);
    this.#transport = world.connect(name, this.clock);
    const { database, seed } = world;
    const chance = new Chance(seed, `line ${name}`);
    const parts = {
      agenda: world.agenda,
      faults: world.faults,
      chance,
      clock: this.clock,
      isDown: () => world.isDown,
      isFull: () => world.agenda.nowMs < world.fullUntilMs,
      trace: (text: string) => world.trace(`${name}: ${text}`),
      keep: (address: Address) => world.keep(address),
    };
    this.#runtime = new HostRuntime({
      objects: this.#objects(),
      namespace: NAMESPACE,
      group: "main",
      store: new SimulatedStore(world.store(name), parts),
      leases: new SimulatedLeases(new MemoryLeases(database), parts),
      transport: this.#transport,
      secret: Buffer.alloc(32, 7),
      label: name,
      options: OPTIONS,
      clock: this.clock,
      random: new Chance(seed, `host ${name}`),
      log: silentLogger,
      counters: this.counters,
    });
  }

  /** Whether the process runs or will run on by itself. */
  get isAlive(): boolean {
    return !this.clock.isDead && !this.#isLeaving;
  }

  /** Rejects where the database did not answer: the process ends then. */
  async start(): Promise<void> {
    await this.#runtime.start();
    const { partitions } = this.#world.database;
    const names = DEFINITIONS.map((definition) => definition.name).join(",");
    serveDiscovery(this.#transport, {
      name: serviceName(NAMESPACE),
      id: this.#runtime.id,
      version: "0.0.1",
      description: "",
      metadata: { namespace: NAMESPACE, group: "main", partitions: String(partitions), objects: names },
      startedAt: new Date(0),
      endpoints: () => [],
    });
  }

  kill(): void {
    this.clock.kill();
    this.#world.disconnect(this.#transport);
  }

  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.#runtime.stop().catch((cause: unknown) => this.#world.trace(`${this.name}: stop failed: ${cause}`));
    this.kill();
  }

  /** The definitions, with user code that runs in this process. */
  #objects(): readonly ObjectDefinition[] {
    const client = createClient({
      transport: this.#transport,
      clock: this.clock,
      random: new Chance(this.#world.seed, `actions ${this.name}`),
      namespace: NAMESPACE,
    });
    const add = async ({ params, idempotencyKey }: { params: unknown; idempotencyKey: string }): Promise<void> => {
      const { counter: key, amount } = params as { counter: string; amount: number };
      const options = { messageId: `action/${idempotencyKey}`, timeoutMs: 6_000 };
      await client.object(counter, key).send({ type: "ADD", amount }, options);
    };
    return DEFINITIONS.map((definition) => {
      if (definition.name === "courier") {
        const action = { ...definition.actions.get("add"), run: add };
        return { ...definition, actions: new Map([["add", action as never]]) };
      }
      if (definition.name !== "job") return definition;
      const work = {
        ...definition.actors.get("work"),
        run: (args: RunArguments<unknown>) => this.#work(args as RunArguments<{ plan: string }>),
      };
      return { ...definition, actors: new Map([["work", work as never]]) };
    });
  }

  async #work(args: RunArguments<{ plan: string }>): Promise<{ receipt: string }> {
    const { input, idempotencyKey, attempt, heartbeat, lastHeartbeat, signal } = args;
    const { faults } = this.#world;
    const trouble = faults.strikes("actor.trouble") ? faults.chance("actor.trouble") : undefined;
    const plan = (trouble !== undefined && attempt < 3 ? trouble.pick(["throw", "hang", "late"]) : input.plan) as Plan;
    this.#world.worked(idempotencyKey);
    if (lastHeartbeat !== undefined) this.counters.add("heartbeat.handed-on");
    signal.addEventListener("abort", () => {
      if (String(signal.reason).includes("heartbeat")) this.counters.add("heartbeat.missed");
    });
    if (plan === "terminal") throw new TerminalError("declined");
    if (plan === "throw" || (plan === "flaky" && attempt % 2 === 1)) throw new Error("provider is busy");
    if (plan === "hang" && attempt < 4) await new Promise(() => undefined);
    const worksMs = plan === "late" && attempt < 3 ? 1_200 : plan === "slow" ? 600 : 20;
    for (let doneMs = 0; doneMs < worksMs; doneMs += BEAT_MS) {
      if (doneMs > 0) heartbeat({ attempt, doneMs });
      await this.#sleep(Math.min(BEAT_MS, worksMs - doneMs));
    }
    return { receipt: idempotencyKey };
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }
}

const nowhere = async (): Promise<never> => {
  throw new Error("this definition is bound to a host before it is used");
};

/** Made once: what differs between hosts is only the user code. */
export const DEFINITIONS = programs({ addByAction: nowhere, work: nowhere, heartbeatMs: 700 }, [...bank, ...clerks]);
