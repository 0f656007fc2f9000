/**
 * The runtime of one process: its stages, how they are wired, and in which order they start and stop. Knows no adapter;
 * `compose.ts` hands them in.
 *
 *   NATS → intake → router → mailbox (activation) → engine turn → commit (group, one transaction)
 *                                                                      ↓ only now: gate
 *                                                replies · relay · timers · invocations · changes feed
 */
import { type Address, partitionOf } from "../core/address.ts";
import type { ObjectDefinition } from "../core/define.ts";
import { StartupError } from "../core/errors.ts";
import type { HostOptions } from "../core/options.ts";
import { Subjects, VERBS } from "../core/subjects.ts";
import { createEngine } from "../engine/create.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { HostRecord, Leases, LeaseView } from "../ports/leases.ts";
import type { Scope, Store } from "../ports/store.ts";
import type { Counters, Logger } from "../ports/telemetry.ts";
import type { Incoming, Subscription, Transport } from "../ports/transport.ts";
import { Admin } from "./admin.ts";
import { Attempts } from "./attempts.ts";
import { Committer } from "./commit.ts";
import type { Delivery } from "./delivery.ts";
import { Gate } from "./gate.ts";
import { Intake } from "./intake.ts";
import { Seal } from "./internal.ts";
import { Invocations } from "./invocations.ts";
import { LeaseKeeper } from "./leases.ts";
import { Loader } from "./loader.ts";
import { type Hosted, Objects } from "./objects.ts";
import { Outbound } from "./outbound.ts";
import { Partitions } from "./partitions.ts";
import { Reads } from "./reads.ts";
import { Relay } from "./relay.ts";
import { Replies } from "./replies.ts";
import { Router } from "./routing.ts";
import { Timers } from "./timers.ts";

export interface HostParts {
  readonly objects: readonly ObjectDefinition[];
  readonly namespace: string;
  /** Hosts of one group serve the same definitions and share the keys. */
  readonly group: string;
  readonly store: Store;
  readonly leases: Leases;
  readonly transport: Transport;
  /** Of the namespace: marks messages between objects. */
  readonly secret: Uint8Array;
  readonly label: string;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
}

