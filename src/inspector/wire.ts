/**
 * The wire of Stately's inspector, as `@statelyai/inspect` 0.7.2 speaks it: one JSON object a message, of three types.
 * Built from committed turns alone: what a host computed and never committed is not seen here.
 *
 *   connect ─▶ `@xstate.actor` with its last snapshot, for each object of the filter
 *   a turn  ─▶ `@xstate.event`, `@xstate.snapshot`
 */
import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import type { Subscription } from "../ports/transport.ts";
import type { TurnRow, Views, WholeObject } from "../ports/views.ts";
import type { LiveEvent } from "./api.ts";
import { configOf } from "./config.ts";
import { eventShown, viewOf } from "./journal.ts";
import type { LiveFeed } from "./live.ts";
import type { Machine, Machines } from "./machines.ts";
import { parsed, show } from "./show.ts";

/** The version of the wire. */
const VERSION = "0.7.2";
/** Objects that are replayed when somebody connects. */
const MAX_REPLAYED = 200;
const MAX_TURNS = 200;

export interface WireFilter {
  readonly name: string | undefined;
  readonly key: string | undefined;
}

export interface WireParts {
  readonly views: Views;
  readonly live: LiveFeed;
  readonly machines: Machines;
}

/** One watcher. `send` gets JSON texts; `fail` is called once, when the store no longer answers. */
export class WireSession implements Subscription {
  readonly #parts: WireParts;
  readonly #filter: WireFilter;
  readonly #send: (text: string) => void;
  /** Sessions and last turns that the watcher has seen. */
  readonly #seen = new Map<string, { readonly session: string; turn: number }>();
  readonly #watching: Subscription;
  #tail: Promise<void>;
  #isClosed = false;

  constructor(parts: WireParts, filter: WireFilter, send: (text: string) => void, fail: (cause: unknown) => void) {
    this.#parts = parts;
    this.#filter = filter;
    this.#send = send;
    const { name, key } = filter;
    const watched = name === undefined ? {} : key === undefined ? { name } : { object: { name, key } };
    const next = (work: () => Promise<void>): void => {
      this.#tail = this.#tail.then(() => (this.#isClosed ? undefined : work())).catch(fail);
    };
    this.#tail = Promise.resolve();
    this.#watching = parts.live.watch(watched, undefined, (_, event) => next(() => this.#hear(event)));
    next(() => this.#replay());
  }

  close(): void {
    this.#isClosed = true;
    this.#watching.close();
  }

  async #replay(): Promise<void> {
    const { name, key } = this.#filter;
    if (name !== undefined && key !== undefined) return this.#introduce({ name, key });
    const any = { path: undefined, tag: undefined, condition: undefined, flag: undefined, status: undefined };
    const query = {
      ...any,
      name,
      version: undefined,
      stuck: undefined,
      prefix: undefined,
      where: [],
      after: undefined,
    };
    const { objects } = await this.#parts.views.objects({ ...query, limit: MAX_REPLAYED });
    for (const { address } of objects) await this.#introduce(address);
  }

  async #hear(event: LiveEvent): Promise<void> {
    if (event.kind === "resync") return this.#replay();
    for (const { name, key } of event.objects) {
      const address = { name, key };
      const seen = this.#seen.get(formatAddress(address));
      if (seen === undefined) await this.#introduce(address);
      else await this.#follow(address, seen);
    }
  }

  async #introduce(address: Address): Promise<void> {
    const { views, machines } = this.#parts;
    const whole = await views.object(address);
    if (whole === undefined) return;
    const [last] = await views.turns(address, { before: whole.revision + 1 }, 1);
    const machine = machines.find(address.name);
    const session = sessionOf(whole, address);
    this.#seen.set(formatAddress(address), { session, turn: whole.revision });
    const snapshot = last === undefined ? undefined : snapshotOf(last, machine);
    const createdAt = String(Date.parse(whole.createdAt));
    const definition = JSON.stringify(machine === undefined ? { id: address.name } : configOf(machine));
    const rest = { name: formatAddress(address), definition, snapshot, parentId: undefined, createdAt, id: null };
    this.#tell("@xstate.actor", session, rest);
    if (last !== undefined) this.#turn(last, session, machine, "snapshot only");
  }

  async #follow(address: Address, seen: { readonly session: string; turn: number }): Promise<void> {
    const { views, machines } = this.#parts;
    const rows = await views.turns(address, { after: seen.turn }, MAX_TURNS);
    for (const row of rows.toReversed()) {
      seen.turn = row.revision;
      this.#turn(row, seen.session, machines.find(address.name), "all");
    }
  }

  #turn(row: TurnRow, session: string, machine: Machine | undefined, what: "all" | "snapshot only"): void {
    const event = eventShown(row, machine);
    const createdAt = String(Date.parse(row.committedAt));
    const id = String(row.revision);
    if (what === "all") this.#tell("@xstate.event", session, { event, sourceId: row.source, createdAt, id });
    this.#tell("@xstate.snapshot", session, { event, snapshot: snapshotOf(row, machine), createdAt, id });
  }

  #tell(type: string, sessionId: string, rest: object): void {
    this.#send(JSON.stringify({ type, sessionId, rootId: sessionId, _version: VERSION, ...rest }));
  }
}

function snapshotOf(row: TurnRow, machine: Machine | undefined): object {
  const { status, value, tags, context, output } = viewOf(row);
  const secret = machine?.about.sensitive;
  return {
    status,
    value,
    tags,
    context: show(context, secret?.context),
    output: show(output, secret?.output),
    children: {},
  };
}

/** The session id of the object's own actor: it lasts as long as the object. */
function sessionOf({ snapshot }: WholeObject, address: Address): string {
  const { sessions } = (parsed(snapshot) ?? {}) as { readonly sessions?: Readonly<Record<string, string>> };
  return sessions?.[""] ?? formatAddress(address);
}
