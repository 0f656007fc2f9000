/**
 * One seeded run: hosts, clients, faults for 70 % of the time, then a quiet tail until everything has come to rest.
 *
 *   clients ──▶ bus (loses, repeats, delays) ──▶ hosts (killed, stopped, moved) ──▶ database (cuts, lands late, is down)
 *
 * The hosts and the clients are the product's own; the ports are the memory ports behind faulty lines. All that happens
 * is an entry of one agenda, all chance comes from the seed: the same seed gives the same run.
 */
import { type Address, formatAddress } from "../../src/core/address.ts";
import { contentHash } from "../../src/core/message.ts";
import type { Change } from "../../src/core/wire.ts";
import { HEADER } from "../../src/core/wire.ts";
import { type JournalRow, MemoryDatabase, type ObjectRows } from "../../src/memory/database.ts";
import { MemoryStore } from "../../src/memory/store.ts";
import { MemoryBroker, type MemoryTransport } from "../../src/memory/transport.ts";
import type { Store } from "../../src/ports/store.ts";
import { Agenda, type ProcessClock, START_MS, withoutRealTime } from "./agenda.ts";
import type { Account } from "./bank.ts";
import { check, type Violation } from "./check.ts";
import { Chance, type FaultKind, Faults } from "./faults.ts";
import type { FinalObject, History } from "./history.ts";
import { RECOVERY_MS } from "./indexed.ts";
import { faultyBus } from "./links.ts";
import { Member, NAMESPACE } from "./member.ts";
import { Nemesis } from "./nemesis.ts";
import { Operator } from "./operators.ts";
import type { Plant } from "./planted.ts";
import { Workload } from "./workload.ts";

export interface RunOptions {
  readonly virtualMs?: number;
  readonly hosts?: number;
  readonly clients?: number;
  readonly plant?: Plant;
  readonly without?: ReadonlySet<FaultKind>;
  readonly withoutClients?: ReadonlySet<string>;
  /** Gets a line for everything that happens. */
  readonly trace?: (line: string) => void;
  /** Ends the run after this many events, unchecked. */
  readonly untilEvent?: number;
}

export interface Run {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly history: History;
  readonly counts: ReadonlyMap<string, number>;
  readonly fingerprint: string;
  readonly virtualMs: number;
  readonly events: number;
}

/** Of a schedule; faults take the first 70 % of it. */
export const DEFAULT_VIRTUAL_MS = 30_000;
const PARTITIONS = 8;
/** How long the tail may take: a resend waits up to half a minute. */
const TAIL_MS = 90_000;
/** Timers further away than this are left armed. */
const FAR_MS = 10_000;

export class World {
  readonly seed: number;
  readonly agenda = new Agenda();
  readonly faults: Faults;
  readonly database: MemoryDatabase;
  readonly broker: MemoryBroker;
  readonly members: Member[] = [];
  readonly workload: Workload;
  /** The database answers nobody before this time. */
  downUntilMs = 0;
  /** The database writes nothing before this time. */
  fullUntilMs = 0;
  /** The database's clock is off by this. */
  offsetMs = 0;
  hasClockJumps = false;
  readonly endMs: number;
  readonly #options: RunOptions;
  readonly #processes = new Map<string, ProcessClock>();
  /** Journals of purged objects as they were. */
  readonly #kept = new Map<string, readonly JournalRow[]>();
  readonly #changes: { change: Change; isCommitted: boolean }[] = [];
  readonly #emitted: string[] = [];
  readonly #work = new Map<string, number>();
  readonly #nemesis: Nemesis;
  readonly #operator: Operator;
  #boots = 0;
  #healedMs = 0;

  constructor(seed: number, options: RunOptions = {}) {
    const { virtualMs = DEFAULT_VIRTUAL_MS, clients = 5, without = new Set() } = options;
    this.seed = seed;
    this.#options = options;
    this.endMs = virtualMs;
    const { agenda } = this;
    this.faults = new Faults(agenda, seed, virtualMs * 0.7, without, options.plant?.rates);
    const clock = {
      monotonicMs: () => agenda.nowMs,
      wallMs: () => Math.floor(START_MS + agenda.nowMs + this.offsetMs),
      after: () => () => undefined,
    };
    this.database = new MemoryDatabase({ clock, partitions: PARTITIONS, horizonMs: 3_600_000 });
    const chance = new Chance(seed, "bus");
    const timer = { ...clock, after: (ms: number, run: () => void) => agenda.after(ms, run) };
    this.broker = new MemoryBroker({ clock: timer, fraction: () => chance.fraction() });
    this.broker.onDeliver = faultyBus({
      agenda,
      faults: this.faults,
      chance,
      processOf: (transport) => this.#processes.get(transport),
      isWitness: (transport) => transport === "witness",
    });
    this.workload = new Workload(this, clients);
    this.#nemesis = new Nemesis(this);
    this.#operator = new Operator(this);
  }

