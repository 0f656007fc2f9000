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
import { HEADER } from "../core/wire.ts";
import { createEngine } from "../engine/create.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { HostRecord, Leases, LeaseView } from "../ports/leases.ts";
import type { Scope, Store } from "../ports/store.ts";
import type { Counters, Gauges, Logger } from "../ports/telemetry.ts";
import type { DrainableSubscription, Incoming, Transport } from "../ports/transport.ts";
import { Admin } from "./admin.ts";
import { Attempts, type Park } from "./attempts.ts";
import { Between } from "./between.ts";
import { Committer } from "./commit.ts";
import type { Delivery } from "./delivery.ts";
import { Gate } from "./gate.ts";
import { Intake, type IntakeParts } from "./intake.ts";
import { Seal } from "./internal.ts";
import { Invocations } from "./invocations.ts";
import { LeaseKeeper } from "./leases.ts";
import { Loader } from "./loader.ts";
import { type Hosted, Objects } from "./objects.ts";
import { Operators } from "./operators.ts";
import { Outbound } from "./outbound.ts";
import { Partitions } from "./partitions.ts";
import { Reads } from "./reads.ts";
import { Relay } from "./relay.ts";
import { Replies } from "./replies.ts";
import { Retention } from "./retention.ts";
import { Router } from "./routing.ts";
import { StoreTime } from "./store-time.ts";
import { Timers } from "./timers.ts";

