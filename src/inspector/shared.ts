/** Views in which who asks for the same at the same time gets the same answer: many open pages cost what one does. */
import type { Address } from "../core/address.ts";
import type { ObjectsQuery, Views } from "../ports/views.ts";

export class SharedViews implements Views {
  readonly #views: Views;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(views: Views) {
    this.#views = views;
  }

  totals = (): ReturnType<Views["totals"]> => this.#share("totals", () => this.#views.totals());
  hosts = (): ReturnType<Views["hosts"]> => this.#share("hosts", () => this.#views.hosts());
  messages = (): ReturnType<Views["messages"]> => this.#share("messages", () => this.#views.messages());
  unsent = (): ReturnType<Views["unsent"]> => this.#share("unsent", () => this.#views.unsent());

  counts(name: string): ReturnType<Views["counts"]> {
    return this.#share(`counts ${name}`, () => this.#views.counts(name));
  }

  moves(...given: Parameters<Views["moves"]>): ReturnType<Views["moves"]> {
    return this.#share(`moves ${JSON.stringify(given)}`, () => this.#views.moves(...given));
  }

  payloads(...given: Parameters<Views["payloads"]>): ReturnType<Views["payloads"]> {
    return this.#views.payloads(...given);
  }

  waiting(limit: number): ReturnType<Views["waiting"]> {
    return this.#share(`waiting ${limit}`, () => this.#views.waiting(limit));
  }

  timers(name: string | undefined, limit: number): ReturnType<Views["timers"]> {
    return this.#share(`timers ${limit} ${name ?? ""}`, () => this.#views.timers(name, limit));
  }

  objects(query: ObjectsQuery): ReturnType<Views["objects"]> {
    return this.#share(`objects ${JSON.stringify(query)}`, () => this.#views.objects(query));
  }

  object(address: Address): ReturnType<Views["object"]> {
    return this.#views.object(address);
  }

  incoming(...given: Parameters<Views["incoming"]>): ReturnType<Views["incoming"]> {
    return this.#views.incoming(...given);
  }

  turns(...given: Parameters<Views["turns"]>): ReturnType<Views["turns"]> {
    return this.#views.turns(...given);
  }

  trails(...given: Parameters<Views["trails"]>): ReturnType<Views["trails"]> {
    return this.#views.trails(...given);
  }

  close(): Promise<void> {
    return this.#views.close();
  }

  #share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key) as Promise<T> | undefined;
    if (running !== undefined) return running;
    const answer = read().finally(() => this.#running.delete(key));
    this.#running.set(key, answer);
    return answer;
  }
}
