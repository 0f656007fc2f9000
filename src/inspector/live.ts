/**
 * What changed, as it happens, for pages that show it: a hint to read again, at most ten a second for each of them.
 *
 * The hosts' feed is read only while somebody watches, and only of what is watched. In a window in which much happens it
 * is let go of after the first few changes and taken up again with the next window: what a page costs does not grow
 * with what the hosts do. The hint after such a window says that there was more.
 */
import type { Client } from "../client/index.ts";
import { type Address, formatAddress } from "../core/address.ts";
import type { Change } from "../core/wire.ts";
import type { Cancel } from "../ports/clock.ts";
import type { Subscription } from "../ports/transport.ts";
import type { LiveEvent } from "./api.ts";

/** Of all objects, those of one name, or one. */
export interface Watched {
  readonly name?: string;
  readonly object?: Address;
}

export type Emit = (id: string, event: LiveEvent) => void;

const WINDOW_MS = 100;
const MAX_CHANGES_A_WINDOW = 20;
/** A page that reconnects within this finds its place again. */
const LINGER_MS = 15_000;
const MAX_KEPT = 100;

export class LiveFeed {
  readonly #client: Client;
  readonly #topics = new Map<string, Topic>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** From now on, or from after `lastId`; a page whose place is not known any more is told to read everything again. */
  watch(watched: Watched, lastId: string | undefined, emit: Emit): Subscription {
    const key = watched.object === undefined ? (watched.name ?? "") : formatAddress(watched.object);
    const topic = this.#topics.get(key) ?? new Topic(this.#client, watched, () => this.#topics.delete(key));
    this.#topics.set(key, topic);
    return topic.join(lastId, emit);
  }

  close(): void {
    for (const topic of [...this.#topics.values()]) topic.end();
  }
}

class Topic {
  readonly #client: Client;
  readonly #watched: Watched;
  readonly #onEnd: () => void;
  readonly #readers = new Set<Emit>();
  readonly #kept: { readonly id: string; readonly event: LiveEvent }[] = [];
  readonly #life: string;
  #count = 0;
  #feed: Subscription | undefined;
  #turns = new Map<string, { readonly name: string; readonly key: string; readonly turn: number }>();
  #heard = 0;
  #window: Cancel | undefined;
  #linger: Cancel | undefined;

  constructor(client: Client, watched: Watched, onEnd: () => void) {
    this.#client = client;
    this.#watched = watched;
    this.#onEnd = onEnd;
    this.#life = client.clock.wallMs().toString(36);
    this.#listen();
  }

  join(lastId: string | undefined, emit: Emit): Subscription {
    this.#linger?.();
    this.#linger = undefined;
    this.#readers.add(emit);
    if (lastId !== undefined) this.#resume(lastId, emit);
    return {
      close: () => {
        if (!this.#readers.delete(emit) || this.#readers.size > 0) return;
        this.#linger = this.#client.clock.after(LINGER_MS, () => this.end());
      },
    };
  }

  end(): void {
    this.#linger?.();
    this.#window?.();
    this.#feed?.close();
    this.#onEnd();
  }

  #resume(lastId: string, emit: Emit): void {
    if (lastId === this.#idOf(this.#count)) return;
    const at = this.#kept.findIndex(({ id }) => id === lastId);
    if (at < 0) return emit(this.#idOf(this.#count), { kind: "resync" });
    for (const { id, event } of this.#kept.slice(at + 1)) emit(id, event);
  }

  #idOf(count: number): string {
    return `${this.#life}-${count}`;
  }

  #listen(): void {
    const { name, object } = this.#watched;
    const hear = (change: Change): void => this.#hear(change);
    this.#feed =
      object === undefined
        ? this.#client.changes(name, hear)
        : this.#client.object(object.name, object.key).changes(hear);
  }

  #hear({ object: name, key, revision }: Change): void {
    if (this.#feed === undefined) return; // it was on its way when the feed was let go
    const id = formatAddress({ name, key });
    const turn = Math.max(revision, this.#turns.get(id)?.turn ?? 0);
    this.#turns.set(id, { name, key, turn });
    this.#window ??= this.#client.clock.after(WINDOW_MS, () => this.#tell());
    if (++this.#heard < MAX_CHANGES_A_WINDOW) return;
    this.#feed.close();
    this.#feed = undefined;
  }

  /** The feed is taken up before the hint goes out: what comes after the page has read again is heard. */
  #tell(): void {
    const isCut = this.#feed === undefined;
    if (isCut) this.#listen();
    const objects = [...this.#turns.values()];
    this.#turns = new Map();
    this.#heard = 0;
    this.#window = undefined;
    const event: LiveEvent = { kind: "changed", objects, names: [...new Set(objects.map(({ name }) => name))], isCut };
    const id = this.#idOf(++this.#count);
    this.#kept.push({ id, event });
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    for (const emit of this.#readers) emit(id, event);
  }
}
