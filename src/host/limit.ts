/**
 * The signal of one attempt: it aborts with the signal above it, or by itself.
 *
 * `AbortSignal.any` will not do: Node keeps a composite signal that somebody listened to for as long as its sources
 * live, so that each attempt, and all that its listeners reach, would stay in memory.
 */
export class Limit {
  readonly #above: AbortSignal;
  readonly #controller = new AbortController();
  readonly #follow = (): void => this.#controller.abort(this.#above.reason);

  constructor(above: AbortSignal) {
    this.#above = above;
    if (above.aborted) this.#follow();
    else above.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Runs the attempt, once. Rejects with the reason of the signal where that aborts first. */
  async race<T>(work: () => Promise<T> | T): Promise<T> {
    const { signal } = this;
    try {
      return await new Promise<T>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
        Promise.resolve(work()).then(resolve, reject);
      });
    } finally {
      this.#above.removeEventListener("abort", this.#follow);
    }
  }
}
