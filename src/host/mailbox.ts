/** What waits for one object: first in, first out, but for what has to run again, which goes first and one per commit. */
import type { Delivery } from "./delivery.ts";

export class Mailbox {
  readonly #waiting: Delivery[] = [];
  /** Messages at the head that go one per commit, because their chain was broken. */
  #solo = 0;

  get length(): number {
    return this.#waiting.length;
  }

  get first(): Delivery | undefined {
    return this.#waiting[0];
  }

  /** The first message goes in a commit of its own. */
  get isSolo(): boolean {
    return this.#solo > 0;
  }

  push(delivery: Delivery): void {
    this.#waiting.push(delivery);
  }

  shift(): Delivery | undefined {
    this.#solo = Math.max(0, this.#solo - 1);
    return this.#waiting.shift();
  }

  /** Back to where it was taken from. */
  unshift(delivery: Delivery): void {
    this.#waiting.unshift(delivery);
  }

  /** In front of all others, each in a commit of its own. */
  again(deliveries: readonly Delivery[]): void {
    this.#waiting.unshift(...deliveries);
    this.#solo = Math.max(this.#solo, deliveries.length);
  }

  /** Takes out all for which the test holds. */
  take(test: (delivery: Delivery) => boolean): Delivery[] {
    const taken = this.#waiting.filter(test);
    if (taken.length > 0) this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((one) => !test(one)));
    return taken;
  }

  clear(): Delivery[] {
    this.#solo = 0;
    return this.#waiting.splice(0);
  }
}
