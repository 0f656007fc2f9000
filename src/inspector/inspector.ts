/**
 * The inspector's answers, one method a route; what asks for them over HTTP is elsewhere. It reads through `Views`,
 * acts through the client like everybody else, and knows machines by their descriptions.
 */
import type { Client } from "../client/index.ts";
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Views, WholeObject } from "../ports/views.ts";
import { Actions, consequencesOf, isParked } from "./act.ts";
import type {
  Consequences,
  CountsView,
  HostsView,
  IncidentsView,
  JournalPage,
  LatelyView,
  MachinesView,
  MachineView,
  MessagesView,
  ObjectsPage,
  ObjectView,
  Overview,
  PayloadsView,
  Revealed,
  RevealRequest,
  SagasView,
  StuckCount,
  TimersView,
  WaysView,
} from "./api.ts";
import { BulkRuns, type Trial } from "./bulk.ts";
import { type ChartGeometry, ChartLayouts, type Detail } from "./chart/index.ts";
import { incidentsOf, MAX_WAITING } from "./incidents.ts";
import { journalRows } from "./journal.ts";
import { latelyView, MAX_MOVES, MAX_MOVING } from "./lately.ts";
import { headline, objectsPage } from "./lists.ts";
import { LiveFeed } from "./live.ts";
import { type Machine, type MachineSource, Machines } from "./machines.ts";
import { objectView } from "./object.ts";
import { type Past, pastOf } from "./past.ts";
import { payloadsView } from "./payloads.ts";
import { countsView, machineSummaries, sagaTotals } from "./population.ts";
import { type ListFilter, objectsQuery } from "./query.ts";
import { reveal } from "./reveal.ts";
import { SharedViews } from "./shared.ts";
import { limitsOf } from "./stuck.ts";
import { hostsView, systemOf } from "./system.ts";
import { waysOf } from "./why.ts";
import { type WireFilter, WireSession } from "./wire.ts";
import { timerLabel } from "./words.ts";

export interface InspectorParts {
  readonly views: Views;
  readonly client: Client;
  readonly machines: MachineSource;
}

export class Inspector {
  readonly machines: Machines;
  readonly live: LiveFeed;
  readonly actions: Actions;
  readonly bulk: BulkRuns;
  readonly #views: Views;
  readonly #layouts: ChartLayouts;