  get isDown(): boolean {
    return this.agenda.nowMs < this.downUntilMs;
  }

  get hosts(): number {
    return this.#options.hosts ?? 3;
  }

  trace(text: string): void {
    this.#options.trace?.(`${this.agenda.events} ${this.agenda.nowMs} ms  ${text}`);
  }

  /** A store of one host, with what is planted in it. */
  store(host: string): Store {
    const inner = new MemoryStore(this.database);
    const planted = this.#options.plant?.store?.(inner, this) ?? inner;
    if (this.#options.trace === undefined) return planted;
    const commit: Store["commit"] = async (batch) => {
      const outcomes = await planted.commit(batch);
      batch.forEach(({ address, base, turns, epoch }, i) => {
        const ids = turns.map((turn) => turn.messageId).join(" ");
        this.trace(
          `${host}: writes ${formatAddress(address)} @${base.revision} epoch ${epoch} [${ids}] → ${outcomes[i]?.join(" ")}`,
        );
      });
      return outcomes;
    };
    return new Proxy(planted, { get: (of, name) => (name === "commit" ? commit : bound(of, name)) });
  }

  connect(name: string, process?: ProcessClock): MemoryTransport {
    if (process !== undefined) this.#processes.set(name, process);
    return this.broker.connect({ name });
  }

  disconnect(transport: MemoryTransport): void {
    this.broker.disconnect(transport);
  }

  worked(key: string): void {
    this.#work.set(key, (this.#work.get(key) ?? 0) + 1);
  }

  /** Starts a host; one that cannot start tries again. */
  boot(): void {
    const member = new Member(this, `host-${this.#boots++}`);
    this.members.push(member);
    this.trace(`${member.name} starts`);
    member.start().catch((cause: unknown) => {
      this.trace(`${member.name} could not start: ${cause}`);
      member.kill();
      this.agenda.after(500, () => this.boot());
    });
  }

  get alive(): readonly Member[] {
    return this.members.filter((member) => member.isAlive);
  }

  async run(): Promise<Run> {
    const limit = this.#options.untilEvent ?? Number.POSITIVE_INFINITY;
    const isCut = (): boolean => this.agenda.events >= limit;
    const silent: string[] = [];
    const realTime = await withoutRealTime(async () => {
      this.#listen();
      for (let i = 0; i < this.hosts; i++) this.boot();
      this.#nemesis.start();
      this.#operator.start();
      this.workload.start(this.#options.withoutClients ?? new Set());
      await this.agenda.run(this.endMs * 0.7, isCut);
      this.#nemesis.heal();
      this.#operator.settle();
      await this.#calm(isCut);
      let isProbed = false;
      void this.workload.probe(RECOVERY_MS).then((found) => {
        silent.push(...found);
        isProbed = true;
      });
      await this.agenda.run(this.#healedMs + RECOVERY_MS + 1_000, () => isCut() || isProbed);
      await this.agenda.run(this.#healedMs + TAIL_MS, () => isCut() || this.openWork().length === 0);
    });
    const history = this.#history(silent);
    const violations = isCut() ? [] : check(history);
    for (const name of realTime)
      violations.push({
        invariant: "virtual time",
        object: "-",
        text: `${name} was called: a real clock moves the run`,
      });
    const { events, nowMs: virtualMs } = this.agenda;
    const counts = this.#counts();
    return { seed: this.seed, violations, history, counts, events, virtualMs, fingerprint: this.#fingerprint() };
  }

  /** Runs until the last fault has had its effect: a request that was slow may still land late, and be a dead host's. */
  async #calm(isCut: () => boolean): Promise<void> {
    do {
      this.#healedMs = Math.max(this.agenda.nowMs, this.faults.lastMs) + 100;
      await this.agenda.run(this.#healedMs, isCut);
    } while (this.faults.lastMs > this.#healedMs);
  }

  /** Subscribers that hear everything at once. */
  #listen(): void {
    const witness = this.connect("witness");
    witness.subscribe(`stator.${NAMESPACE}.changed.>`, ({ data }) => {
      const change = JSON.parse(Buffer.from(data).toString()) as Change;
      const rows = this.database.find({ name: change.object, key: change.key });
      this.#changes.push({ change, isCommitted: rows?.byMessage.has(change.messageId) === true });
    });
    witness.subscribe(`stator.${NAMESPACE}.emitted.>`, (message) => {
      this.#emitted.push(message.header(HEADER.effectId) ?? "");
    });
  }

  /** What has to happen before the run is at rest. */
  openWork(): string[] {
    const soonMs = this.database.nowMs() + FAR_MS;
    const open = this.workload.open > 0 ? [`${this.workload.open} calls`] : [];
    if (this.#operator.open > 0) open.push(`${this.#operator.open} orders`);
    for (const rows of this.database.all()) {
      const { object } = rows;
      if (object === undefined) continue;
      const at = formatAddress(object.address);
      if (object.paused !== undefined) open.push(`${at} is paused`);
      if (object.parked !== undefined) open.push(`${at} is parked`);
      for (const row of rows.outbox) open.push(`${at} ${row.kind} ${row.revision}/${row.idx} to ${row.target}`);
      for (const timer of rows.timers.values()) if (timer.dueMs < soonMs) open.push(`${at} timer ${timer.timer}`);
      for (const id of rows.invocations.keys()) open.push(`${at} invocation ${id}`);
    }
    return open;
  }

  /** Before its content goes: the judge needs it whole. */
  keep(address: Address): void {
    const { object, journal = [] } = this.database.find(address) ?? {};
    const name = formatAddress(address);
    if (object?.last.status === "purged" && !this.#kept.has(name)) this.#kept.set(name, [...journal]);
  }

  #history(silent: readonly string[]): History {
    const objects = [...this.database.all()].flatMap((rows) => finalObject(rows, this.#kept));
    return {
      calls: this.workload.calls,
      reads: this.workload.reads,
      misused: this.workload.misused,
      waits: this.workload.waits,
      orders: this.#operator.orders,
      changes: this.#changes,
      emitted: this.#emitted,
      objects,
      silent,
      unsettled: this.openWork(),
      healedMs: this.#healedMs,
      endedMs: this.agenda.nowMs,
      databaseMs: this.database.nowMs(),
      hasClockJumps: this.hasClockJumps,
    };
  }

  #counts(): Map<string, number> {
    const counts = new Map<string, number>();
    const add = (name: string, by: number): void => void counts.set(name, (counts.get(name) ?? 0) + by);
    for (const { counters } of this.members)
      for (const [name, count] of Object.entries(counters.toJSON())) add(name, count);
    for (const [kind, count] of this.faults.counts) add(`fault.${kind}`, count);
    add("timer.second-owner", this.#secondOwners());
    for (const { verb, changed } of this.#operator.orders) if (changed === true) add(`operator.${verb}`, 1);
    for (const { code } of this.workload.waits) add(`wait.${code ?? "reached"}`, 1);
    for (const [name, count] of storied(this.database)) add(name, count);
    add("work.repeated", [...this.#work.values()].filter((times) => times > 1).length);
    return counts;
  }

  /** Timers that another owner fired than the one that armed them. */
  #secondOwners(): number {
    let count = 0;
    for (const { journal } of this.database.all()) {
      for (const { turn, epoch } of journal) {
        if (turn.kind !== "timer") continue;
        const { generation } = (JSON.parse(turn.event) ?? {}) as { generation?: number }; // nothing left where purged
        if (generation !== undefined && journal[generation - 1]?.epoch !== epoch) count++;
      }
    }
    return count;
  }

  #fingerprint(): string {
    const objects = [...this.database.all()].map(({ object, journal }) => [
      object?.tag,
      object?.history,
      journal.at(-1)?.committedMs,
    ]);
    const calls = this.workload.calls.map(({ attempts }) =>
      attempts.map(({ doneMs, code }) => [doneMs ?? null, code ?? null]),
    );
    return contentHash({ objects: JSON.stringify(objects), calls, events: this.agenda.events });
  }
}

function bound(of: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(of, name);
  return typeof member === "function" ? member.bind(of) : member;
}

function finalObject(rows: ObjectRows, kept: ReadonlyMap<string, readonly JournalRow[]>): FinalObject[] {
  const { object, outbox, timers, invocations } = rows;
  if (object === undefined) return [];
  const before = kept.get(formatAddress(object.address)) ?? [];
  const journal = rows.journal.map((row, i) => (before[i]?.turn.messageId === row.turn.messageId ? before[i] : row));
  const { revision, history, parked, paused, last } = object;
  const { status, incarnation, snapshot } = last;
  const address: Address = object.address;
  const rest = { outbox, timers: [...timers.values()], invocations: [...invocations.values()] };
  return [{ address, revision, status, history, parked, paused, incarnation, snapshot, journal, ...rest }];
}

/** What only the objects themselves can tell: how transfers ended, and who went with whom. */
function storied(database: MemoryDatabase): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { object, journal } of database.all()) {
    const view = JSON.parse(object?.last.turns.at(-1)?.view ?? "{}") as { value?: unknown; context?: unknown };
    if (object?.address.name === "transfer") add(`transfer.${view.value}`);
    if (object?.address.name === "account")
      for (const step of Object.values((view.context as Account).seen)) add(`account.${step}`);
    if (object?.address.name === "errand" && journal.some(({ turn }) => turn.kind === "killed" && turn.source))
      add("killed.with-its-creator");
  }
  return counts;
}

/** Runs one seed. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<Run> {
  const world = new World(seed, options);
  const undo = options.plant?.patch?.(world);
  try {
    return await world.run();
  } finally {
    undo?.();
  }
}
