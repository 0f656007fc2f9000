/** Runs tasks side by side, a bounded number at once, those of one key in the order given. */
export class Lanes {
  readonly #slots: Gate;
  readonly #window: Gate;
  readonly #tails = new Map<string, Promise<void>>();

  constructor(concurrency: number) {
    this.#slots = new Gate(concurrency);
    this.#window = new Gate(concurrency * 16);
  }

  /** Resolves when the task is taken, not when it is done: whoever reads ahead is held back here. */
  async add(key: string, task: () => Promise<void>): Promise<void> {
    await this.#window.enter();
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(() => this.#run(task));
    this.#tails.set(key, mine);
    void mine.then(() => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
      this.#window.leave();
    });
  }

  async drain(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  /** A task must not throw. */
  async #run(task: () => Promise<void>): Promise<void> {
    await this.#slots.enter();
    try {
      await task();
    } finally {
      this.#slots.leave();
    }
  }
}

class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