  constructor({ views, client, machines }: InspectorParts) {
    this.#views = new SharedViews(views);
    this.#layouts = new ChartLayouts(client.clock);
    this.live = new LiveFeed(client);
    this.machines = new Machines(machines);
    this.actions = new Actions(client, this.machines);
    this.bulk = new BulkRuns(this.actions, (address) => this.#trial(address), client.clock);
  }

  async overview(): Promise<Overview> {
    const [totals, waiting, hosts, timers, unsent, stuck] = await Promise.all([
      this.#views.totals(),
      this.#views.waiting(MAX_WAITING),
      this.#views.hosts(),
      this.#views.timers(undefined, 1),
      this.#views.unsent(),
      this.#stuck(),
    ]);
    const machines = machineSummaries(totals.groups, this.machines);
    const needsYou = incidentsOf(waiting, this.#hides).map((one) => ({
      ...one,
      objects: one.objects.slice(0, MAX_NAMED),
    }));
    return {
      at: waiting.at,
      ...headline(waiting.at, machines, needsYou, stuck),
      needsYou,
      stuck,
      machines,
      total: machines.reduce((all, { total }) => all + total, 0),
      system: systemOf(hosts, timers.late, unsent),
    };
  }

  async #stuck(): Promise<readonly StuckCount[]> {
    const limited = this.machines.all().filter((machine) => limitsOf(machine).length > 0);
    const found = await Promise.all(
      limited.map(async ({ about: { name } }) => {
        const query = objectsQuery({ name, flag: "stuck" }, this.machines);
        return { name, count: (await this.#views.objects({ ...query, after: undefined, limit: 1 })).total };
      }),
    );
    return found.filter(({ count }) => count > 0);
  }

  async machineList(): Promise<MachinesView> {
    const { at, groups } = await this.#views.totals();
    return { at, machines: machineSummaries(groups, this.machines) };
  }

  machine(name: string): MachineView {
    const { version, hash, model, events, input, context, sensitive, saga } = this.machines.get(name).about;
    const fields = sensitive.context.map((path) => path.join("."));
    return { name, version, hash, model, events, input, context, sensitive: fields, isSaga: saga !== undefined };
  }

  chart(name: string, detail: Detail): Promise<ChartGeometry> {
    return this.#layouts.layout(this.machines.get(name).model, { detail });
  }

  async counts(name: string): Promise<CountsView> {
    const machine = this.machines.get(name);
    const { at, groups } = await this.#views.counts(name);
    return countsView(name, at, groups, machine);
  }

  async lately(name: string, windowMs: number): Promise<LatelyView> {
    const machine = this.machines.get(name);
    const found = await this.#views.moves(name, windowMs, { objects: MAX_MOVING, turns: MAX_MOVES });
    return latelyView(found, windowMs, machine);
  }

  /** Those of the object itself are looked at first. */
  async payloads(name: string, type: string, key: string | undefined): Promise<PayloadsView> {
    const machine = this.machines.get(name);
    const rows = await this.#views.payloads(name, type, key, { objects: MAX_MOVING, turns: MAX_MOVES });
    return payloadsView(type, rows, machine);
  }

  async objects(filter: ListFilter, after: Address | undefined, limit: number): Promise<ObjectsPage> {
    const query = objectsQuery(filter, this.machines);
    return objectsPage(await this.#views.objects({ ...query, after, limit: limit + 1 }), limit, this.machines);
  }

  /** As it is, or as it was after turn `n`. */
  async object(address: Address, n?: number): Promise<ObjectView> {
    return (await this.#known(address, n)).object;
  }

  /** Why transitions cannot be taken, or what they would take; all of the chart's unless some are asked for. */
  async ways(address: Address, n: number | undefined, wanted: readonly number[] | undefined): Promise<WaysView> {
    const machine = this.machines.get(address.name);
    const { object, guards } = await this.#known(address, n);
    return { at: object.at, turn: object.turn, ways: waysOf({ object, machine, guards }, wanted) };
  }

  async #known(address: Address, n?: number): Promise<{ readonly object: ObjectView } & Pick<Past, "guards">> {
    const whole = await this.#whole(address);
    const turn = n ?? whole.revision;
    const isHeld = n === undefined && whole.flags.some((flag) => flag === "paused" || flag === "parked");
    const [rows, trails, incoming] = await Promise.all([
      this.#views.turns(address, { before: turn + 1, after: turn - 1 }, 1),
      this.#views.trails(address, turn, MAX_PATH),
      isHeld ? this.#views.incoming(address, MAX_MAIL) : [],
    ]);
    if (n !== undefined && rows.length === 0) throw noTurn(address, n, whole.revision);
    const machine = this.machines.find(address.name);
    const machineOf = (name: string): Machine | undefined => this.machines.find(name);
    const past = pastOf(trails, machine);
    const object = objectView({ address, whole, incoming, turn: rows[0], past, machine, machineOf });
    return { object, guards: past.guards };
  }

  async journal(
    address: Address,
    range: { readonly before?: number; readonly after?: number },
    limit: number,
  ): Promise<JournalPage> {
    const { at, revision } = await this.#whole(address);
    const { after } = range;
    // the turn before the page tells what the oldest one changed
    const window =
      after === undefined ? range : { before: Math.min(after + limit + 1, revision + 1), after: after - 1 };
    const found = await this.#views.turns(address, window, limit + 1);
    const count = after === undefined ? limit : found.filter((row) => row.revision > after).length;
    const rows = journalRows(found, count, this.machines.find(address.name));
    const oldest = rows.at(-1)?.turn;
    const isMore = found.length > rows.length && oldest !== undefined;
    return { at, lastTurn: revision, rows, before: isMore ? oldest : null };
  }

  async #whole(address: Address): Promise<WholeObject> {
    const whole = await this.#views.object(address);
    if (whole === undefined) throw notCreated(address);
    return whole;
  }

  async #trial(address: Address): Promise<Trial> {
    const object = await this.object(address);
    return { parked: isParked(object) ? object.verdict : undefined, isOver: object.status !== "active" };
  }

  async consequences(address: Address): Promise<Consequences> {
    const [object, left] = await Promise.all([this.object(address), this.actions.leftByKill(address)]);
    return { revision: object.lastTurn, verbs: consequencesOf(object, this.machines.find(address.name), left) };
  }

  reveal(address: Address, request: RevealRequest): Promise<Revealed> {
    const parts = { views: this.#views, actions: this.actions, machine: this.machines.get(address.name) };
    return reveal(parts, address, request);
  }

  async incidents(): Promise<IncidentsView> {
    const waiting = await this.#views.waiting(MAX_WAITING);
    const { parked, outgoing, retrying } = waiting;
    const isCut = [parked, outgoing, retrying].some((rows) => rows.length >= MAX_WAITING);
    return { at: waiting.at, incidents: incidentsOf(waiting, this.#hides), isCut };
  }

  async timers(name: string | undefined, limit: number): Promise<TimersView> {
    const found = await this.#views.timers(name, limit);
    const timers = found.timers.map(({ address, timer, dueAt }) => ({
      object: `${address.name}/${address.key}`,
      timer,
      label: timerLabel(timer, this.machines.find(address.name)),
      dueAt,
      isLate: Date.parse(found.at) - Date.parse(dueAt) > LATE_MS,
    }));
    return { at: found.at, timers, late: found.late, total: found.total, isAtLeast: found.total >= COUNTED };
  }

  async messages(): Promise<MessagesView> {
    const { backlogs, ...found } = await this.#views.messages();
    return {
      ...found,
      backlogs: backlogs.map(({ address, ...rest }) => ({ object: formatAddress(address), ...rest })),
    };
  }

  async hosts(): Promise<HostsView> {
    return hostsView(await this.#views.hosts());
  }

  async sagas(): Promise<SagasView> {
    const { at, groups } = await this.#views.totals();
    return { at, sagas: sagaTotals(groups, this.machines) };
  }

  /** What `@statelyai/inspect` receives; `fail` is called where it can go on no longer. */
  wire(filter: WireFilter, send: (text: string) => void, fail: (cause: unknown) => void): WireSession {
    return new WireSession({ views: this.#views, live: this.live, machines: this.machines }, filter, send, fail);
  }

  readonly #hides = (name: string, actor: string): boolean => this.machines.find(name)?.hidesErrorsOf(actor) ?? false;

  async close(): Promise<void> {
    this.live.close();
    this.bulk.close();
    await Promise.all([this.#layouts.close(), this.#views.close()]);
  }
}

const LATE_MS = 5_000;
const COUNTED = 10_000;
/** Objects of an incident that the overview names; its own page names more. */
const MAX_NAMED = 20;
/** Turns whose path is drawn: arrows with more numbers on them say nothing more. */
const MAX_PATH = 500;
const MAX_MAIL = 200;

const noTurn = ({ name, key }: Address, n: number, last: number): StatorError =>
  new StatorError("INVALID_REQUEST", `${name}/${key} has no turn ${n} in its journal; its last one is ${last}`);

export const notCreated = ({ name, key }: Address): StatorError =>
  new StatorError("NOT_CREATED", `${name}/${key} does not exist`);
