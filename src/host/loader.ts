/**
 * Loads objects: all that are asked for in one tick go in one round trip, like commits. Several batches may be on their
 * way at once; each caller gets the row as it was when its batch was read.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { Store, StoredObject } from "../ports/store.ts";

const MAX_LOADS = 256;

interface Waiting {
  readonly address: Address;
  readonly promise: Promise<StoredObject | undefined>;
  readonly resolve: (row: StoredObject | undefined) => void;
  readonly reject: (cause: unknown) => void;
}

export class Loader {
  readonly #store: Pick<Store, "load">;
  #waiting = new Map<string, Waiting>();

  constructor(store: Pick<Store, "load">) {
    this.#store = store;
  }

  load(address: Address): Promise<StoredObject | undefined> {
    const key = formatAddress(address);
    const known = this.#waiting.get(key);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = deferred<StoredObject | undefined>();
    if (this.#waiting.size === 0) queueMicrotask(() => this.#send());
    this.#waiting.set(key, { address, promise, resolve, reject });
    return promise;
  }

  #send(): void {
    const all = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (let i = 0; i < all.length; i += MAX_LOADS) void this.#read(all.slice(i, i + MAX_LOADS));
  }

  async #read(batch: readonly Waiting[]): Promise<void> {
    try {
      const rows = await this.#store.load(batch.map((waiting) => waiting.address));
      batch.forEach((waiting, i) => {
        waiting.resolve(rows[i]);
      });
    } catch (cause) {
      for (const waiting of batch) waiting.reject(cause);
    }
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (cause: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (cause: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