export class HostRuntime {
  readonly id: string;
  readonly #parts: HostParts;
  readonly #hosted: ReadonlyMap<string, Hosted>;
  readonly #subjects: Subjects;
  readonly #partitions: Partitions;
  readonly #objects: Objects;
  readonly #reads: Reads;
  readonly #replies: Replies;
  readonly #router: Router;
  readonly #intake: Intake;
  readonly #admin: Admin;
  readonly #relay: Relay;
  readonly #timers: Timers;
  readonly #invocations: Invocations;
  readonly #keeper: LeaseKeeper;
  readonly #stopping = new AbortController();
  readonly #doors: Subscription[] = [];
  readonly #partitionDoors = new Map<number, Subscription>();
  #view: LeaseView | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#hosted = hostedOf(parts.objects);
    this.id = parts.random.uuid();
    this.#subjects = new Subjects(parts.namespace);
    const { options, clock, random, log, counters, store, transport } = parts;
    const partitionCount = parts.leases.partitions;
    const common = {
      options,
      clock,
      random,
      log,
      counters,
      store,
      transport,
      partitionCount,
      subjects: this.#subjects,
    };
    const hosted = this.#hosted;
    this.#partitions = new Partitions(() => clock.monotonicMs());
    const partitions = this.#partitions;
    const loader = new Loader(store);
    const replies = new Replies(transport);
    this.#replies = replies;
    const seal = new Seal(parts.secret);
    const push = (delivery: Delivery): void => this.#objects.push(delivery);
    const scope = (): Scope => ({ partitions: partitions.accepting(), names: [...hosted.keys()] });
    const owns = (address: Address): boolean => partitions.accepts(partitionOf(address, partitionCount));
    const fenced = (partition: number): void => this.#keeper.fenced(partition);
    const committer = new Committer(store, options.maxBatch, counters);
    this.#objects = new Objects({ ...common, hosted, partitions, loader, committer, gate: () => gate, fenced });
    const attempts = new Attempts(options.maxInternalAttempts, clock, random, (of, reason) =>
      this.#objects.park(of, reason),
    );
    this.#reads = new Reads({ ...common, loader, objects: this.#objects, engine: (name) => engineOf(hosted, name) });
    this.#intake = new Intake({
      ...common,
      hosted,
      router: () => this.#router,
      push,
      reads: this.#reads,
      replies,
      seal,
    });
    const accept: Intake["accept"] = (target, incoming) => this.#intake.accept(target, incoming);
    this.#router = new Router({ ...common, self: this.id, group: parts.group, partitions, replies, accept });
    this.#admin = new Admin({ ...common, replies, view: () => this.#view });
    const action = (of: Address, name: string) => hosted.get(of.name)?.definition.actions.get(name);
    const outbound = new Outbound({
      ...common,
      group: parts.group,
      partitions,
      seal,
      push,
      action,
      signal: this.#stopping.signal,
    });
    this.#relay = new Relay({ ...common, scope, owns, carry: outbound.carry });
    this.#timers = new Timers({ ...common, scope, push, attempts });
    const implementation = (of: Address, actor: string) => hosted.get(of.name)?.definition.actors.get(actor);
    this.#invocations = new Invocations({ ...common, scope, owns, implementation, push, attempts });
    const gate = new Gate(this.#nextStages(), transport, this.#subjects, clock, log, counters);
    const self: HostRecord = { id: this.id, objects: [...hosted.keys()], label: parts.label };
    this.#keeper = new LeaseKeeper({ ...common, leases: parts.leases, partitions, self, listener: this.#ownership() });
  }

  get counters(): Counters {
    return this.#parts.counters;
  }

  /** Objects in memory. */
  get activations(): number {
    return this.#objects.size;
  }

  get partitions(): readonly number[] {
    return this.#partitions.accepting();
  }

  /** Endpoints for the NATS services protocol. */
  get endpoints(): readonly { readonly name: string; readonly subject: string; readonly queue: string }[] {
    return [...this.#hosted.keys()].flatMap((name) =>
      VERBS.map((verb) => ({
        name: `${name}-${verb}`,
        subject: this.#subjects.doors(verb, name),
        queue: this.#parts.group,
      })),
    );
  }

  /** Resolves when the host owns its share and is open to messages. */
  async start(): Promise<void> {
    const { transport, group, log } = this.#parts;
    await this.#keeper.start();
    for (const { subject, queue } of this.endpoints) {
      this.#doors.push(transport.subscribe(subject, (incoming) => this.#intake.onDoor(incoming), { queue }));
    }
    this.#doors.push(...this.#admin.listen());
    this.#doors.push(transport.subscribe(this.#subjects.admin("leases"), () => this.#keeper.wake()));
    const here = ({ reply }: Incoming): void => this.#replies.text(reply, "here");
    this.#doors.push(transport.subscribe(this.#subjects.host(this.id), here));
    await transport.flush();
    log.info(
      { host: this.id, group, objects: [...this.#hosted.keys()], partitions: this.partitions.length },
      "host started",
    );
  }

  /** Takes no more messages, lets those in work settle, gives its partitions to others. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    for (const door of this.#doors.splice(0)) door.close();
    this.#timers.stop();
    this.#invocations.stop();
    try {
      await this.#keeper.stop();
    } finally {
      this.#stopping.abort(new Error("the host stops"));
      await this.#relay.stop();
      this.#router.stop();
      this.#parts.transport.publish(this.#subjects.admin("leases"), "");
      this.#parts.log.info({ host: this.id }, "host stopped");
    }
  }

  #nextStages(): ConstructorParameters<typeof Gate>[0] {
    return {
      relay: (of, incarnation, turn) => this.#relay.add(of, incarnation, turn),
      timersSet: (delaysMs) => this.#timers.set(delaysMs),
      invoke: (of, id, actor, input) => this.#invocations.start(of, id, actor, input),
      abort: (id) => this.#invocations.abort(id),
      changed: (of, turn) => this.#reads.changed(of, turn),
    };
  }

  #ownership(): ConstructorParameters<typeof LeaseKeeper>[0]["listener"] {
    return {
      gained: (partitions) => this.#gained(partitions),
      lost: (partitions) => this.#lost(partitions),
      drained: (partition) => this.#objects.drained(partition),
      viewed: (view) => {
        this.#view = view;
        this.#router.viewed(view);
      },
    };
  }

  #gained(partitions: readonly number[]): void {
    const { transport, group } = this.#parts;
    for (const partition of partitions) {
      if (this.#partitionDoors.has(partition)) continue;
      const subject = this.#subjects.partition(group, partition);
      this.#partitionDoors.set(
        partition,
        transport.subscribe(subject, (incoming) => this.#intake.onPartition(incoming)),
      );
    }
    this.#lookForWork();
    this.#router.retryHeld();
  }

  #lost(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#partitionDoors.get(partition)?.close();
      this.#partitionDoors.delete(partition);
    }
    this.#objects.abandon(partitions);
    this.#reads.abandon(partitions);
    this.#relay.abandon();
    this.#invocations.abandon();
    if (!this.#stopping.signal.aborted) this.#parts.transport.publish(this.#subjects.admin("leases"), "");
  }

  /** Work that is stored and that nobody has in hand: after a take-over. */
  #lookForWork(): void {
    this.#timers.wake();
    this.#relay.wake();
    this.#invocations.wake();
  }
}

function hostedOf(objects: readonly ObjectDefinition[]): ReadonlyMap<string, Hosted> {
  if (objects.length === 0) throw new StartupError("NO_OBJECTS", "a host needs at least one object definition");
  const hosted = new Map<string, Hosted>();
  const machines = new Map<string, string>();
  for (const definition of objects) {
    const { name, machine } = definition;
    if (hosted.has(name)) throw new StartupError("DUPLICATE_OBJECT", `two definitions have the name '${name}'`);
    const other = machines.get(machine.id);
    if (other !== undefined)
      throw new StartupError(
        "DUPLICATE_MACHINE",
        `'${other}' and '${name}' have machines with the same id '${machine.id}'`,
      );
    machines.set(machine.id, name);
    hosted.set(name, { definition, engine: createEngine(definition), needsInput: needsInput(definition) });
  }
  return hosted;
}

/** A machine with an input schema that refuses "no input" cannot be born by a send. */
const needsInput = ({ input }: ObjectDefinition): boolean => input !== undefined && !input.safeParse(undefined).success;

function engineOf(hosted: ReadonlyMap<string, Hosted>, name: string): Hosted["engine"] {
  const found = hosted.get(name);
  if (found === undefined) throw new Error(`object ${name} is not hosted here`);
  return found.engine;
}
