/**
 * `purge`, at the owner of the object: one turn leaves a tombstone, and only then its content goes, slice by slice. A host
 * that dies in between leaves the rest to the retention, or to the order when it comes again.
 *
 *   order ─▶ turn (journal `purged`: who, why) ─▶ tombstone: `GONE` ─▶ content cleared ─▶ answer
 *                                                     └─▶ the horizon passes, the outbox is empty: row and ids go (`retention.ts`)
 *
 * Ids, hashes and revisions stay as long as the tombstone: a message that was applied before is never run again.
 */
import { formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Ordered } from "../core/wire.ts";
import type { Store } from "../ports/store.ts";
import { type Desk, hadEnded, ordered, type Sight } from "./desk.ts";
import type { OperatorBody } from "./internal.ts";
import { stateText } from "./refusal.ts";

export interface PurgingParts {
  readonly desk: Desk;
  readonly store: Pick<Store, "clear">;
}

export class Purging {
  readonly #parts: PurgingParts;

  constructor(parts: PurgingParts) {
    this.#parts = parts;
  }

  async purge(order: OperatorBody, sight: Sight): Promise<Ordered> {
    const { desk } = this.#parts;
    const of = formatAddress(order.to);
    if (sight.row.status === "active") {
      const text = `${of} is active in ${stateText(sight.state)}; kill it first, or let it end: only what has ended can be purged`;
      throw new StatorError("EVENT_NOT_ACCEPTED", text);
    }
    if (sight.row.status !== "purged") await this.#place(order);
    await this.#clear(order);
    const after = await desk.see(order.to);
    if (!(await desk.isDone(order))) return hadEnded(order, after);
    const message = `${of} is purged: its state and the content of its journal are gone, its key stays taken until the horizon has passed`;
    return ordered(order, after, { changed: true, message });
  }

  async #place(order: OperatorBody): Promise<void> {
    const { by, reason } = order;
    try {
      await this.#parts.desk.place(order, { kind: "order", verb: "purge", by, reason });
    } catch (cause) {
      // somebody else's order came first
      if (!(cause instanceof StatorError) || cause.code !== "GONE") throw cause;
    }
  }

  async #clear({ to }: OperatorBody): Promise<void> {
    let isMore = true;
    while (isMore) isMore = await this.#parts.store.clear(to);
  }
}