/** The others were rung and take the partitions within two round trips to the database. */
const LINGER_MS = 200;

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
  readonly #operators: Operators;
  readonly #retention: Retention;
  readonly #storeTime: StoreTime;
  readonly #keeper: LeaseKeeper;
  readonly #stopping = new AbortController();
  readonly #doors: DrainableSubscription[] = [];
  readonly #partitionDoors = new Map<number, DrainableSubscription>();
  #hostDoor: DrainableSubscription | undefined;
  #view: LeaseView | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.id = parts.random.uuid();
    this.#hosted = hostedOf(parts.objects, this.id);
    this.#subjects = new Subjects(parts.namespace);
    const { options, clock, random, log, counters, store, transport } = parts;
    const partitionCount = parts.leases.partitions;
    const subjects = this.#subjects;
    const storeTime = new StoreTime(clock);
    this.#storeTime = storeTime;
    const common = { options, clock, random, log, counters, store, transport, partitionCount, subjects };
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
    const inDoubt = (of: Address): void => {
      this.#relay.doubt(of);
      this.#invocations.wake();
    };
    const committer = new Committer(store, options.maxBatch, counters, clock);
    this.#objects = new Objects({
      ...common,
      hosted,
      partitions,
      loader,
      committer,
      gate: () => gate,
      fenced,
      inDoubt,
    });
    const park: Park = (of, parked) => this.#objects.park(of, parked);
    const attempts = new Attempts(options.maxInternalAttempts, clock, random, park);
    const between = new Between({ ...common, hosted, push, attempts });
    const reads = new Reads({ ...common, loader, objects: this.#objects, engine: (name) => engineOf(hosted, name) });
    this.#reads = reads;
    const operate: IntakeParts["operate"] = (order) => this.#operators.act(order);
    const router = (): Router => this.#router;
    this.#intake = new Intake({ ...common, hosted, router, push, between, operate, reads, replies, seal, storeTime });
    const accept: Intake["accept"] = (target, incoming) => this.#intake.accept(target, incoming);
    this.#router = new Router({ ...common, self: this.id, partitions, replies, accept });
    this.#admin = new Admin({ ...common, hosted, replies, seal, view: () => this.#view });
    const action = (of: Address, name: string) => hosted.get(of.name)?.definition.actions.get(name);
    const { signal } = this.#stopping;
    const { group } = parts;
    const outbound = new Outbound({ ...common, group, partitions, seal, between, attempts, push, action, signal });
    this.#relay = new Relay({ ...common, scope, owns, ...outbound.ways });
    this.#timers = new Timers({ ...common, scope, push, attempts });
    const implementation = (of: Address, actor: string) => hosted.get(of.name)?.definition.actors.get(actor);
    this.#invocations = new Invocations({ ...common, scope, owns, implementation, push, attempts, park });
    const stages = { objects: this.#objects, relay: this.#relay, timers: this.#timers, invocations: this.#invocations };
    this.#operators = new Operators({ ...common, ...stages, hosted, reads, seal, push, attempts });
    this.#retention = new Retention({ ...common, partitions });
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

  get gauges(): Gauges {
    return {
      activations: this.activations,
      waiting: this.#intake.waiting,
      partitions: this.partitions.length,
      invocations: this.#invocations.running,
      heartbeatAgeMs: this.#keeper.heartbeatAgeMs,
    };
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
    this.#hostDoor = transport.subscribe(this.#subjects.host(this.id), (incoming) => this.#onHost(incoming));
    await this.#keeper.start();
    this.#retention.start();
    for (const { subject, queue } of this.endpoints) {
      this.#doors.push(transport.subscribe(subject, (incoming) => this.#intake.onDoor(incoming), { queue }));
    }
    this.#doors.push(...this.#admin.listen(), this.#operators.listen());
    this.#doors.push(transport.subscribe(this.#subjects.admin("leases"), () => this.#keeper.wake()));
    await transport.flush();
    log.info(
      { host: this.id, group, objects: [...this.#hosted.keys()], partitions: this.partitions.length },
      "host started",
    );
  }

  /** What other hosts pass on, or their question whether this host is there. */
  #onHost(incoming: Incoming): void {
    if (incoming.header(HEADER.to) === undefined) this.#replies.text(incoming.reply, "here");
    else this.#intake.onPartition(incoming);
  }

  /** Takes no more messages, lets those in work settle, gives its partitions to others. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#doors.splice(0).map((door) => door.drain()));
    this.#router.leave();
    this.#timers.stop();
    this.#invocations.stop();
    this.#retention.stop();
    try {
      await this.#keeper.stop();
    } finally {
      this.#stopping.abort(new Error("the host stops"));
      await this.#relay.stop();
      this.#parts.transport.publish(this.#subjects.admin("leases"), "");
      await this.#linger();
      await Promise.all([this.#hostDoor, ...this.#partitionDoors.values()].map((door) => door?.drain()));
      this.#router.stop();
      this.#partitionDoors.clear();
      this.#parts.log.info({ host: this.id }, "host stopped");
    }
  }

  /** What is on its way to this host is passed on until the others listen in its place. */
  async #linger(): Promise<void> {
    const hasOthers = this.#view?.hosts.some((host) => host.id !== this.id) ?? false;
    if (hasOthers) await new Promise<void>((resolve) => this.#parts.clock.after(LINGER_MS, resolve));
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
        this.#storeTime.seen(view.wallMs);
        this.#closeDoorsOf(view);
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
    this.#lookForWork(partitions);
    this.#router.retryHeld();
    transport.publish(this.#subjects.admin("leases"), "");
  }

  /** A partition's door stays open until another host listens there: what comes in meanwhile is passed on. */
  #closeDoorsOf({ owners }: LeaseView): void {
    const held = this.#partitions.epochs();
    for (const [partition, door] of this.#partitionDoors) {
      const owner = owners.get(partition);
      if (held.has(partition) || owner === undefined || owner === this.id) continue;
      door.close();
      this.#partitionDoors.delete(partition);
    }
  }

  #lost(partitions: readonly number[]): void {
    this.#objects.abandon(partitions);
    this.#reads.abandon(partitions);
    this.#relay.abandon();
    this.#invocations.abandon();
    if (!this.#stopping.signal.aborted) this.#parts.transport.publish(this.#subjects.admin("leases"), "");
  }

  /** Work that is stored and that nobody has in hand: after a take-over. */
  #lookForWork(partitions: readonly number[]): void {
    this.#timers.wake();
    this.#relay.gained(partitions);
    this.#invocations.wake();
  }
}

function hostedOf(objects: readonly ObjectDefinition[], hostId: string): ReadonlyMap<string, Hosted> {
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
    const maker = { machine: definition.version, hostId };
    hosted.set(name, { definition, engine: createEngine(definition), maker, needsInput: needsInput(definition) });
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
