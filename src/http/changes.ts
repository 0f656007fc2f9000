/**
 * The changes of one object without gaps, from a feed that may lose, repeat and reorder.
 *
 * Live changes are a doorbell. Each is compared with the last revision that was handed on: older ones are dropped, and
 * before a newer one that is not the next, the journal fills in what is missing. `catchUp` does so at any time.
 */
import type { ObjectClient } from "../client/index.ts";
import type { EventObject } from "../core/message.ts";
import type { Change } from "../core/wire.ts";
import type { JournalEntry } from "../ports/store.ts";

export class GaplessChanges {
  readonly #object: ObjectClient;
  readonly #emit: (change: Change) => void;
  readonly #fail: (cause: unknown) => void;
  readonly #waiting: (Change | "catch up")[] = [];
  #last: number;
  #isRunning = false;

  /** `last` is the revision that its reader has seen. `fail` is told when the journal cannot be read. */
  constructor(
    object: ObjectClient,
    last: number,
    to: { readonly emit: (change: Change) => void; readonly fail: (cause: unknown) => void },
  ) {
    this.#object = object;
    this.#last = last;
    this.#emit = to.emit;
    this.#fail = to.fail;
  }

  take(change: Change): void {
    this.#waiting.push(change);
    void this.#run();
  }

  catchUp(): void {
    this.#waiting.push("catch up");
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (next === "catch up") await this.#read(Number.POSITIVE_INFINITY);
        else if (next.revision > this.#last + 1) await this.#read(next.revision);
        if (next !== "catch up" && next.revision > this.#last) this.#hand(next);
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#isRunning = false;
    }
  }

  /** From the last revision, which is read again for its state value, up to `until`. */
  async #read(until: number): Promise<void> {
    let before: unknown = null;
    for await (const entry of this.#object.journalAll({ after: Math.max(0, this.#last - 1) })) {
      if (entry.revision > this.#last) this.#hand(changeOf(entry, before, this.#object));
      before = entry.value;
      if (entry.revision >= until) return;
    }
  }

  #hand(change: Change): void {
    this.#last = change.revision;
    this.#emit(change);
  }
}

function changeOf(entry: JournalEntry, before: unknown, { address }: ObjectClient): Change {
  const { revision, messageId, status, tags } = entry;
  const rest = { before, after: entry.value, status, tags, at: entry.committedAt };
  return { object: address.name, key: address.key, revision, messageId, event: eventType(entry), ...rest };
}

function eventType({ kind, event }: JournalEntry): string {
  const { type } = (event ?? {}) as Partial<EventObject>;
  return kind === "event" && typeof type === "string" ? type : `stator.${kind}`;
}
