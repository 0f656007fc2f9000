/** A value that parts of the page look at: whoever uses it is drawn again when it changes. */
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  #value: T;
  readonly #readers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const reader of [...this.#readers]) reader(value);
  }

  /** Answers how to stop. */
  watch(reader: (value: T) => void): () => void {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => ({ current: store.value }));
  useEffect(() => {
    if (store.value !== value.current) setValue({ current: store.value });
    return store.watch((current) => setValue({ current }));
  }, [store]);
  return value.current;
}
