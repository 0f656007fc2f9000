/**
 * The end of one attempt: by its own limits, by whoever lets go of it, or by a signal above it. The `AbortSignal` is made
 * when somebody asks for it, which most work never does.
 *
 * `AbortSignal.any` will not do: Node keeps a composite signal that somebody listened to for as long as its sources
 * live, so that each attempt, and all that its listeners reach, would stay in memory.
 */
export class Limit {
  readonly #above: AbortSignal | undefined;
  readonly #follow = (): void => this.end(this.#above?.reason);
  #controller: AbortController | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(above?: AbortSignal) {
    this.#above = above;
    if (above?.aborted) this.#follow();
    else above?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason);
    }
    return this.#controller.signal;
  }

  /** The first reason counts. */
  end(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    this.#reject?.(reason);
    this.#controller?.abort(reason);
  }

  /** Runs the attempt, once, unless it is over before. Rejects with the reason where the end comes first. */
  async race<T>(work: () => Promise<T> | T): Promise<T> {
    try {
      if (this.#ended !== undefined) throw this.#ended.reason;
      return await new Promise<T>((resolve, reject) => {
        this.#reject = reject;
        Promise.resolve(work()).then(resolve, reject);
      });
    } finally {
      this.#above?.removeEventListener("abort", this.#follow);
    }
  }
}
