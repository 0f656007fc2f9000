/**
 * Reads and waits: answered from committed state, and never by a host whose lease has run out.
 *
 * A read looks at the row in Postgres (all reads of one tick in one round trip) and uses what is in memory only where
 * the row says that it is current. A waiter registers first and looks then, so that no commit slips between.
 */
import { type Address, formatAddress, partitionOf } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { type StateView, snapshotText, viewText } from "../core/message.ts";
import { canHappen, isSatisfied } from "../core/until.ts";
import type { WaitRequest } from "../core/wire.ts";
import { type Engine, SnapshotError } from "../engine/engine.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { StoredObject } from "../ports/store.ts";
import type { ComputedTurn } from "./chain.ts";
import type { Loader } from "./loader.ts";
import type { Objects } from "./objects.ts";
import { gone, paused } from "./refusal.ts";

export interface ReadsParts {
  readonly loader: Loader;
  readonly objects: Pick<Objects, "committed">;
  readonly engine: (name: string) => Engine;
  readonly partitionCount: number;
  readonly clock: Clock;
}

interface Waiter {
  readonly address: Address;
  readonly request: WaitRequest;
  readonly settle: (outcome: string | StatorError) => void;
  readonly cancel: Cancel;
}

export class Reads {
  readonly #parts: ReadsParts;
  readonly #waiters = new Map<string, Set<Waiter>>();

  constructor(parts: ReadsParts) {
    this.#parts = parts;
  }

  /** The snapshot view of an object as JSON text. */
  async get(address: Address): Promise<string> {
    const row = await this.#parts.loader.load(address);
    if (row === undefined) throw new StatorError("NOT_CREATED", `${formatAddress(address)} does not exist`);
    if (row.status === "purged") throw gone(row);
    return snapshotText(address, row.revision, this.viewText(row));
  }

  /** Throws `OBJECT_PAUSED` where the stored state does not fit its machine. */
  viewText(row: StoredObject): string {
    const known = this.#parts.objects.committed(row.address);
    if (known?.head.revision === row.revision && known.head.tag === row.tag) return known.view;
    try {
      const { address, incarnation } = row;
      return viewText(this.#parts.engine(row.address.name).restore(row.snapshot, { address, incarnation }).view);
    } catch (cause) {
      if (cause instanceof SnapshotError) throw paused(row.address, cause.message);
      throw cause;
    }
  }

  /** Resolves with the snapshot view once it is as wished. */
  async wait(address: Address, request: WaitRequest): Promise<string> {
    const outcome = new Promise<string | StatorError>((settle) => {
      this.#register(address, request, settle);
    });
    void this.#look(address);
    const settled = await outcome;
    if (settled instanceof StatorError) throw settled;
    return settled;
  }

  #register(address: Address, request: WaitRequest, settle: (outcome: string | StatorError) => void): void {
    const key = formatAddress(address);
    const waiter: Waiter = {
      address,
      request,
      settle,
      cancel: this.#parts.clock.after(request.timeoutMs, () => this.#end(key, waiter, waitedInVain(key, request))),
    };
    const waiters = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, waiters.add(waiter));
  }

  /** The object may be in the wished state already. An object that does not exist may still be created. */
  async #look(address: Address): Promise<void> {
    const key = formatAddress(address);
    try {
      const row = await this.#parts.loader.load(address);
      if (row === undefined) return;
      if (row.status === "purged") throw gone(row);
      const text = this.viewText(row);
      this.#check(key, row.revision, JSON.parse(text) as StateView, text);
    } catch (cause) {
      const error =
        cause instanceof StatorError ? cause : new StatorError("UNAVAILABLE", `${key} cannot be read now`, { cause });
      for (const waiter of this.#waiters.get(key) ?? []) this.#end(key, waiter, error);
    }
  }

  /** A turn was committed. */
  changed(address: Address, turn: ComputedTurn): void {
    if (this.#waiters.size > 0) this.#check(formatAddress(address), turn.revision, turn.view, turn.viewText);
  }

  #check(key: string, revision: number, view: StateView, text: string): void {
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (isSatisfied(view, waiter.request.until)) this.#end(key, waiter, snapshotText(waiter.address, revision, text));
      else if (!canHappen(view)) this.#end(key, waiter, cannotHappen(key, waiter.request, view));
    }
  }

  /** The partitions belong to another host: its waiters ask again. */
  abandon(partitions: readonly number[]): void {
    const gone = new Set(partitions);
    for (const [key, waiters] of this.#waiters) {
      for (const waiter of waiters) {
        if (!gone.has(partitionOf(waiter.address, this.#parts.partitionCount))) continue;
        this.#end(key, waiter, new StatorError("UNAVAILABLE", `${key} moved to another host; ask again`));
      }
    }
  }

  #end(key: string, waiter: Waiter, outcome: string | StatorError): void {
    const waiters = this.#waiters.get(key);
    if (waiters?.delete(waiter) !== true) return;
    if (waiters.size === 0) this.#waiters.delete(key);
    waiter.cancel();
    waiter.settle(outcome);
  }
}

const waitedInVain = (key: string, { until, timeoutMs }: WaitRequest): StatorError =>
  new StatorError("TIMEOUT", `${key} did not come to ${JSON.stringify(until)} within ${timeoutMs} ms`);

function cannotHappen(key: string, request: WaitRequest, view: StateView): StatorError {
  const text = `${key} has ended with status ${view.status} in ${JSON.stringify(view.value)}; ${JSON.stringify(request.until)} cannot happen any more`;
  return new StatorError("CANNOT_HAPPEN", text, { details: { status: view.status, value: view.value } });
}
